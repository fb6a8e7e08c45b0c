//! The API listener: accepts connections, speaks TLS and HTTP, and alters the bytes as the active
//! fault demands. Must not decide what the answers say.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use rustls::{HandshakeKind, ServerConfig};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::account::private_key_text;
use crate::fault::Kind;
use crate::http::{Answer, Reader, Request};
use crate::rest;
use crate::service::{Exchange, Service};
use crate::tls;

/// How long a client may take to notice that its connection was closed.
const LINGER: Duration = Duration::from_secs(2);

/// How a connection continues after an answer.
enum Then {
    Continue,
    /// A TLS close_notify, then the end of the TCP connection.
    Close,
    /// The end of the TCP connection without a close_notify.
    Break,
    Reset,
}

/// Accepts until the runtime ends. While the control plane wants connections refused, it stops
/// listening but keeps the port bound.
pub async fn listen(
    service: Arc<Service>,
    mut listener: TcpListener,
    config: Arc<ServerConfig>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let mut wanted = service.wanted.subscribe();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that ended before it was accepted is not a reason to stop.
                let Ok((tcp, _)) = accepted else { continue };
                let (number, fault) = service.connected();
                let service = Arc::clone(&service);
                let config = Arc::clone(&config);
                tokio::spawn(async move {
                    // An error here means that the client has disconnected, which it may do.
                    let _ = connection(&service, config, tcp, number, fault).await;
                });
            }
            _ = becomes(&mut wanted, false) => {
                drop(listener);
                // Bound but not listening: connections are refused, and the port stays reserved.
                let reserved = bind(address)?;
                service.listening.send_replace(false);
                becomes(&mut wanted, true).await;
                listener = reserved.listen(1024)?;
                service.listening.send_replace(true);
            }
        }
    }
}

async fn becomes(wanted: &mut watch::Receiver<bool>, value: bool) {
    // The sender lives as long as the service, which this task holds.
    let _ = wanted.wait_for(|on| *on == value).await;
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn connection(
    service: &Service,
    config: Arc<ServerConfig>,
    mut tcp: TcpStream,
    number: u64,
    fault: Option<Kind>,
) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let config = match &fault {
        Some(Kind::ResetBeforeRequest {
            after_handshake: false,
        }) => return tcp.set_zero_linger(),
        Some(Kind::CloseBeforeRequest {
            after_handshake: false,
        }) => return close(&mut tcp).await,
        Some(Kind::HangHandshake) => return swallow(&mut tcp).await,
        Some(Kind::PlainHttp) => {
            // Waits for the client to send something first.
            tcp.readable().await?;
            let answer = Answer::text(400, "This port speaks plain HTTP today.\n");
            tcp.write_all(&answer.bytes(false)).await?;
            return close(&mut tcp).await;
        }
        Some(Kind::WrongCertificate { variant }) => tls::api_config(service, *variant)?,
        _ => config,
    };
    let mut stream = TlsAcceptor::from(config).accept(tcp).await?;
    service.handshaken(stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed));
    match fault {
        Some(Kind::ResetBeforeRequest { .. }) => return end(stream, Then::Reset).await,
        Some(Kind::CloseBeforeRequest { .. }) => return end(stream, Then::Close).await,
        _ => {}
    }

    let mut reader = Reader::default();
    let mut close_idle = service.close_idle.subscribe();
    loop {
        if reader.is_empty() {
            let _idle = service.idle();
            tokio::select! {
                more = reader.fill(&mut stream) => if !more? { return end(stream, Then::Close).await },
                _ = close_idle.changed() => return end(stream, Then::Close).await,
            }
        }
        let Some(request) = reader.next(&mut stream).await? else {
            return end(stream, Then::Close).await;
        };
        // A request to close idle connections that came while this one was busy does not apply.
        close_idle.mark_unchanged();
        let exchange = service.receive(number, &request);
        tokio::time::sleep(exchange.latency).await;
        match answer(service, &mut stream, &request, exchange).await? {
            Then::Continue => {}
            then => return end(stream, then).await,
        }
    }
}

async fn end(mut stream: TlsStream<TcpStream>, then: Then) -> io::Result<()> {
    match then {
        Then::Reset => stream.get_ref().0.set_zero_linger(),
        Then::Break => close(stream.get_mut().0).await,
        Then::Close | Then::Continue => {
            stream.shutdown().await?;
            close(stream.get_mut().0).await
        }
    }
}

/// Shuts down our side and drains the client's last bytes: closing a socket with unread bytes
/// would send a reset.
async fn close(tcp: &mut TcpStream) -> io::Result<()> {
    tcp.shutdown().await?;
    tokio::time::timeout(LINGER, swallow(tcp))
        .await
        .unwrap_or(Ok(()))
}

/// Reads until the client closes the connection.
async fn swallow(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

async fn answer(
    service: &Service,
    stream: &mut TlsStream<TcpStream>,
    request: &Request,
    exchange: Exchange,
) -> io::Result<Then> {
    let real = Answer::json(exchange.reply.status, &exchange.reply.document);
    let keep_alive = request.keep_alive;
    let orderly = if keep_alive {
        Then::Continue
    } else {
        Then::Close
    };
    // Logged before it is sent: a client that has the answer may read the log immediately.
    let sending = |status: u16| service.answered(exchange.n, status);
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();

    // Kinds that change the answer but send it properly.
    let altered = match &exchange.fault {
        Some(Kind::Status {
            code,
            headers,
            body,
        }) => Some(status_answer(*code, headers, body)),
        Some(Kind::EchoSecrets { code }) => Some(Answer::json(*code, &secrets(request))),
        Some(Kind::InvalidJson) => Some(Answer {
            body: half(&real.body),
            ..real.clone()
        }),
        Some(Kind::InvalidUtf8) => Some(Answer {
            body: b"{\"data\":{\"name\":\"\xff\xfe\xc3\x28\"}}".to_vec(),
            ..real.clone()
        }),
        Some(Kind::WrongContentType) => Some(Answer::new(
            real.status,
            "text/html; charset=utf-8",
            real.body.clone(),
        )),
        Some(Kind::BigBody { bytes }) => Some(padded(&exchange.reply.document, *bytes)),
        Some(Kind::GzipBomb { bytes }) => Some(
            Answer::new(200, "application/json", gzip_of_zeros(*bytes)?)
                .with("content-encoding", "gzip"),
        ),
        _ => None,
    };
    if let Some(answer) = altered {
        sending(answer.status);
        send(stream, &answer.bytes(keep_alive)).await?;
        return Ok(orderly);
    }

    match exchange.fault {
        Some(Kind::ResetAfterRequest) => return Ok(Then::Reset),
        Some(Kind::CloseAfterRequest) => return Ok(Then::Break),
        Some(Kind::Hang) => {
            swallow(stream).await?;
            return Ok(Then::Close);
        }
        Some(Kind::Garbage) => {
            send(stream, b"\x00\x01\x02 this is not HTTP \xff\xfe\r\n\r\n").await?;
            return Ok(Then::Close);
        }
        _ => {}
    }

    sending(real.status);
    match exchange.fault {
        Some(Kind::CloseDuringAnswer) => {
            send(stream, &half_of_body(&real)).await?;
            Ok(Then::Break)
        }
        Some(Kind::ResetDuringAnswer) => {
            send(stream, &half_of_body(&real)).await?;
            // A reset would discard what the client has not read yet.
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok(Then::Reset)
        }
        Some(Kind::Truncated) => {
            let claim = format!("content-length: {}\r\n", real.body.len() + 1000);
            send(stream, &[real.head(&claim), real.body.clone()].concat()).await?;
            Ok(Then::Close)
        }
        Some(Kind::ChunkError) => {
            let first = half(&real.body);
            let mut bytes = real.head("transfer-encoding: chunked\r\n");
            bytes.extend_from_slice(format!("{:x}\r\n", first.len()).as_bytes());
            bytes.extend_from_slice(&first);
            bytes.extend_from_slice(b"\r\nzz-no-size\r\n");
            bytes.extend_from_slice(&real.body[first.len()..]);
            bytes.extend_from_slice(b"\r\n0\r\n\r\n");
            send(stream, &bytes).await?;
            Ok(Then::Close)
        }
        Some(Kind::TwoLengths) => {
            let length = real.body.len();
            let claims = format!(
                "content-length: {length}\r\ncontent-length: {}\r\n",
                length / 2
            );
            send(stream, &[real.head(&claims), real.body.clone()].concat()).await?;
            Ok(Then::Close)
        }
        Some(Kind::Drip { interval_ms }) => {
            for byte in real.bytes(keep_alive) {
                send(stream, &[byte]).await?;
                tokio::time::sleep(Duration::from_millis(interval_ms)).await;
            }
            Ok(orderly)
        }
        Some(Kind::EndlessBody) => {
            send(stream, &real.head("transfer-encoding: chunked\r\n")).await?;
            let mut chunk = b"4000\r\n".to_vec();
            chunk.resize(chunk.len() + 0x4000, b' ');
            chunk.extend_from_slice(b"\r\n");
            loop {
                send(stream, &chunk).await?;
            }
        }
        Some(Kind::CloseIdle { after_ms }) => {
            send(stream, &real.bytes(keep_alive)).await?;
            tokio::time::sleep(Duration::from_millis(after_ms)).await;
            Ok(Then::Close)
        }
        Some(Kind::Latency { ms }) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            send(stream, &real.bytes(keep_alive)).await?;
            Ok(orderly)
        }
        _ => {
            send(stream, &real.bytes(keep_alive)).await?;
            Ok(orderly)
        }
    }
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

fn status_answer(code: u16, headers: &[(String, String)], body: &str) -> Answer {
    let answer = match body {
        "json" => Answer::json(
            code,
            &rest::error_document(&format!("The simulated error {code}.")),
        ),
        "html" => Answer::new(
            code,
            "text/html",
            format!("<html><head><title>{code}</title></head><body><h1>{code}</h1></body></html>")
                .into_bytes(),
        ),
        "empty" => Answer {
            status: code,
            headers: Vec::new(),
            body: Vec::new(),
        },
        text => Answer::json(code, &Value::Null).with_body(text.as_bytes()),
    };
    headers
        .iter()
        .fold(answer, |answer, (name, value)| answer.with(name, value))
}

/// An error document that echoes every secret of the request and the app, in each form that a
/// client has to recognise.
fn secrets(request: &Request) -> Value {
    let header = request.header("authorization").unwrap_or_default();
    let (id, key) = rest::credentials(request).unwrap_or_default();
    rest::error_document(&format!(
        "Authorization: {header}; client id {id}; API key {key}; ssl.key {}",
        private_key_text()
    ))
}

/// The real answer, padded to valid JSON of at least this many bytes.
fn padded(document: &Value, bytes: usize) -> Answer {
    let mut document = document.clone();
    if let Some(map) = document.as_object_mut() {
        map.insert("padding".to_owned(), Value::String("x".repeat(bytes)));
    }
    Answer::json(200, &document)
}

fn gzip_of_zeros(bytes: usize) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let block = [0; 64 * 1024];
    let mut left = bytes;
    while left > 0 {
        let now = left.min(block.len());
        encoder.write_all(&block[..now])?;
        left -= now;
    }
    encoder.finish()
}

fn half_of_body(answer: &Answer) -> Vec<u8> {
    let mut bytes = answer.bytes(true);
    bytes.truncate(bytes.len() - answer.body.len() / 2 - 1);
    bytes
}
