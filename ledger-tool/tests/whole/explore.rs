//! The pages of `explore`, as a browser without a screen reads them: every link, every twin, every
//! header; hostile stores, damaged ones, and one that grows meanwhile.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::common::{Place, find};
use crate::pictures::{hostile, is_plain, well_formed};
use crate::snapshots::stage;
use crate::{sample, schemas};

/// A server, ended with the value.
struct Server {
    child: Child,
    address: String,
}

struct Got {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Got {
    #[track_caller]
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    fn json(&self) -> Value {
        assert_eq!(self.headers["content-type"], "application/json");
        let value = serde_json::from_slice(&self.body).unwrap();
        schemas::holds(&value);
        value
    }
}

impl Server {
    fn of(place: &Place, store: &str) -> Self {
        let mut child = place.spawn(&format!("explore {store} --listen 127.0.0.1:0 --json"));
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let listening: Value = serde_json::from_str(&line).unwrap();
        schemas::holds(&listening);
        let url = listening["url"].as_str().unwrap();
        let address = url
            .strip_prefix("http://")
            .and_then(|url| url.strip_suffix('/'));
        let address = address.unwrap().to_owned();
        assert!(address.starts_with("127.0.0.1:"), "{address}");
        Self { child, address }
    }

    fn ask(&self, method: &str, path: &str, more: &str) -> Got {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = if more.contains("Host:") {
            String::new()
        } else {
            format!("Host: {}\r\n", self.address)
        };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\n{host}{more}Connection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = find(&answer, b"\r\n\r\n");
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let got = Got {
            status,
            headers: headers.collect(),
            body: answer[end + 4..].to_vec(),
        };
        // Everything is answered with these.
        if status != 405 {
            let policy = &got.headers["content-security-policy"];
            assert!(
                policy.starts_with("default-src 'none'; style-src 'self';"),
                "{policy}"
            );
            assert!(!policy.contains("unsafe"));
            assert_eq!(got.headers["x-content-type-options"], "nosniff");
        }
        got
    }

    fn get(&self, path: &str) -> Got {
        self.ask("GET", path, "")
    }

    #[track_caller]
    fn page(&self, path: &str) -> String {
        let got = self.get(path);
        assert_eq!(got.status, 200, "{path}: {}", got.text());
        got.text().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The paths that a page leads to.
fn links(page: &str) -> Vec<String> {
    let parts = page.split("href=\"").skip(1);
    let paths = parts.map(|part| part.split('"').next().unwrap().replace("&amp;", "&"));
    paths.collect()
}

/// Follows every link from the first page on; answers with the pages by path.
fn crawl(server: &Server, most: usize) -> BTreeMap<String, String> {
    let (mut known, mut pages) = (BTreeSet::from(["/".to_owned()]), BTreeMap::new());
    let mut queue = VecDeque::from(["/".to_owned()]);
    while let Some(path) = queue.pop_front().filter(|_| pages.len() < most) {
        let got = server.get(&path);
        assert_eq!(
            got.status,
            200,
            "{path}: {}",
            String::from_utf8_lossy(&got.body)
        );
        if got.headers.contains_key("content-disposition") {
            continue;
        }
        if got.headers["content-type"] == "application/json" {
            got.json();
            continue;
        }
        let text = got.text().to_owned();
        if path.ends_with(".css") {
            continue;
        }
        for link in links(&text) {
            // To nowhere but here.
            assert!(
                link.starts_with('/') && !link.starts_with("//"),
                "{path}: {link}"
            );
            if known.insert(link.clone()) {
                queue.push_back(link);
            }
        }
        pages.insert(path, text);
    }
    pages
}

#[track_caller]
fn is_a_page(text: &str) {
    let names = well_formed(text);
    for name in [
        "script", "img", "style", "iframe", "object", "embed", "base",
    ] {
        assert!(!names.contains(name), "{name}");
    }
    assert!(!text.contains(" style=") && !text.contains("javascript:"));
    is_plain(text);
}

#[test]
fn every_link_leads_somewhere_and_every_page_has_its_twin() {
    let place = stage();
    let server = Server::of(&place, "s");
    let pages = crawl(&server, 250);
    assert!(pages.len() > 200, "{}", pages.len());
    for page in pages.values() {
        is_a_page(page);
    }
    for kind in [
        "/ledger/", "/entry/", "/tree/", "/state/", "/key/", "/commit/", "/files", "/health",
    ] {
        assert!(pages.keys().any(|path| path.starts_with(kind)), "{kind}");
    }
    // What a page says its twin says.
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    let twin = server.get("/overview.json").json();
    let facts = twin["facts"].as_array().unwrap();
    let fact =
        |name: &str| facts.iter().find(|fact| fact["name"] == name).unwrap()["value"].clone();
    assert_eq!(fact("height"), info["height"]);
    assert_eq!(fact("audit_root"), info["audit"]["root_hash"]);
    let rows = twin["tables"][0]["rows"].as_array().unwrap();
    for (row, ledger) in rows.iter().zip(info["ledgers"].as_array().unwrap()) {
        assert_eq!(row[0], ledger["name"]);
        assert_eq!(row[1], ledger["tree_size"]);
        assert_eq!(row[2], ledger["root_hash"]);
    }
    let entry = server.page("/entry/domain/5");
    assert!(
        entry.contains("<svg") && entry.contains("&quot;txn&quot;:5"),
        "{entry}"
    );
}

#[test]
fn only_what_is_asked_of_this_machine_by_get_is_answered() {
    let place = sample::place();
    let server = Server::of(&place, "s");
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let got = server.ask(method, "/", "Content-Length: 0\r\n");
        assert_eq!(got.status, 405, "{method}");
    }
    let head = server.ask("HEAD", "/", "");
    assert_eq!((head.status, head.body.len()), (200, 0));
    for host in [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "10.0.0.1",
    ] {
        let got = server.ask("GET", "/", &format!("Host: {host}\r\n"));
        assert_eq!(got.status, 421, "{host}");
    }
    for host in ["localhost", "localhost:1", "127.0.0.1", "[::1]:8787"] {
        assert_eq!(
            server.ask("GET", "/", &format!("Host: {host}\r\n")).status,
            200,
            "{host}"
        );
    }
    for (path, status) in [
        ("/none", 404),
        ("/ledger/none", 404),
        ("/entry/domain/80", 404),
        ("/entry/domain/18446744073709551615", 404),
        ("/entry/domain/x", 400),
        ("/commit/0", 404),
        ("/commit/9999", 404),
        ("/key/domain/6", 400),
        ("/key/pool/6b", 404),
        ("/key/domain/6b?height=99", 404),
        ("/state/domain?from_hex=zz", 400),
        ("/ledger/domain?from=-1", 400),
        ("/../../etc/passwd", 404),
        ("/entry/%2e%2e/5", 404),
        ("/proof/domain/80", 404),
        ("/ledger/domain?from=99999999999999999999", 400),
    ] {
        let got = server.get(path);
        assert_eq!(got.status, status, "{path}");
        if got.headers["content-type"].starts_with("text/html") {
            is_a_page(got.text());
        }
    }
    let refused = place.run("explore s --listen 0.0.0.0:0");
    assert!(refused.fails(2, "E-USAGE").contains("--allow-remote"));
}

#[test]
fn proofs_are_downloaded_and_hold() {
    let place = stage();
    let server = Server::of(&place, "s");
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    let anchor = |tree: &Value| {
        format!(
            "{}@{}",
            tree["root_hash"].as_str().unwrap(),
            tree["tree_size"]
        )
    };
    let domain = &info["ledgers"][0];
    let keep = |path: &str, name: &str| {
        let got = server.get(path);
        assert_eq!(got.status, 200, "{path}");
        assert!(got.headers["content-disposition"].starts_with("attachment; filename=\""));
        place.write(name, &got.body);
    };
    keep("/raw/domain/33", "entry");
    assert_eq!(
        place.read("entry"),
        place.run("entry s --ledger domain 33 --raw").out
    );
    keep("/proof/domain/33", "p");
    let check = format!("proof check p --data entry --root {}", anchor(domain));
    assert!(place.run(&check).text(0).starts_with("VALID"));
    keep("/bundle/domain/33", "b");
    let audit = anchor(&info["audit"]);
    assert!(
        place
            .run(&format!("proof check b --data entry --root {audit}"))
            .text(0)
            .starts_with("VALID")
    );
    keep("/proof/audit/3", "a");
    assert!(
        place
            .run(&format!("proof check a --root {audit}"))
            .text(0)
            .starts_with("VALID")
    );
    let key = "6163636f756e742d33";
    keep(&format!("/state-proof/domain/{key}"), "k");
    let root = domain["state_root"].as_str().unwrap();
    let value = place
        .run("state get s --ledger domain --key account-3 --raw")
        .out;
    let value: String = value.iter().map(|b| format!("{b:02x}")).collect();
    let check = format!("proof check k --root {root} --key-hex {key} --value-hex {value}");
    assert!(place.run(&check).text(0).starts_with("VALID"));
    keep("/state-proof/domain/00", "n");
    let check = format!("proof check n --root {root} --key-hex 00 --absent");
    assert!(place.run(&check).text(0).starts_with("VALID"));
}

#[test]
fn entries_are_found_by_index_hash_id_key_and_text() {
    let place = sample::place();
    let server = Server::of(&place, "s");
    let entry = place
        .run("entry s --ledger domain 33 --json")
        .json(0, "ledger-tool.entry/1");
    for (asked, place) in [
        ("33", "/entry/domain/33"),
        (entry["leaf_hash"].as_str().unwrap(), "/entry/domain/33"),
        ("id-33", "/entry/domain/33"),
        ("account-3", "/key/domain/6163636f756e742d33"),
    ] {
        let got = server.get(&format!("/search/domain?q={asked}"));
        assert_eq!(
            (got.status, got.headers["location"].as_str()),
            (303, place),
            "{asked}"
        );
    }
    let hits = |path: &str| {
        let found = server.get(path).json();
        let rows = found["tables"][0]["rows"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row[0].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        hits("/search/domain.json?q=%22txn%22%3A4"),
        [4, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49]
    );
    assert_eq!(hits("/search/pool.json?q=comma"), [0]);
    assert!(hits("/search/domain.json?q=%3Cnothing%3E").is_empty());
    // A state at a height, and how a key came to its value.
    let twin = server.get("/key/domain/6163636f756e742d33.json").json();
    let heights: Vec<u64> = twin["tables"][0]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[0].as_u64().unwrap())
        .collect();
    let written = (0..8u64).filter(|commit| (0..4).any(|i| (commit * 3 + i) % 17 == 3));
    let written: Vec<u64> = written.map(|commit| commit + 1).rev().collect();
    assert_eq!(heights, written);
    let then = server.page("/state/domain?prefix=account-1&height=3");
    assert!(then.contains("balance 0") && !then.contains("balance 6"));
    assert!(
        server
            .page("/state/domain?prefix=account-1")
            .contains("balance 6")
    );
}

#[test]
fn a_store_that_grows_is_followed_and_its_writer_goes_on() {
    let place = sample::place();
    let server = Server::of(&place, "s");
    let first = server.get("/");
    let tag = first.headers["etag"].clone();
    let again = server.ask("GET", "/", &format!("If-None-Match: {tag}\r\n"));
    assert_eq!((again.status, again.body.len()), (304, 0));
    let mut writer = place.spawn("import s --ledger pool --format lines --batch 1 -");
    let mut stdin = writer.stdin.take().unwrap();
    let mut stdout = BufReader::new(writer.stdout.take().unwrap());
    for number in 1..=20u64 {
        writeln!(stdin, "grown {number}").unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let height = 8 + number;
        assert_eq!(line, format!("committed {height} {}\n", 3 + number));
        // Looked at again after a moment.
        loop {
            let twin = server.get("/commits.json").json();
            if twin["height"] == height {
                assert_eq!(twin["tables"][0]["rows"][0][0], height);
                break;
            }
            assert!(twin["height"].as_u64().unwrap() < height);
        }
    }
    assert!(server.page("/ledger/pool").contains("grown 20"));
    let changed = server.ask("GET", "/", &format!("If-None-Match: {tag}\r\n"));
    assert_eq!(changed.status, 200);
    drop(stdin);
    assert!(writer.wait().unwrap().success());
}

#[test]
fn what_is_hostile_or_damaged_in_a_store_is_shown_harmlessly() {
    let place = hostile();
    let server = Server::of(&place, "h");
    for (path, page) in crawl(&server, 120) {
        is_a_page(&page);
        assert!(page.len() < 400_000, "{path}: {}", page.len());
    }
    let entry = server.page("/entry/l/0");
    assert!(entry.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    let large = server.page("/entry/l/7");
    assert!(
        large.contains("more") || large.contains("and 16,7"),
        "{large:.2000}"
    );
    assert_eq!(server.get("/raw/l/7").body.len(), 16 << 20);
    let asked = server.page("/search/l?q=%3Cscript%3E%22%27%1b%e2%80%ae");
    is_a_page(&asked);
    drop(server);

    let place = stage();
    let server = Server::of(&place, "bad");
    let list = server.page("/ledger/domain?from=0");
    assert!(list.contains("cannot be read"));
    assert!(list.contains("&quot;txn&quot;:5,"));
    assert_eq!(server.get("/entry/domain/25").status, 500);
    assert_eq!(server.get("/entry/domain/75").status, 200);
}

#[test]
fn clients_that_say_nothing_keep_no_place() {
    let place = sample::place();
    let server = Server::of(&place, "s");
    // As many as it takes at the same time; each has begun to ask.
    let silent = (0..256).map(|_| {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n").unwrap();
        stream
    });
    let silent: Vec<_> = silent.collect();
    server.page("/");
    // Somebody left before there was a place for the page.
    let left = silent.iter().filter(|stream| {
        stream.set_nonblocking(true).unwrap();
        (&mut &**stream).read_to_end(&mut Vec::new()).is_ok()
    });
    assert!(left.count() > 0);
    for mut stream in &silent {
        stream.set_nonblocking(false).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    }
    let long = format!("X-Long: {}\r\n", "x".repeat(32 << 10));
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(stream, "GET / HTTP/1.1\r\n{long}\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"));
}

#[test]
fn ctrl_c_ends_it() {
    let place = sample::place();
    let mut server = Server::of(&place, "s");
    server.page("/");
    kill_process(Pid::from_child(&server.child), Signal::INT).unwrap();
    assert_eq!(server.child.wait().unwrap().code(), Some(130));
    place.run("verify s").text(0);
}
