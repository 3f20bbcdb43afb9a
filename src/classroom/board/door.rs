//! Who may see the board: whoever has opened a link that the terminal printed.
//! Each link opens once. The browser that opened it has a cookie from then on,
//! whose digest is kept in Redis: a hub that was killed and begun again knows it.

use crate::classroom::{Class, digest, random};
use crate::conn::link::LinkError;
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long a browser is known, in s.
const KNOWN_FOR: u64 = 14 * 3600;

/// As many browsers are known at once.
const MOST: usize = 32;

/// The door of a class's board.
#[derive(Debug)]
pub(super) struct Door {
    /// The digest of the link's token, until it was used.
    link: Mutex<Option<String>>,
    /// The digests of cookies that have been looked up.
    known: Mutex<HashSet<String>>,
    /// The cookie's name. Cookies do not heed ports, and another class may be
    /// on this machine.
    cookie: String,
}

impl Door {
    pub(super) fn new(code: &str) -> Door {
        Door {
            link: Mutex::default(),
            known: Mutex::default(),
            cookie: format!("redis-lab-board-{code}"),
        }
    }

    /// A token for a new link; the one before opens nothing any more.
    pub(super) fn token(&self) -> String {
        let mut token = random();
        // 132 bits will do, and the link stays on one line.
        token.truncate(22);
        *lock(&self.link) = Some(digest(&[&token]));
        token
    }

    /// Whether this token opens the door; it does so once.
    pub(super) fn opens(&self, token: &str) -> bool {
        let mut link = lock(&self.link);
        // Digests are compared: how long it takes tells nothing of the token.
        let fits = link.as_deref() == Some(&*digest(&[token]));
        if fits {
            *link = None;
        }
        fits
    }

    /// The value of `Set-Cookie` for a browser that is let in from now on.
    pub(super) async fn admit(&self, class: &Class) -> Result<String, LinkError> {
        let token = random();
        let digest = digest(&[&token]);
        let key = class.keys().boards();
        let mut add = redis::cmd("SADD");
        add.arg(&key).arg(&digest);
        let mut expire = redis::cmd("EXPIRE");
        expire.arg(&key).arg(KNOWN_FOR);
        class.link().pipeline(vec![add, expire]).await?;
        let mut known = lock(&self.known);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(digest);
        let name = &self.cookie;
        Ok(format!(
            "{name}={token}; Path=/; Max-Age={KNOWN_FOR}; HttpOnly; SameSite=Strict"
        ))
    }

    /// Whether the request comes from a browser that was let in.
    pub(super) async fn knows(
        &self,
        class: &Class,
        headers: &HeaderMap,
    ) -> Result<bool, LinkError> {
        for token in self.tokens(headers) {
            let digest = digest(&[token]);
            if lock(&self.known).contains(&digest) {
                return Ok(true);
            }
            let mut asked = redis::cmd("SISMEMBER");
            asked.arg(class.keys().boards()).arg(&digest);
            if class.link().call(&asked).await?.as_int() == Some(1) {
                let mut known = lock(&self.known);
                if known.len() < MOST {
                    known.insert(digest);
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The cookies of our name; nobody needs to send more than a few.
    fn tokens<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        let values = headers.get_all(COOKIE).iter();
        values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().strip_prefix(&*self.cookie)?.strip_prefix('='))
            .take(4)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_once_and_a_new_one_voids_it() {
        let door = Door::new("blue-otter-42");
        assert!(!door.opens(""));
        let first = door.token();
        assert!(!door.opens("guess"));
        assert!(door.opens(&first));
        assert!(!door.opens(&first));
        let (second, third) = (door.token(), door.token());
        assert!(!door.opens(&second));
        assert!(door.opens(&third));
    }

    #[test]
    fn only_cookies_of_this_class_are_heard() {
        let door = Door::new("blue-otter-42");
        let mut headers = HeaderMap::new();
        let cookies = "a=b; redis-lab-board-blue-otter-42=one; redis-lab-board-red-fox-10=two";
        headers.append(COOKIE, cookies.parse().unwrap());
        let found: Vec<&str> = door.tokens(&headers).collect();
        assert_eq!(found, ["one"]);
    }
}
