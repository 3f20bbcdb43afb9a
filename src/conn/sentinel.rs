//! A URL that names sentinels, and the master that they are asked for.

use crate::error::{Error, Result};
use catalog::text;

/// The port of a sentinel when a URL names none.
const PORT: u16 = 26_379;

/// The sentinels of a master, and its name among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentinels {
    pub(super) nodes: Vec<(String, u16)>,
    /// What the sentinels call the master.
    pub(super) name: String,
}

/// Reads `redis+sentinel://[login@]HOST[:PORT],.../NAME[/DB]` as the sentinels,
/// and the URL by which the master would be reached at the first of them; `None`
/// for a URL of another kind.
///
/// # Errors
/// A usage error that says what such a URL looks like.
pub(super) fn parse(url: &str) -> Result<Option<(Sentinels, String)>> {
    let Some(rest) = url.strip_prefix("redis+sentinel://") else {
        return Ok(None);
    };
    let (login, rest) = match rest.rsplit_once('@') {
        Some((login, rest)) => (format!("{login}@"), rest),
        None => (String::new(), rest),
    };
    let mut parts = rest.trim_end_matches('/').split('/');
    let nodes: Option<Vec<(String, u16)>> = parts
        .next()
        .unwrap_or_default()
        .split(',')
        .map(node)
        .collect();
    let (nodes, name) = match (nodes, parts.next()) {
        (Some(nodes), Some(name)) if !name.is_empty() => (nodes, name.to_owned()),
        _ => {
            return Err(Error::usage(text!(
                "this URL does not name sentinels and a master",
                "ten adres nie wskazuje sentineli i mastera"
            ))
            .hint(text!(
                "write redis+sentinel://HOST:26379,HOST:26379/NAME, where NAME is the master's (as in: sentinel monitor NAME ...)",
                "napisz redis+sentinel://HOST:26379,HOST:26379/NAZWA, gdzie NAZWA to nazwa mastera (jak w: sentinel monitor NAZWA ...)"
            )));
        }
    };
    let db = parts.next().unwrap_or("0");
    let (host, port) = &nodes[0];
    let plain = format!("redis://{login}{}:{port}/{db}", bracketed(host));
    Ok(Some((Sentinels { nodes, name }, plain)))
}

/// `HOST`, `HOST:PORT` or `[ADDRESS]:PORT`.
fn node(text: &str) -> Option<(String, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (host, rest.strip_prefix(':'))
        }
        None => text
            .split_once(':')
            .map_or((text, None), |(h, p)| (h, Some(p))),
    };
    let port = port.map_or(Some(PORT), |port| port.parse().ok())?;
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_sentinels_a_master_and_a_login_for_it() {
        let (sentinels, plain) =
            parse("redis+sentinel://ala:pw@one,two:7000,[::1]:7001/mymaster/3")
                .unwrap()
                .unwrap();
        assert_eq!(sentinels.name, "mymaster");
        let nodes = [("one", PORT), ("two", 7000), ("::1", 7001)];
        assert_eq!(
            sentinels.nodes,
            nodes.map(|(host, port)| (host.to_owned(), port))
        );
        assert_eq!(plain, "redis://ala:pw@one:26379/3");
        assert_eq!(parse("redis://one").unwrap(), None);
        for wrong in [
            "one",
            "one/",
            "/mymaster",
            "one:port/mymaster",
            "one,,two/m",
        ] {
            let error = parse(&format!("redis+sentinel://{wrong}")).unwrap_err();
            assert_eq!(error.exit.code(), 2, "{wrong}");
        }
    }
}
