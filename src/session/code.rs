//! `:code LANGUAGE`: a command as a program would write it, with the client
//! library most people use there.
//!
//! Where the library has a method for it, that is used, with its own names of
//! options; everything else goes through the library's way to send any command,
//! which is always right.

mod calls;

use crate::conn::state::name_of;
use calls::Call;

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

    /// Whether what is written for this library is run by our tests.
    pub fn is_tried(self) -> bool {
        matches!(self, Language::Python | Language::Rust | Language::Node)
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

/// The command in a language, as the lines of a small program.
pub fn code(argv: &[Vec<u8>], language: Language) -> String {
    let statement = statement(argv, language);
    match language {
        Language::Python => {
            format!("import redis\n\nr = redis.Redis(decode_responses=True)\n{statement}\n")
        }
        Language::Rust => format!(
            "use redis::Commands;\n\n\
             let client = redis::Client::open(\"redis://127.0.0.1/\")?;\n\
             let mut con = client.get_connection()?;\n{statement}\n"
        ),
        Language::Node => format!(
            "import {{ createClient }} from 'redis';\n\n\
             const client = await createClient().connect();\n{statement}\n"
        ),
        Language::Go => format!(
            "rdb := redis.NewClient(&redis.Options{{Addr: \"localhost:6379\"}})\n{statement}\n"
        ),
        Language::Java => {
            let lines: Vec<String> = statement
                .lines()
                .map(|line| format!("    {line}"))
                .collect();
            let lines = lines.join("\n");
            format!("try (Jedis jedis = new Jedis(\"localhost\", 6379)) {{\n{lines}\n}}\n")
        }
    }
}

/// The command in a language, without what a program begins with: the
/// library's own method where it has one for it.
pub fn statement(argv: &[Vec<u8>], language: Language) -> String {
    let quoted = |args: &[Vec<u8>]| -> String {
        let words: Vec<String> = args.iter().map(|arg| literal(arg, language)).collect();
        words.join(", ")
    };
    let args = argv.get(1..).unwrap_or_default();
    let upper = name_of(argv).to_ascii_uppercase();
    let call = match calls::call(argv, language) {
        Some(Call::Statement(text)) => return text,
        Some(Call::Method(text)) => text,
        None => match language {
            Language::Python => format!("execute_command({})", quoted(argv)),
            Language::Node => format!("sendCommand([{}])", quoted(argv)),
            Language::Go => format!("Do(ctx, {})", quoted(argv)),
            Language::Rust => {
                let args = args.iter();
                let args: String = args
                    .map(|arg| format!(".arg({})", literal(arg, language)))
                    .collect();
                return format!(
                    "let reply: redis::Value = redis::cmd(\"{upper}\"){args}.query(&mut con)?;"
                );
            }
            Language::Java => {
                let rest = args.iter();
                let rest: String = rest
                    .map(|arg| format!(", {}", literal(arg, language)))
                    .collect();
                format!("sendCommand(() -> \"{upper}\".getBytes(){rest})")
            }
        },
    };
    match language {
        Language::Python => format!("print(r.{call})"),
        Language::Rust => format!("let reply: redis::Value = con.{call}?;"),
        Language::Node => format!("console.log(await client.{call});"),
        Language::Go => format!("reply, err := rdb.{call}.Result()"),
        Language::Java => format!("System.out.println(jedis.{call});"),
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
    fn commands_use_the_librarys_methods_and_names() {
        for (line, language, call) in [
            ("get user:1", Language::Python, "r.get(\"user:1\")"),
            (
                "set k v ex 10 NX",
                Language::Python,
                "r.set(\"k\", \"v\", ex=10, nx=True)",
            ),
            (
                "set k v EX 10",
                Language::Node,
                "client.set(\"k\", \"v\", { EX: 10, })",
            ),
            (
                "set k v ex 10",
                Language::Java,
                "jedis.set(\"k\", \"v\", SetParams.setParams().ex(10))",
            ),
            (
                "set k v",
                Language::Go,
                "rdb.Set(ctx, \"k\", \"v\", 0).Result()",
            ),
            ("hgetall h", Language::Node, "client.hGetAll(\"h\")"),
            ("incr n", Language::Go, "rdb.Incr(ctx, \"n\").Result()"),
            ("del a b", Language::Java, "jedis.del(\"a\", \"b\")"),
            ("lpop l 2", Language::Python, "r.lpop(\"l\", 2)"),
            (
                "zadd z 1 a 2.5 b",
                Language::Python,
                "r.zadd(\"z\", {\"a\": 1, \"b\": 2.5})",
            ),
            (
                "hset h f 1 g 2",
                Language::Node,
                "client.hSet(\"h\", {\"f\": \"1\", \"g\": \"2\"})",
            ),
            (
                "xreadgroup group g ala count 1 streams s >",
                Language::Python,
                "r.xreadgroup(\"g\", \"ala\", {\"s\": \">\"}, count=1)",
            ),
            (
                "xadd s maxlen ~ 3 * a b",
                Language::Python,
                "r.xadd(\"s\", {\"a\": \"b\"}, id=\"*\", maxlen=3, approximate=True)",
            ),
            (
                "zrange z 0 -1 rev withscores",
                Language::Node,
                "client.zRangeWithScores(\"z\", 0, -1, { REV: true, })",
            ),
            (
                "eval 'return 1' 0",
                Language::Python,
                "r.eval(\"return 1\", 0)",
            ),
            ("set k \"a b\"", Language::Rust, "con.set(\"k\", \"a b\")?"),
            (
                "bitfield k set u8 #0 3 overflow sat incrby i5 100 -1",
                Language::Python,
                "r.bitfield(\"k\").set(\"u8\", \"#0\", 3).overflow(\"sat\").incrby(\"i5\", \"100\", -1).execute()",
            ),
            (
                "bitfield k get u8 0",
                Language::Node,
                "client.bitField(\"k\", [{ operation: \"GET\", encoding: \"u8\", offset: \"0\" }])",
            ),
            (
                "geosearch g bybox 2 3 km frommember m asc count 3 any",
                Language::Node,
                "client.geoSearch(\"g\", \"m\", { width: 2, height: 3, unit: \"km\" }, { SORT: \"ASC\", COUNT: { value: 3, ANY: true }, })",
            ),
            (
                "geosearch g fromlonlat 1.5 2 byradius 3 km withdist withcoord",
                Language::Python,
                "r.geosearch(\"g\", longitude=1.5, latitude=2, radius=3, unit=\"km\", withcoord=True, withdist=True)",
            ),
            (
                "hsetex h ex 60 fields 2 a 1 b 2",
                Language::Rust,
                "con.hset_ex(\"h\", &redis::HashFieldExpirationOptions::default().set_expiration(redis::SetExpiry::EX(60)), &[(\"a\", \"1\"), (\"b\", \"2\")])?",
            ),
        ] {
            let shown = shown(line, language);
            assert!(shown.contains(call), "{line}: {shown}");
        }
    }

    #[test]
    fn everything_else_goes_the_general_way() {
        let line = "object refcount k";
        assert!(
            shown(line, Language::Python)
                .contains("r.execute_command(\"object\", \"refcount\", \"k\")")
        );
        assert!(shown(line, Language::Node).contains("sendCommand([\"object\","));
        assert!(shown(line, Language::Go).contains("rdb.Do(ctx, \"object\", \"refcount\""));
        assert!(shown(line, Language::Java).contains("sendCommand(() -> \"OBJECT\".getBytes(),"));
        // What the library's method cannot take as it is, or nobody.
        assert!(shown("bitfield k set u8 #0", Language::Python).contains("execute_command"));
        assert!(shown("bitfield k set u8 #0 x", Language::Node).contains("sendCommand"));
        assert!(shown("hsetex h fields 2 a 1 b", Language::Node).contains("sendCommand"));
        assert!(shown("expire k soon", Language::Python).contains("execute_command"));
        assert!(shown("set k \"\\xff\"", Language::Python).contains("b\"\\xff\""));
        assert_eq!(Language::from_name("JS"), Some(Language::Node));
    }
}
