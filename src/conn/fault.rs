//! The `redis` crate's errors in our words.

use catalog::lang::Text;
use catalog::text;
use redis::{ErrorKind, RedisError};

/// What the `redis` crate says went wrong, for a person. A server's own words
/// are left as they are.
pub fn failed(error: &RedisError) -> Text {
    match error.kind() {
        ErrorKind::Io if error.is_connection_refusal() => text!(
            "the server cannot be reached: {error}",
            "nie można połączyć się z serwerem: {error}",
        ),
        ErrorKind::Io => text!(
            "the connection was lost: {error}",
            "połączenie zostało zerwane: {error}",
        ),
        ErrorKind::InvalidClientConfig => text!(
            "the address cannot be used: {error}",
            "tego adresu nie da się użyć: {error}",
        ),
        ErrorKind::AuthenticationFailed => text!(
            "the server refused the login: {error}",
            "serwer odrzucił logowanie: {error}",
        ),
        _ => Text::same(error.to_string()),
    }
}
