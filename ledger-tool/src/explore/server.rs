//! Carrying requests to [`super::route`] and answers back.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query as QueryOf, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::get;
use serde::Serialize;
use thread_priority::ThreadPriority;
use thread_priority::unix::{
    NormalThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::answer::{Answer, No};
use super::connections;
use super::page::{Page, STYLE_PATH, Section};
use super::route::{Explorer, Query};
use crate::cli::ExploreArgs;
use crate::failure::{Exit, Failure};
use crate::picture;
use crate::session::Session;
use crate::stop::Stop;

/// Requests that read the store at the same time.
const AT_ONCE: usize = 2;

/// What a page may do: show itself and its styles.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

#[derive(Serialize)]
struct ListeningDoc {
    schema: &'static str,
    url: String,
}

struct Shared {
    explorer: Explorer,
    permits: Semaphore,
    any_host: bool,
}

pub(crate) fn run(session: &Session, args: &ExploreArgs) -> Result<Exit, Failure> {
    let dir = session.directory(args.dir.clone())?;
    if !args.listen.ip().is_loopback() && !args.allow_remote {
        let what = format!(
            "{} is not this machine alone: --allow-remote lets others read the store",
            args.listen
        );
        return Err(Failure::Usage(what));
    }
    let stop = Stop::listen()?;
    let reader = session.reader(&dir)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(AT_ONCE + 2)
        .on_thread_start(yield_to_others)
        .enable_io()
        .enable_time()
        .build()
        .map_err(Failure::io("start", "the server"))?;
    runtime.block_on(serve(session, &dir, reader, args, stop))
}

/// A node beside it goes first, at once: with a lower priority alone, a thread that reads would
/// keep a processor until its turn of some milliseconds is over. Where that cannot be, it goes like
/// everybody.
fn yield_to_others() {
    let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy);
}

async fn serve(
    session: &Session,
    dir: &Path,
    reader: ledger::Reader,
    args: &ExploreArgs,
    stop: Stop,
) -> Result<Exit, Failure> {
    let name = args.listen.to_string();
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.map_err(Failure::io("listen on", name.clone()))?;
    let address = listener
        .local_addr()
        .map_err(Failure::io("listen on", name.clone()))?;
    let url = format!("http://{address}/");
    if session.json {
        let schema = "ledger-tool.explore-listening/1";
        session.document(&ListeningDoc { schema, url })?;
    } else {
        session.answer(&format!("listening on {url}\n"))?;
    }
    let shared = Arc::new(Shared {
        explorer: Explorer::new(session.storage(dir), reader),
        permits: Semaphore::new(AT_ONCE),
        any_host: args.allow_remote,
    });
    let router = Router::new().fallback(get(handle)).with_state(shared);
    tokio::select! {
        () = connections::serve(listener, router) => {}
        () = asked(stop) => {}
    }
    Ok(Exit::Interrupted)
}

/// Until an end is asked for.
async fn asked(stop: Stop) {
    while !stop.asked() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    uri: Uri,
    query: Result<QueryOf<Query>, QueryRejection>,
) -> Response {
    let path = uri.path().to_owned();
    let plain = |status, text: &str| {
        respond(
            status,
            "text/plain; charset=utf-8",
            text.as_bytes().to_vec(),
            None,
        )
    };
    if !shared.any_host && !is_local(&headers) {
        // Another site's name that leads here would let its scripts read.
        return plain(
            StatusCode::MISDIRECTED_REQUEST,
            "this server answers to its own address alone\n",
        );
    }
    if path == STYLE_PATH {
        let styles = format!("{}{}", picture::PAGE_STYLE, picture::STYLE);
        return respond(
            StatusCode::OK,
            "text/css; charset=utf-8",
            styles.into_bytes(),
            None,
        );
    }
    let Ok(QueryOf(query)) = query else {
        return plain(StatusCode::BAD_REQUEST, "the query cannot be read\n");
    };
    let Ok(_permit) = shared.permits.acquire().await else {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "going down\n");
    };
    let known = headers.get(header::IF_NONE_MATCH).cloned();
    let full = uri
        .path_and_query()
        .map_or_else(|| path.clone(), ToString::to_string);
    let working = Arc::clone(&shared);
    let work = tokio::task::spawn_blocking(move || {
        answer(&working.explorer, &path, &full, &query, known.as_ref())
    });
    work.await
        .unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR, "this request failed\n"))
}

/// Whether a request names an address of this machine: a number or `localhost`.
fn is_local(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let Some(host) = host else { return false };
    if let Ok(address) = host.parse::<SocketAddr>() {
        return address.ip().is_loopback();
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let number = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || number.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Reads the store; on a thread that may wait.
fn answer(
    explorer: &Explorer,
    path: &str,
    full: &str,
    query: &Query,
    known: Option<&HeaderValue>,
) -> Response {
    let (path, as_json) = match path.strip_suffix(".json") {
        Some(path) => (path, true),
        None => (path, false),
    };
    let height = explorer
        .snapshot()
        .map(|snapshot| (snapshot.height(), snapshot));
    let (height, answered) = match height {
        Ok((height, snapshot)) => (height, explorer.answer(&snapshot, path, query)),
        Err(no) => (0, Err(no)),
    };
    let (status, page) = match answered {
        Ok(Answer::Elsewhere(to)) => {
            let to = if as_json { json_of(&to) } else { to };
            return elsewhere(&to);
        }
        Ok(Answer::File(name, kind, bytes)) => return file(&name, kind, bytes),
        Ok(Answer::Page(page)) => (StatusCode::OK, *page),
        Err(no) => (status_of(&no), of_no(&no)),
    };
    let fleeting = page.fleeting || status != StatusCode::OK;
    let tag = (!fleeting).then(|| format!("\"{height}-{}\"", u8::from(as_json)));
    if let (Some(tag), Some(known)) = (&tag, known)
        && known.as_bytes() == tag.as_bytes()
    {
        return respond(
            StatusCode::NOT_MODIFIED,
            "text/html; charset=utf-8",
            Vec::new(),
            Some(tag),
        );
    }
    let (kind, bytes) = if as_json {
        let text = format!("{}\n", page.to_json(height));
        ("application/json", text.into_bytes())
    } else {
        (
            "text/html; charset=utf-8",
            page.to_html(full, height).into_bytes(),
        )
    };
    respond(status, kind, bytes, tag.as_deref())
}

fn status_of(no: &No) -> StatusCode {
    StatusCode::from_u16(no.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn of_no(no: &No) -> Page {
    let title = match no {
        No::NotFound(_) => "Not found",
        No::Wrong(_) => "A question that cannot be",
        No::Failed(_) => "No answer",
    };
    Page::new(title).with(Section::Note(no.message()))
}

fn json_of(path: &str) -> String {
    match path.split_once('?') {
        Some((path, query)) => format!("{path}.json?{query}"),
        None => format!("{path}.json"),
    }
}

fn elsewhere(to: &str) -> Response {
    let mut response = respond(
        StatusCode::SEE_OTHER,
        "text/plain; charset=utf-8",
        Vec::new(),
        None,
    );
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

/// A file to keep; its name has no characters that a header could not have.
fn file(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let mut response = respond(StatusCode::OK, kind, bytes, None);
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response
            .headers_mut()
            .insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

fn respond(status: StatusCode, kind: &'static str, bytes: Vec<u8>, tag: Option<&str>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 6] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(Ok(tag)) = tag.map(HeaderValue::from_str) {
        headers.insert(header::ETAG, tag);
    }
    response
}
