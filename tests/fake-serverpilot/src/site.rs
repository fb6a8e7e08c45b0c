//! The app's web server, as far as a certificate check sees it: a certificate by name, and the same
//! text for every request.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::http::{Answer, Reader};

pub async fn listen(listener: TcpListener, config: Arc<ServerConfig>) {
    let acceptor = TlsAcceptor::from(config);
    loop {
        let Ok((tcp, _)) = listener.accept().await else {
            continue;
        };
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // An error here means that the visitor has disconnected, which it may do.
            let _ = visit(acceptor, tcp).await;
        });
    }
}

async fn visit(acceptor: TlsAcceptor, tcp: TcpStream) -> io::Result<()> {
    let mut stream = acceptor.accept(tcp).await?;
    if Reader::default().next(&mut stream).await?.is_some() {
        let answer = Answer::text(200, "The site.\n");
        stream.write_all(&answer.bytes(false)).await?;
    }
    stream.shutdown().await
}
