//! Random commands: weighted templates over few keys, so that types collide,
//! values grow past the encodings' thresholds, and errors are common.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

/// How many connections a sequence uses; one of them speaks RESP3.
pub const SESSIONS: usize = 3;

/// A command of a sequence, and the connection it is sent on.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The connection's number.
    pub session: usize,
    /// The arguments.
    pub argv: Vec<Vec<u8>>,
}

/// What makes the commands. Times are absolute and far away, so that both
/// servers agree on them to the millisecond.
pub struct Generator {
    rng: StdRng,
    session: usize,
    in_multi: [bool; SESSIONS],
}

/// Templates: words in capitals are sent as they are, the others stand for
/// something random (see [`Generator::word`]). `...` repeats what stands in
/// front of it, a pair with `..2`; `?` in front of a word sends it sometimes.
const TEMPLATES: &[(u32, &[&str])] = &[
    (
        30,
        &[
            "SET str value",
            "SET str int",
            "SET str value NX",
            "SET str value XX GET",
            "SET str value KEEPTTL",
            "SET str value PXAT future",
            "SET key value EXAT futures",
            "SET str value GET",
            "GET key",
            "GETDEL str",
            "GETSET str value",
            "GETEX str PERSIST",
            "GETEX str PXAT future",
            "SETNX key value",
            "SETEX str 0 value",
            "PSETEX str -1 value",
            "MSET str value str value",
            "MSETNX str value key value",
            "MGET key key key",
            "APPEND str value",
            "STRLEN key",
            "SETRANGE str small value",
            "GETRANGE str index index",
            "SUBSTR str index index",
            "INCR str",
            "DECR str",
            "INCRBY str int",
            "DECRBY str int",
            "INCRBYFLOAT str float",
            "LCS str str",
            "LCS str str LEN",
            "LCS str str IDX WITHMATCHLEN",
            "SETBIT str small bit",
            "GETBIT str small",
            "BITCOUNT str",
            "BITCOUNT str index index",
            "BITCOUNT str index index BIT",
            "BITPOS str bit",
            "BITPOS str bit index index",
            "BITOP AND str str str",
            "BITOP NOT str str",
            "BITOP XOR key key key",
            "BITFIELD str SET u8 small int GET i5 small",
            "BITFIELD str SET i64 small int INCRBY i33 small int",
            "BITFIELD str OVERFLOW FAIL INCRBY u8 #1 int GET u63 small",
            "BITFIELD_RO str GET u8 small GET i12 #2",
            "BITPOS str bit small",
            "BITOP OR str str hll",
            "BITFIELD str OVERFLOW SAT INCRBY u4 small int",
        ],
    ),
    (
        30,
        &[
            "LPUSH list value ...",
            "RPUSH list value ...",
            "LPUSHX list value",
            "RPUSHX key value",
            "LPOP list",
            "RPOP list",
            "LPOP list small",
            "RPOP list small",
            "LLEN key",
            "LINDEX list index",
            "LSET list index value",
            "LRANGE list index index",
            "LRANGE list 0 -1",
            "LTRIM list index index",
            "LREM list index value",
            "LINSERT list BEFORE value value",
            "LINSERT list AFTER value value",
            "LPOS list value",
            "LPOS list value RANK index",
            "LPOS list value COUNT small MAXLEN small",
            "LMOVE list list LEFT RIGHT",
            "LMOVE list key RIGHT LEFT",
            "RPOPLPUSH list list",
            "LMPOP 2 list list LEFT",
            "LMPOP 1 list RIGHT COUNT small",
            "BLPOP list key 0.001",
        ],
    ),
    (
        30,
        &[
            "SADD set member ...",
            "SADD set int ...",
            "SREM set member ...",
            "SMOVE set set member",
            "SISMEMBER set member",
            "SMISMEMBER set member member",
            "SCARD key",
            "SMEMBERS set",
            "SPOP set 100000",
            "SRANDMEMBER set 100000",
            "SINTER set set",
            "SINTER key key key",
            "SINTERSTORE set set set",
            "SINTERCARD 2 set set",
            "SINTERCARD 2 set set LIMIT small",
            "SUNION set set set",
            "SUNIONSTORE key set set",
            "SDIFF set set",
            "SDIFFSTORE set set key",
            "SSCAN set 0 COUNT 100000",
            "SSCAN set 0 MATCH m* COUNT 100000",
        ],
    ),
    (
        30,
        &[
            "HSET hash member value ..2",
            "HSET hash member int",
            "HMSET hash member value ..2",
            "HSETNX hash member value",
            "HGET hash member",
            "HMGET hash member member",
            "HDEL hash member ...",
            "HLEN key",
            "HSTRLEN hash member",
            "HEXISTS hash member",
            "HKEYS hash",
            "HVALS hash",
            "HGETALL hash",
            "HINCRBY hash member int",
            "HINCRBYFLOAT hash member float",
            "HRANDFIELD hash 100000",
            "HSCAN hash 0 COUNT 100000",
            "HSCAN hash 0 MATCH m[0-5]* COUNT 100000",
        ],
    ),
    (
        40,
        &[
            "ZADD zset score member ..2",
            "ZADD zset NX score member",
            "ZADD zset XX CH score member ..2",
            "ZADD zset GT CH score member",
            "ZADD zset LT score member",
            "ZADD zset INCR score member",
            "ZINCRBY zset score member",
            "ZREM zset member ...",
            "ZCARD key",
            "ZSCORE zset member",
            "ZMSCORE zset member member",
            "ZRANK zset member",
            "ZREVRANK zset member",
            "ZCOUNT zset bound bound",
            "ZLEXCOUNT flat lex lex",
            "ZRANGE zset index index",
            "ZRANGE zset index index WITHSCORES",
            "ZRANGE zset 0 -1 WITHSCORES",
            "ZRANGE zset index index REV",
            "ZRANGE zset bound bound BYSCORE LIMIT small small",
            "ZRANGE flat lex lex BYLEX",
            "ZREVRANGE zset index index WITHSCORES",
            "ZRANGEBYSCORE zset bound bound WITHSCORES",
            "ZREVRANGEBYSCORE zset bound bound",
            "ZRANGEBYLEX flat lex lex",
            "ZREVRANGEBYLEX flat lex lex LIMIT small small",
            "ZADD flat 0 member ..2",
            "ZREM flat member ...",
            "ZRANGE flat 0 -1",
            "ZRANGESTORE zset flat lex lex BYLEX LIMIT small small",
            "ZRANGESTORE zset zset index index",
            "ZRANGESTORE zset zset bound bound BYSCORE REV LIMIT small small",
            "OBJECT ENCODING zset",
            "DUMP zset",
            "ZRANGESTORE key zset bound bound BYSCORE",
            "ZPOPMIN zset",
            "ZPOPMAX zset small",
            "ZMPOP 2 zset zset MIN",
            "ZMPOP 1 zset MAX COUNT small",
            "ZREMRANGEBYRANK zset index index",
            "ZREMRANGEBYSCORE zset bound bound",
            "ZREMRANGEBYLEX flat lex lex",
            "ZUNION 2 zset zset WITHSCORES",
            "ZUNION 2 zset set WEIGHTS score score AGGREGATE MAX WITHSCORES",
            "ZINTER 2 zset zset WITHSCORES",
            "ZINTER 2 zset set AGGREGATE MIN WITHSCORES",
            "ZDIFF 2 zset zset WITHSCORES",
            "ZUNIONSTORE zset 2 zset zset",
            "ZINTERSTORE key 2 zset set WEIGHTS score score",
            "ZDIFFSTORE zset 2 zset set",
            "ZINTERCARD 2 zset zset LIMIT small",
            "ZRANDMEMBER zset 100000",
            "ZSCAN zset 0 COUNT 100000",
            "BZPOPMIN zset key 0.001",
        ],
    ),
    (
        20,
        &[
            "XADD stream id member value ..2",
            "XADD stream NOMKSTREAM id member value",
            "XADD stream MAXLEN small id member value",
            "XADD stream MINID id id member value",
            "XLEN key",
            "XRANGE stream - +",
            "XRANGE stream id id COUNT small",
            "XREVRANGE stream + -",
            "XREVRANGE stream id id",
            "XDEL stream id ...",
            "XTRIM stream MAXLEN small",
            "XTRIM stream MINID id",
            "XREAD COUNT small STREAMS stream id",
            "XREAD STREAMS stream stream id id",
            "XGROUP CREATE stream group id MKSTREAM",
            "XGROUP CREATE stream group 0",
            "XGROUP DESTROY stream group",
            "XGROUP SETID stream group id",
            "XGROUP CREATECONSUMER stream group consumer",
            "XGROUP DELCONSUMER stream group consumer",
            "XREADGROUP GROUP group consumer COUNT small STREAMS stream >",
            "XREADGROUP GROUP group consumer STREAMS stream id",
            "XREADGROUP GROUP group consumer NOACK STREAMS stream >",
            "XACK stream group id ...",
            "XPENDING stream group",
            "XSETID stream id",
            "XADD stream MAXLEN ~ small id member value ..2",
            "XADD stream MINID ~ id id member value",
            "XTRIM stream MAXLEN ~ small LIMIT small",
            "XCLAIM stream group consumer 0 id id JUSTID",
            "XCLAIM stream group consumer 0 id FORCE TIME 1000 RETRYCOUNT small",
            "XCLAIM stream group consumer 0 id id LASTID id",
            "XAUTOCLAIM stream group consumer 0 id COUNT small",
            "XAUTOCLAIM stream group consumer 0 - JUSTID",
            "XSETID stream id ENTRIESADDED small MAXDELETEDID id",
            "XGROUP CREATE stream group id ENTRIESREAD small",
            "XGROUP SETID stream group $ ENTRIESREAD small",
            "XREVRANGE stream id id COUNT small",
            "XINFO STREAM stream",
            "XINFO GROUPS stream",
        ],
    ),
    (
        10,
        &[
            "PFADD hll value ...",
            "PFCOUNT hll",
            "PFCOUNT hll hll",
            "PFMERGE hll hll hll",
            "PFADD key value",
            "PFADD hll member value int ...",
            "PFMERGE hll",
            "PFDEBUG DECODE hll",
            "PFDEBUG TODENSE hll",
            "GET hll",
            "DUMP hll",
            "DUMP geo",
            "GEOADD geo CH longitude latitude member",
            "GEOADD geo XX longitude latitude member",
            "GEORADIUS geo longitude latitude 3000 km COUNT small ANY",
            "GEORADIUS_RO geo longitude latitude 6000 mi WITHDIST",
            "GEORADIUSBYMEMBER geo member 4000 km ASC WITHDIST WITHHASH",
            "GEOSEARCH geo FROMLONLAT longitude latitude BYBOX 9000 5000 km",
            "GEOSEARCH geo FROMMEMBER member BYRADIUS 20000 km COUNT small DESC",
            "GEOSEARCHSTORE zset geo FROMMEMBER member BYRADIUS 8000 km STOREDIST COUNT small",
            "GEOADD geo longitude latitude member",
            "GEOPOS geo member member",
            "GEODIST geo member member km",
            "GEOHASH geo member",
            "GEOSEARCH geo FROMLONLAT longitude latitude BYRADIUS 5000 km ASC",
            "GEOSEARCH geo FROMMEMBER member BYBOX 4000 4000 km DESC WITHCOORD WITHDIST",
            "GEOSEARCHSTORE zset geo FROMLONLAT longitude latitude BYRADIUS 9000 km",
        ],
    ),
    (
        40,
        &[
            "DEL key",
            "DEL key key",
            "UNLINK key",
            "EXISTS key key",
            "TOUCH key key",
            "TYPE key",
            "KEYS *",
            "KEYS s*",
            "SCAN 0 COUNT 100000",
            "SCAN 0 TYPE list COUNT 100000",
            "RENAME key key",
            "RENAMENX key key",
            "MOVE key 1",
            "COPY key key",
            "COPY key key REPLACE",
            "COPY key key DB 1 REPLACE",
            "DBSIZE",
            "PEXPIREAT key future",
            "PEXPIREAT key 1",
            "EXPIREAT key futures NX",
            "PEXPIREAT key future XX",
            "PEXPIREAT key future GT",
            "PEXPIREAT key future LT",
            "EXPIRE key -1",
            "EXPIRETIME key",
            "PERSIST key",
            "OBJECT ENCODING key",
            "OBJECT REFCOUNT key",
            "SELECT db",
            "SORT list ALPHA",
            "SORT set",
            "SORT set ALPHA DESC LIMIT small small",
            "SORT list BY nosort GET str* GET #",
            "SORT zset ALPHA STORE list",
            "SORT_RO set BY str* ALPHA",
            "ECHO value",
            "PING",
            "FLUSHDB",
            "SWAPDB 0 1",
        ],
    ),
    (
        14,
        &[
            "MULTI",
            "EXEC",
            "EXEC",
            "DISCARD",
            "WATCH key key",
            "UNWATCH",
        ],
    ),
    (
        10,
        &[
            "EVAL script0 1 key value",
            "EVAL script1 2 list set value member",
            "EVAL script2 1 str int",
            "EVAL script3 1 zset score member",
            "EVAL script4 0 value",
        ],
    ),
    (
        3,
        &[
            "NOSUCH value",
            "GET",
            "SET str",
            "LPUSH list",
            "SET str value BOGUS",
            "ZADD zset x member",
            "XADD stream bad member value",
            "SELECT 99",
            "OBJECT BOGUS key",
            "EXPIRE key x",
        ],
    ),
];

/// The scripts the templates name.
const SCRIPTS: &[&str] = &[
    "return redis.call('type', KEYS[1])",
    "redis.call('rpush', KEYS[1], ARGV[1]) redis.call('sadd', KEYS[2], ARGV[2]) return redis.call('lrange', KEYS[1], 0, -1)",
    "local v = redis.pcall('incrby', KEYS[1], ARGV[1]) if type(v) == 'table' and v.err then return v.err end return v + 1",
    "redis.call('zadd', KEYS[1], ARGV[1], ARGV[2]) return {redis.call('zscore', KEYS[1], ARGV[2]), redis.call('zcard', KEYS[1])}",
    "return {ARGV[1], 1.5, true, false, 'x', {1, {2}}, redis.status_reply('fine'), redis.error_reply('bad')}",
];

impl Generator {
    /// A generator; the same seed makes the same commands.
    pub fn new(seed: u64) -> Self {
        Generator {
            rng: StdRng::seed_from_u64(seed),
            session: 0,
            in_multi: [false; SESSIONS],
        }
    }

    /// The next command.
    pub fn step(&mut self) -> Step {
        if self.rng.random_ratio(1, 12) {
            self.session = self.rng.random_range(0..SESSIONS);
        }
        let total: u32 = TEMPLATES.iter().map(|(weight, _)| weight).sum();
        let mut pick = self.rng.random_range(0..total);
        let mut template = "PING";
        for (weight, family) in TEMPLATES {
            if pick < *weight {
                template = family.choose(&mut self.rng).copied().unwrap_or(template);
                break;
            }
            pick -= weight;
        }
        // Commands the built-in server does not have are the case files' matter.
        let name = template.split(' ').next().unwrap_or_default();
        if redis_lab::builtin::command::by_name(name.as_bytes()).is_none()
            && !matches!(name, "NOSUCH")
        {
            template = "PING";
        }
        // A transaction should end some time.
        let in_multi = &mut self.in_multi[self.session];
        if *in_multi && self.rng.random_ratio(1, 8) {
            template = "EXEC";
        }
        match template {
            "MULTI" => *in_multi = true,
            "EXEC" | "DISCARD" => *in_multi = false,
            _ => {}
        }
        let argv = self.fill(template);
        Step {
            session: self.session,
            argv,
        }
    }

    fn fill(&mut self, template: &str) -> Vec<Vec<u8>> {
        let mut argv: Vec<Vec<u8>> = Vec::new();
        let mut words: Vec<&str> = Vec::new();
        for word in template.split(' ') {
            let repeated = match word {
                "..." => 1,
                "..2" => 2,
                _ => {
                    argv.push(self.word(word));
                    words.push(word);
                    continue;
                }
            };
            // Now and then enough to leave the small encodings.
            let times = if self.rng.random_ratio(1, 60) {
                self.rng.random_range(50..150)
            } else {
                self.rng.random_range(0..4)
            };
            let unit: Vec<&str> = words[words.len() - repeated..].to_vec();
            for _ in 0..times {
                for word in &unit {
                    let arg = self.word(word);
                    argv.push(arg);
                }
            }
        }
        argv
    }

    fn word(&mut self, word: &str) -> Vec<u8> {
        let rng = &mut self.rng;
        match word {
            "key" => {
                let kind = ["str", "list", "set", "hash", "zset", "stream", "hll", "geo"]
                    .choose(rng)
                    .copied()
                    .unwrap_or("str");
                format!("{kind}{}", rng.random_range(0..3)).into_bytes()
            }
            // All scores equal: only then ranges of members are defined.
            "flat" => format!("flat{}", rng.random_range(0..2)).into_bytes(),
            "str" | "list" | "set" | "hash" | "zset" | "stream" | "hll" | "geo" => {
                // Sometimes a key of another type.
                if rng.random_ratio(1, 25) {
                    return self.word("key");
                }
                format!("{word}{}", rng.random_range(0..3)).into_bytes()
            }
            "value" => self.value(),
            "member" => match rng.random_range(0..12) {
                0 => self.value(),
                1 => rng.random_range(-5..5).to_string().into_bytes(),
                _ => format!("m{}", rng.random_range(0..40)).into_bytes(),
            },
            "int" => match rng.random_range(0..20) {
                0 => b"9223372036854775807".to_vec(),
                1 => b"-9223372036854775808".to_vec(),
                2 => b"12x".to_vec(),
                3 => b"0".to_vec(),
                _ => rng.random_range(-1000..100_000).to_string().into_bytes(),
            },
            "float" => [
                "0.1",
                "1.5",
                "-3.25",
                "1e3",
                "10",
                "3.0e-2",
                "inf",
                "nan",
                "abc",
                "-0",
                "1e300",
                "12345678.12345678",
            ]
            .choose(rng)
            .copied()
            .unwrap_or("1")
            .into(),
            "score" => [
                "1", "2", "-1", "0", "1.5", "0.1", "3", "10", "1e10", "inf", "-inf", "2.25", "nan",
                "1e-5", "100", "7",
            ]
            .choose(rng)
            .copied()
            .unwrap_or("1")
            .into(),
            "bound" => [
                "-inf", "+inf", "(1", "1", "0", "2", "(2", "10", "(1.5", "x", "1e9",
            ]
            .choose(rng)
            .copied()
            .unwrap_or("1")
            .into(),
            "lex" => ["-", "+", "[m1", "(m1", "[m2", "(m35", "[a", "x"]
                .choose(rng)
                .copied()
                .unwrap_or("-")
                .into(),
            "id" => match rng.random_range(0..12) {
                0 => b"0".to_vec(),
                1 => b"bad".to_vec(),
                2 => b"0-0".to_vec(),
                3 => format!("{}-*", rng.random_range(1..40)).into_bytes(),
                _ => format!("{}-{}", rng.random_range(1..40), rng.random_range(0..4)).into_bytes(),
            },
            "index" => rng.random_range(-12..12).to_string().into_bytes(),
            "small" => rng.random_range(0..20).to_string().into_bytes(),
            "bit" => rng.random_range(0..2).to_string().into_bytes(),
            "db" => rng.random_range(0..2).to_string().into_bytes(),
            "future" => (4_000_000_000_000_i64 + rng.random_range(0..1000) * 1000)
                .to_string()
                .into_bytes(),
            "futures" => (4_000_000_000_i64 + rng.random_range(0..1000))
                .to_string()
                .into_bytes(),
            "group" => format!("g{}", rng.random_range(0..2)).into_bytes(),
            "consumer" => format!("c{}", rng.random_range(0..3)).into_bytes(),
            "longitude" => format!("{:.4}", rng.random_range(-180.0..180.0)).into_bytes(),
            "latitude" => format!("{:.4}", rng.random_range(-85.0..85.0)).into_bytes(),
            _ => match word.strip_prefix("script") {
                Some(n) => SCRIPTS[n.parse::<usize>().unwrap_or(0)].into(),
                None => word.into(),
            },
        }
    }

    fn value(&mut self) -> Vec<u8> {
        let rng = &mut self.rng;
        match rng.random_range(0..14) {
            0 => Vec::new(),
            1 => rng
                .random_range(-100_000..100_000_i64)
                .to_string()
                .into_bytes(),
            2 => b"\xff\x00\r\n\"bytes\"".to_vec(),
            3 => vec![b'x'; rng.random_range(40..80)],
            4 => b"3.5".to_vec(),
            _ => format!("v{}", rng.random_range(0..30)).into_bytes(),
        }
    }
}
