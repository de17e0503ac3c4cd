//! One connection to one node: HTTP/1.1, with TLS if there is to be.

use core::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

/// The longest answer that is read, in bytes.
const ANSWER_LEN_MAX: usize = 64 << 20;

/// What makes TLS connections.
#[derive(Clone)]
pub struct Tls(TlsConnector);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

/// The certificates to trust cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFileError {
    /// The file.
    #[error("{file}: {source}")]
    Pem {
        /// Its path.
        file: String,
        /// What is wrong with it.
        #[source]
        source: pem::Error,
    },
    /// What stands in it.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

impl Tls {
    /// Trusts the certificates of a PEM file, and none besides.
    ///
    /// # Errors
    /// [`TlsFileError`].
    pub fn trusting(file: &Path) -> Result<Self, TlsFileError> {
        let in_file = |source| TlsFileError::Pem {
            file: file.display().to_string(),
            source,
        };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(file).map_err(in_file)? {
            roots.add(certificate.map_err(in_file)?)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }
}

/// There is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// No connection: nothing was sent.
    #[error("no connection to {address}: {source}")]
    Connect {
        /// Where to.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It broke, after something may have been sent.
    #[error("the connection broke: {0}")]
    Broken(#[from] hyper::Error),
    /// No answer in time, after something may have been sent.
    #[error("no answer within {} ms", .0.as_millis())]
    Late(Duration),
    /// The answer is too long.
    #[error("the answer is longer than {ANSWER_LEN_MAX} bytes")]
    TooLong,
    /// The request cannot be written down.
    #[error(transparent)]
    Request(#[from] hyper::http::Error),
}

impl HttpError {
    /// Whether nothing can have arrived.
    #[must_use]
    pub fn nothing_was_sent(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Request(_) => true,
            // It had been closed before the request was written.
            Self::Broken(error) => error.is_canceled() || error.is_closed(),
            Self::Late(_) | Self::TooLong => false,
        }
    }
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
}

/// What to ask of a node.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) path: String,
    /// A body makes it a `POST`.
    pub(super) body: Option<Bytes>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// [`HttpError::Connect`], [`HttpError::Late`].
    pub async fn open(
        address: SocketAddr,
        tls: Option<&Tls>,
        patience: Duration,
    ) -> Result<Self, HttpError> {
        let opened = timeout(patience, Self::connect(address, tls)).await;
        opened.unwrap_or_else(|_| {
            let source = std::io::ErrorKind::TimedOut.into();
            Err(HttpError::Connect { address, source })
        })
    }

    async fn connect(address: SocketAddr, tls: Option<&Tls>) -> Result<Self, HttpError> {
        let failed = |source| HttpError::Connect { address, source };
        let stream = TcpStream::connect(address).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let sender = match tls {
            None => Self::greet(TokioIo::new(stream)).await?,
            Some(Tls(connector)) => {
                let name = ServerName::from(address.ip());
                let stream = connector.connect(name, stream).await.map_err(failed)?;
                Self::greet(TokioIo::new(stream)).await?
            }
        };
        Ok(Self { address, sender })
    }

    async fn greet<T>(stream: T) -> Result<SendRequest<Full<Bytes>>, hyper::Error>
    where
        T: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    {
        let (sender, connection) = http1::handshake(stream).await?;
        // Its end is seen by whoever sends.
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Whether it can be used again.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Asks, and gives the whole answer.
    ///
    /// # Errors
    /// [`HttpError`]; the connection is of no use then.
    pub(super) async fn call(
        &mut self,
        ask: &Ask,
        patience: Duration,
    ) -> Result<(StatusCode, Bytes), HttpError> {
        let answer = async {
            let response = self.stream(ask).await?;
            let status = response.status();
            let body = Limited::new(response.into_body(), ANSWER_LEN_MAX).collect();
            let body = body
                .await
                .map_err(|error| match error.is::<LengthLimitError>() {
                    true => HttpError::TooLong,
                    false => match error.downcast::<hyper::Error>() {
                        Ok(error) => HttpError::Broken(*error),
                        Err(_) => HttpError::TooLong,
                    },
                })?;
            Ok((status, body.to_bytes()))
        };
        let answered = timeout(patience, answer).await;
        answered.unwrap_or(Err(HttpError::Late(patience)))
    }

    /// Asks, and gives the answer as it comes.
    pub(super) async fn stream(&mut self, ask: &Ask) -> Result<Response<Incoming>, HttpError> {
        let request = Request::builder()
            .uri(&ask.path)
            .header(header::HOST, self.address.to_string());
        let request = match &ask.body {
            None => request.body(Full::default())?,
            Some(body) => request
                .method("POST")
                .header(header::CONTENT_TYPE, "application/octet-stream")
                .body(Full::new(body.clone()))?,
        };
        self.sender.ready().await?;
        Ok(self.sender.send_request(request).await?)
    }
}
