//! A server that answers whatever a test wants, byte for byte: what no backend would, and some do.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use mobproc::{BoxFuture, Client, ClientBuilder, Credentials, RetryPolicy};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Method and target, such as `GET /mobproc/v1/regions?limit=100&offset=0`.
    pub(crate) what: String,
    /// The lines of the head after the first.
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
    /// Counts connections, from 1.
    pub(crate) connection: usize,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn query(&self, name: &str) -> Option<i64> {
        let (_, query) = self.what.split_once('?')?;
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
    }
}

/// An answer: status, headers and body.
pub(crate) struct Forged {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Forged {
    pub(crate) fn json(status: u16, body: impl ToString) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        }
    }
}

/// The server. It ends when it is dropped.
pub(crate) struct Forger {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Drop for Forger {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Forger {
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Forged + Send + Sync + 'static) -> Self {
        Self::start_later(move |asked| Box::pin(std::future::ready(answer(asked)))).await
    }

    /// One whose answers may wait for something.
    pub(crate) async fn start_later(
        answer: impl Fn(&Asked) -> BoxFuture<'static, Forged> + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(answer, None).await
    }

    /// One that speaks TLS.
    pub(crate) async fn start_with(
        answer: impl Fn(&Asked) -> BoxFuture<'static, Forged> + Send + Sync + 'static,
        tls: Option<TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (answer, seen) = (Arc::new(answer), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            for connection in 1.. {
                let Ok((stream, _)) = listener.accept().await else {
                    return;
                };
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                let tls = tls.clone();
                connections.spawn(async move {
                    match tls {
                        None => serve(stream, connection, answer, seen).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, connection, answer, seen).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, asked, task }
    }

    /// The settings of a client of this server, which repeats nothing.
    pub(crate) fn client(&self) -> ClientBuilder {
        Client::builder()
            .base_url(self.url("/mobproc/v1"))
            .token_url(self.url("/token"))
            .tenant("ACME")
            .credentials(Credentials::bearer("client", "token"))
            .retry(RetryPolicy::never())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    connection: usize,
    answer: Arc<impl Fn(&Asked) -> BoxFuture<'static, Forged>>,
    seen: Arc<Mutex<Vec<Asked>>>,
) {
    let mut bytes = Vec::new();
    while let Some(asked) = read(&mut stream, &mut bytes, connection).await {
        seen.lock().unwrap().push(asked.clone());
        let forged = answer(&asked).await;
        let mut head = format!(
            "HTTP/1.1 {} Forged\r\ncontent-length: {}\r\n",
            forged.status,
            forged.body.len()
        );
        for (name, value) in &forged.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        if stream.write_all(head.as_bytes()).await.is_err() || stream.write_all(&forged.body).await.is_err() {
            return;
        }
    }
}

/// The next request of a connection, if there is one.
async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    bytes: &mut Vec<u8>,
    connection: usize,
) -> Option<Asked> {
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n").map(ToOwned::to_owned);
    let first = lines.next()?;
    let mut asked = Asked {
        what: first.trim_end_matches(" HTTP/1.1").to_owned(),
        headers: lines.collect(),
        body: Vec::new(),
        connection,
    };
    let length = asked
        .header("content-length")
        .and_then(|length| length.parse::<usize>().ok())
        .unwrap_or(0);
    while bytes.len() < end + 4 + length {
        if stream.read_buf(bytes).await.ok()? == 0 {
            return None;
        }
    }
    asked.body = bytes[end + 4..end + 4 + length].to_vec();
    bytes.drain(..end + 4 + length);
    Some(asked)
}
