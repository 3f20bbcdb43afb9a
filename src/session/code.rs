//! `:code LANGUAGE`: a command as a program would write it, with the client
//! library most people use there.
//!
//! The common commands use the library's own method; everything else goes
//! through the library's way to send any command, which is always right.

use crate::conn::state::name_of;

/// A language and its client library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// redis-py.
    Python,
    /// redis-rs.
    Rust,
    /// node-redis.
    Node,
    /// go-redis.
    Go,
    /// Jedis.
    Java,
}

impl Language {
    /// All, with the names `:code` takes.
    pub const ALL: [(&'static str, Language); 5] = [
        ("python", Language::Python),
        ("rust", Language::Rust),
        ("node", Language::Node),
        ("go", Language::Go),
        ("java", Language::Java),
    ];

    /// The language of a name.
    pub fn from_name(name: &str) -> Option<Language> {
        let name = name.to_ascii_lowercase();
        let name = match name.as_str() {
            "py" => "python",
            "js" | "javascript" | "nodejs" => "node",
            "rs" => "rust",
            "golang" => "go",
            "jedis" => "java",
            other => other,
        };
        Self::ALL
            .iter()
            .find(|(own, _)| *own == name)
            .map(|(_, language)| *language)
    }

    /// The client library.
    pub fn client_library(self) -> &'static str {
        match self {
            Language::Python => "redis-py",
            Language::Rust => "redis-rs",
            Language::Node => "node-redis",
            Language::Go => "go-redis",
            Language::Java => "Jedis",
        }
    }
}

/// Commands whose methods take just the arguments in order, each a string:
/// the name, the least and the most number of arguments, and the methods of
/// redis-py, node-redis, go-redis and Jedis (empty: the general way).
const PLAIN: &[(&str, usize, usize, [&str; 4])] = &[
    ("get", 1, 1, ["get", "get", "Get", "get"]),
    ("set", 2, 2, ["set", "set", "", "set"]),
    ("append", 2, 2, ["append", "append", "Append", "append"]),
    ("strlen", 1, 1, ["strlen", "strLen", "StrLen", "strlen"]),
    ("getdel", 1, 1, ["getdel", "getDel", "GetDel", "getDel"]),
    ("incr", 1, 1, ["incr", "incr", "Incr", "incr"]),
    ("decr", 1, 1, ["decr", "decr", "Decr", "decr"]),
    ("del", 1, 9, ["delete", "", "Del", "del"]),
    ("exists", 1, 9, ["exists", "", "Exists", "exists"]),
    ("type", 1, 1, ["type", "type", "Type", "type"]),
    ("ttl", 1, 1, ["ttl", "ttl", "TTL", "ttl"]),
    (
        "persist",
        1,
        1,
        ["persist", "persist", "Persist", "persist"],
    ),
    ("lpush", 2, 2, ["lpush", "lPush", "LPush", "lpush"]),
    ("rpush", 2, 2, ["rpush", "rPush", "RPush", "rpush"]),
    ("lpop", 1, 1, ["lpop", "lPop", "LPop", "lpop"]),
    ("rpop", 1, 1, ["rpop", "rPop", "RPop", "rpop"]),
    ("llen", 1, 1, ["llen", "lLen", "LLen", "llen"]),
    ("sadd", 2, 2, ["sadd", "sAdd", "SAdd", "sadd"]),
    ("srem", 2, 2, ["srem", "sRem", "SRem", "srem"]),
    (
        "smembers",
        1,
        1,
        ["smembers", "sMembers", "SMembers", "smembers"],
    ),
    (
        "sismember",
        2,
        2,
        ["sismember", "sIsMember", "SIsMember", "sismember"],
    ),
    ("scard", 1, 1, ["scard", "sCard", "SCard", "scard"]),
    ("hget", 2, 2, ["hget", "hGet", "HGet", "hget"]),
    ("hset", 3, 3, ["hset", "hSet", "HSet", "hset"]),
    (
        "hgetall",
        1,
        1,
        ["hgetall", "hGetAll", "HGetAll", "hgetAll"],
    ),
    ("hdel", 2, 2, ["hdel", "hDel", "HDel", "hdel"]),
    ("hkeys", 1, 1, ["hkeys", "hKeys", "HKeys", "hkeys"]),
    ("hlen", 1, 1, ["hlen", "hLen", "HLen", "hlen"]),
    ("zcard", 1, 1, ["zcard", "zCard", "ZCard", "zcard"]),
    ("zscore", 2, 2, ["zscore", "zScore", "ZScore", "zscore"]),
    ("zrem", 2, 2, ["zrem", "zRem", "ZRem", "zrem"]),
    (
        "publish",
        2,
        2,
        ["publish", "publish", "Publish", "publish"],
    ),
    ("xlen", 1, 1, ["xlen", "xLen", "XLen", "xlen"]),
];

/// The command in a language, as the lines of a small program.
pub fn code(argv: &[Vec<u8>], language: Language) -> String {
    let name = name_of(argv);
    let args = argv.get(1..).unwrap_or_default();
    let method = PLAIN
        .iter()
        .find(|(own, least, most, _)| *own == name && (*least..=*most).contains(&args.len()))
        .map(|(.., methods)| methods);
    let quoted = |args: &[Vec<u8>]| -> String {
        let words: Vec<String> = args.iter().map(|arg| literal(arg, language)).collect();
        words.join(", ")
    };
    let upper = name.to_ascii_uppercase();
    match language {
        Language::Python => {
            let call = match method {
                Some([method, ..]) => format!("r.{method}({})", quoted(args)),
                None => format!("r.execute_command({})", quoted(argv)),
            };
            format!("import redis\n\nr = redis.Redis(decode_responses=True)\nprint({call})\n")
        }
        Language::Rust => {
            let args: String = args
                .iter()
                .map(|arg| format!(".arg({})", literal(arg, language)))
                .collect();
            format!(
                "let client = redis::Client::open(\"redis://127.0.0.1/\")?;\n\
                 let mut con = client.get_connection()?;\n\
                 let reply: redis::Value = redis::cmd(\"{upper}\"){args}.query(&mut con)?;\n"
            )
        }
        Language::Node => {
            let call = match method {
                Some([_, method, ..]) if !method.is_empty() => {
                    format!("client.{method}({})", quoted(args))
                }
                _ => format!("client.sendCommand([{}])", quoted(argv)),
            };
            format!(
                "import {{ createClient }} from 'redis';\n\n\
                 const client = await createClient().connect();\n\
                 console.log(await {call});\n"
            )
        }
        Language::Go => {
            let call = match method {
                Some([_, _, method, _]) if !method.is_empty() => {
                    format!("rdb.{method}(ctx, {})", quoted(args))
                }
                _ => format!("rdb.Do(ctx, {})", quoted(argv)),
            };
            format!(
                "rdb := redis.NewClient(&redis.Options{{Addr: \"localhost:6379\"}})\n\
                 reply, err := {call}.Result()\n"
            )
        }
        Language::Java => {
            let call = match method {
                Some([.., method]) => format!("jedis.{method}({})", quoted(args)),
                None => {
                    let rest = args
                        .iter()
                        .map(|arg| format!(", {}", literal(arg, language)));
                    let rest: String = rest.collect();
                    format!("jedis.sendCommand(() -> \"{upper}\".getBytes(){rest})")
                }
            };
            format!(
                "try (Jedis jedis = new Jedis(\"localhost\", 6379)) {{\n    \
                 System.out.println({call});\n}}\n"
            )
        }
    }
}

/// Bytes as a literal of the language.
fn literal(bytes: &[u8], language: Language) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let mut out = String::from("\"");
            for c in text.chars() {
                match c {
                    '"' => out.push_str("\\\""),
                    '\\' => out.push_str("\\\\"),
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    '\t' => out.push_str("\\t"),
                    c if c.is_control() => match language {
                        Language::Rust => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
                        _ => out.push_str(&format!("\\u{:04x}", u32::from(c))),
                    },
                    c => out.push(c),
                }
            }
            out.push('"');
            out
        }
        Err(_) => binary(bytes, language),
    }
}

/// Bytes that are no text.
fn binary(bytes: &[u8], language: Language) -> String {
    let hex: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    match language {
        Language::Python => format!("b\"{hex}\""),
        Language::Rust => format!("b\"{hex}\".as_slice()"),
        Language::Go => format!("\"{hex}\""),
        Language::Node => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("Buffer.from(\"{hex}\", \"hex\")")
        }
        Language::Java => {
            let list: Vec<String> = bytes
                .iter()
                .map(|byte| format!("(byte) 0x{byte:02x}"))
                .collect();
            format!("new byte[] {{{}}}", list.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, language: Language) -> String {
        code(&resp::split::split(line.as_bytes()).unwrap(), language)
    }

    #[test]
    fn common_commands_use_the_librarys_methods() {
        assert!(shown("get user:1", Language::Python).contains("r.get(\"user:1\")"));
        assert!(shown("hgetall h", Language::Node).contains("client.hGetAll(\"h\")"));
        assert!(shown("incr n", Language::Go).contains("rdb.Incr(ctx, \"n\").Result()"));
        assert!(shown("del a b", Language::Java).contains("jedis.del(\"a\", \"b\")"));
        assert!(
            shown("set k \"a b\"", Language::Rust)
                .contains("redis::cmd(\"SET\").arg(\"k\").arg(\"a b\").query(&mut con)?")
        );
    }

    #[test]
    fn everything_else_goes_the_general_way() {
        let line = "set k v EX 10";
        assert!(
            shown(line, Language::Python)
                .contains("r.execute_command(\"set\", \"k\", \"v\", \"EX\", \"10\")")
        );
        assert!(shown(line, Language::Node).contains("sendCommand([\"set\","));
        assert!(shown(line, Language::Go).contains("rdb.Do(ctx, \"set\", \"k\""));
        assert!(
            shown(line, Language::Java).contains("sendCommand(() -> \"SET\".getBytes(), \"k\"")
        );
        assert!(shown("set k \"\\xff\"", Language::Python).contains("b\"\\xff\""));
        assert_eq!(Language::from_name("JS"), Some(Language::Node));
    }
}
