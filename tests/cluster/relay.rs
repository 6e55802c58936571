//! A relay between the API server and the webhook that reads what the former offers to speak.
//!
//! The offer (ALPN) stands in clear text in the first message of a TLS connection; nothing else is
//! looked at, and nothing changed.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A listening relay; it lives as long as the suite.
#[derive(Debug)]
pub(crate) struct Relay {
    port: u16,
    offers: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Relay {
    /// Listen on a free port and pass everything on to `target`.
    pub(crate) fn start(target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let offers = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&offers);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                thread::spawn(move || pass(client, target, &seen));
            }
        });
        Self { port, offers }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The protocols offered, one list for each connection.
    pub(crate) fn offers(&self) -> Vec<Vec<String>> {
        self.offers.lock().unwrap().clone()
    }
}

fn pass(mut client: TcpStream, target: u16, seen: &Mutex<Vec<Vec<String>>>) {
    let mut server = TcpStream::connect(("127.0.0.1", target)).unwrap();
    let mut hello = vec![0; 16 * 1024];
    let Ok(length) = client.read(&mut hello) else { return };
    seen.lock().unwrap().push(offered(&hello[..length]));
    if server.write_all(&hello[..length]).is_err() {
        return;
    }
    let (mut back_from, mut back_to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut back_from, &mut back_to);
        let _ = back_to.shutdown(Shutdown::Both);
    });
    let _ = std::io::copy(&mut client, &mut server);
    let _ = server.shutdown(Shutdown::Both);
}

/// The protocol names that stand, each with its length before it, in a client's first message.
fn offered(hello: &[u8]) -> Vec<String> {
    let known = ["h2", "http/1.1"];
    let stands = |name: &str| {
        let length = u8::try_from(name.len()).unwrap();
        let wanted: Vec<u8> = [length].into_iter().chain(name.bytes()).collect();
        hello.windows(wanted.len()).any(|window| window == wanted)
    };
    known.into_iter().filter(|name| stands(name)).map(str::to_owned).collect()
}
