//! Sends reviews over kept-open connections and divides the server's run time by the answers.

use bytes::Bytes;
use http::StatusCode;
use probity_test_client::{Client, Protocol};

use crate::servers::Server;

/// Connections to a server, and streams on each.
const CONNECTIONS: usize = 4;

/// A client of one server.
pub(crate) struct Driver<'s> {
    server: &'s Server,
    clients: Vec<Client>,
}

impl<'s> Driver<'s> {
    pub(crate) async fn connect(server: &'s Server, protocol: Protocol) -> Self {
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            let client = Client::connect(server.address, &server.authority, protocol).await;
            clients.push(client.expect("the server is there"));
        }
        Self { server, clients }
    }

    /// Microseconds of the server's processor time for each of about `requests` reviews.
    pub(crate) async fn micros_per_review(&mut self, body: &Bytes, requests: usize) -> f64 {
        let each = requests.div_ceil(CONNECTIONS);
        let before = self.server.run_time();
        let mut work = tokio::task::JoinSet::new();
        for mut client in self.clients.drain(..) {
            let body = body.clone();
            work.spawn(async move {
                for _ in 0..each {
                    let answer = client.post("/validate?timeout=10s", body.clone()).await;
                    let answer = answer.expect("an answer comes");
                    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
                    assert!(find(&answer.body, b"\"allowed\":true"), "{}", answer.text());
                }
                client
            });
        }
        self.clients = work.join_all().await;
        let nanos = u32::try_from(self.server.run_time() - before).unwrap_or(u32::MAX);
        let answers = u32::try_from(each * CONNECTIONS).unwrap_or(u32::MAX);
        f64::from(nanos) / 1_000.0 / f64::from(answers)
    }
}

/// All reviews are such that every control lets them pass; looked for as bytes, since the driver
/// shares its machine with the server.
fn find(body: &[u8], wanted: &[u8]) -> bool {
    body.windows(wanted.len()).any(|part| part == wanted)
}
