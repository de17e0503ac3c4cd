//! Accepts connections, and holds every one of them to the limits.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use super::admission::{Admission, Admitted};
use super::error::ApiError;
use super::limits::Limits;
use super::stall::Stalling;
use super::{Api, EngineMetrics, routes};
use crate::node::{Clock, Node};

/// The longest head of a request, in bytes.
const HEAD_LEN_MAX: usize = 16 << 10;
/// How long to wait after the system refused a connection, as when no descriptor is left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A server that runs until it is stopped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Serves a node on a bound socket, on the current tokio runtime.
    ///
    /// # Errors
    /// The address of the socket is not known.
    pub fn start(
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        node: Node,
        clock: Clock,
        engine_metrics: EngineMetrics,
        limits: Limits,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, stopping) = watch::channel(false);
        let api = Api::new(node, clock, engine_metrics, limits, stopping);
        let accepting = tokio::spawn(accept(listener, tls, api));
        Ok(Self {
            address,
            stop,
            accepting,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, finishes what is under way, and ends.
    pub async fn stop(self) {
        let Self {
            stop, accepting, ..
        } = self;
        // Both fail only if it ended already.
        let _ = stop.send(true);
        let _ = accepting.await;
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, api: Api) {
    let limits = api.0.limits;
    let admission = Admission::new(limits);
    let router = routes::router(api.clone());
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            () = api.stopping() => break,
        };
        let Ok((stream, address)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Some(admitted) = admission.connect(address.ip(), Instant::now()) else {
            api.0.metrics.refused("too-many-connections");
            refuse(stream);
            continue;
        };
        api.0.metrics.connections(admission.connections());
        let (api, router, tls) = (api.clone(), router.clone(), tls.clone());
        connections.spawn(async move {
            // Small answers are not to wait for more.
            let _ = stream.set_nodelay(true);
            let Some(tls) = tls else {
                return converse(stream, api, router, admitted).await;
            };
            let patience = Duration::from_millis(limits.head_ms);
            let greeted = tokio::time::timeout(patience, tls.accept(stream)).await;
            if let Ok(Ok(stream)) = greeted {
                converse(stream, api, router, admitted).await;
            }
        });
    }
    drop(listener);
    let grace = Duration::from_millis(limits.stop_ms);
    let finished = async { while connections.join_next().await.is_some() {} };
    // What is not finished by then is cut off.
    let _ = tokio::time::timeout(grace, finished).await;
    connections.shutdown().await;
}

/// Tells a client that there are too many, as far as it can be told without waiting.
fn refuse(stream: TcpStream) {
    let body = "{\"code\":\"too-many-connections\",\"detail\":\"try again later\"}";
    let len = body.len();
    let head = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json";
    let text = format!("{head}\r\ncontent-length: {len}\r\nconnection: close\r\n\r\n{body}");
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(text.as_bytes());
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    api: Api,
    router: Router,
    admitted: Admitted,
) {
    let limits = api.0.limits;
    let stream = Stalling::new(stream, Duration::from_millis(limits.stall_ms));
    let admitted = Arc::new(admitted);
    let metrics = api.clone();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (router, admitted, api) = (router.clone(), Arc::clone(&admitted), metrics.clone());
        async move {
            if !admitted.may_ask(Instant::now()) {
                api.0.metrics.refused("rate");
                return Ok(too_fast());
            }
            let router = TowerToHyperService::new(router);
            router.call(request.map(Body::new)).await
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.head_ms))
        .max_buf_size(HEAD_LEN_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // How a client ended is the client's business.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = api.stopping() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

fn too_fast() -> Response {
    ApiError::new(
        StatusCode::TOO_MANY_REQUESTS,
        "rate",
        "more requests than one client may send",
    )
    .into_response()
}

/// TLS cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file of certificates or keys.
    #[error("{file}: {source}")]
    Pem {
        /// The file.
        file: String,
        /// What is wrong with it.
        #[source]
        source: pem::Error,
    },
    /// They do not fit together.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

/// TLS 1.2 and 1.3 with the certificates and the key of two PEM files.
///
/// # Errors
/// [`TlsError`]: which file is not as it should be, or that they do not fit together.
pub fn tls_acceptor(certificates: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    let in_file = |path: &Path| {
        let file = path.display().to_string();
        move |source| TlsError::Pem { file, source }
    };
    let chain = CertificateDer::pem_file_iter(certificates).map_err(in_file(certificates))?;
    let chain: Result<Vec<_>, _> = chain.collect();
    let chain = chain.map_err(in_file(certificates))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(in_file(key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
