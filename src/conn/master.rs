//! Finding the master behind sentinels, also after another one has taken its
//! place: every new connection asks anew.

use super::{ConnError, Connection, Endpoint, Target};
use resp::Reply;
use std::time::Duration;

/// How long one sentinel may take before the next is asked.
const PATIENCE: Duration = Duration::from_secs(1);

impl Target {
    /// Where to connect to now: of a master behind sentinels the address that
    /// they give at this moment, otherwise the same.
    ///
    /// # Errors
    /// [`ConnError::NoMaster`] when no sentinel knows the master.
    pub async fn master(&self) -> Result<Target, ConnError> {
        let Some(sentinels) = self.sentinels() else {
            return Ok(self.clone());
        };
        for (host, port) in &sentinels.nodes {
            let Ok(sentinel) = Target::tcp(host, *port) else {
                continue;
            };
            let asked = self.ask(sentinel.endpoint(), &sentinels.name);
            let asked = tokio::time::timeout(PATIENCE, asked).await;
            if let Ok(Some((host, port))) = asked
                && let Ok(master) = Target::tcp(&host, port)
            {
                return Ok(self.at(&master));
            }
        }
        Err(ConnError::NoMaster(sentinels.name.clone()))
    }

    /// What one sentinel says.
    async fn ask(&self, sentinel: &Endpoint, name: &str) -> Option<(String, u16)> {
        let mut connection = Connection::open(sentinel, PATIENCE, self.stop().clone())
            .await
            .ok()?;
        let question = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name];
        let question = question.map(|word| word.as_bytes().to_vec());
        let Ok(Reply::Array(address)) = connection.call(&question).await else {
            return None;
        };
        let word = |i: usize| address.get(i)?.as_str();
        Some((word(0)?.to_owned(), word(1)?.parse().ok()?))
    }
}
