//! Pictures as files that others open: well formed, of themselves, harmless whatever a store holds.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::common::{Place, find, patch};
use crate::sample;
use crate::snapshots::{SECRET, stage};

/// Text that does harm where it is taken for something else than text.
const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "\u{1b}]0;title\u{7}\u{1b}[31mred\u{1b}[2J",
    "gpj.\u{202e}exe.txt\u{2066}",
    "]]>--><!-- ${x} {{y}} \\N \\\" &lt; %00",
    "line\nbreak\ttab\r\u{0}\u{9b}31m\u{2028}\u{feff}",
];

/// That tags close in order, that every attribute is quoted, and that text has no markup in it.
/// Answers with the names of the elements.
#[track_caller]
pub(crate) fn well_formed(text: &str) -> BTreeSet<String> {
    let (mut open, mut names) = (Vec::new(), BTreeSet::new());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        let in_style = open.last().is_some_and(|name| name == "style");
        for part in before.split('&').skip(1).filter(|_| !in_style) {
            let entity = part.split(';').next().unwrap();
            assert!(
                ["amp", "lt", "gt", "quot", "#39"].contains(&entity),
                "&{part}"
            );
        }
        assert!(!before.contains('>') || in_style, "{before}");
        let (tag, after) = tag[1..].split_once('>').unwrap();
        rest = after;
        if tag.starts_with('?') || tag.eq_ignore_ascii_case("!doctype html") {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let closes = tag.ends_with('/');
        let tag = tag.trim_end_matches('/');
        let (name, attributes) = tag.split_once([' ', '\n']).unwrap_or((tag, ""));
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{name}");
        // Name, quote, value, quote.
        let parts: Vec<&str> = attributes.split('"').collect();
        assert_eq!(parts.len() % 2, 1, "{tag}");
        for pair in parts.chunks_exact(2) {
            let name = pair[0]
                .trim()
                .strip_suffix('=')
                .unwrap_or_else(|| panic!("{tag}"));
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-:".contains(c))
            );
            assert!(!name.starts_with("on"), "{tag}");
        }
        names.insert(name.to_owned());
        if !closes && !["meta", "link", "input"].contains(&name) {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty(), "{open:?}");
    names
}

/// That a page or a picture needs nothing from elsewhere, and runs nothing.
#[track_caller]
pub(crate) fn is_of_itself(text: &str) {
    let names = well_formed(text);
    for name in [
        "script",
        "img",
        "link",
        "iframe",
        "object",
        "foreignObject",
        "image",
        "use",
        "a",
    ] {
        assert!(!names.contains(name), "{name}");
    }
    let text = text.replace("http://www.w3.org/2000/svg", "");
    for word in ["http:", "https:", "url(", "@import", "javascript:"] {
        assert!(!text.contains(word), "{word}");
    }
    assert!(text.contains("prefers-color-scheme:dark"));
}

/// That nothing moves other text, is not seen, or speaks to a terminal.
#[track_caller]
pub(crate) fn is_plain(text: &str) {
    for c in text.chars() {
        let control = c.is_control() && c != '\n' && c != '\t';
        let moves = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        assert!(!control && !moves, "{c:?} in {text:.300}");
    }
}

/// Makes a proof of each kind, and answers with their names.
fn proofs(place: &Place) -> Vec<&'static str> {
    fs::write(place.path("key"), SECRET).unwrap();
    let runs = [
        ("i", "inclusion s --ledger domain --leaf 33"),
        (
            "m",
            "inclusion s --ledger domain --leaf 3 --leaf 70 --leaf 71",
        ),
        ("c", "consistency s --ledger domain --from 13"),
        ("r", "range s --ledger domain --from 7 --to 66"),
        (
            "si",
            "subtree-inclusion s --ledger domain --leaf 9 --from 8 --to 16",
        ),
        (
            "sc",
            "subtree-consistency s --ledger domain --from 8 --to 16",
        ),
        ("p", "state s --ledger domain --key account-3"),
        ("a", "state s --ledger domain --key account-nobody"),
        (
            "ks",
            "state s --ledger domain --key account-3 --key account-33 --key x",
        ),
        ("x", "state s --ledger domain --prefix-hex 6163"),
        ("be", "bundle s --ledger domain --leaf 5"),
        ("bp", "bundle s --ledger domain --key account-3"),
        ("ba", "bundle s --ledger domain --key nobody"),
    ];
    for (name, args) in runs {
        place.run(&format!("proof {args} -o {name}")).text(0);
    }
    runs.map(|(name, _)| name).to_vec()
}

#[test]
fn every_proof_is_drawn_in_every_form_and_says_the_same_in_each() {
    let place = sample::place();
    for name in proofs(&place) {
        let render = |how: &str| {
            place
                .run(&format!("render proof {name} {how}"))
                .text(0)
                .to_owned()
        };
        let data: Value = serde_json::from_str(&render("--json")).unwrap();
        assert_eq!(data["holds"], true);
        let nodes = data["nodes"].as_array().unwrap();
        assert!(!nodes.is_empty());
        let (svg, html, dot) = (
            render("--format svg"),
            render("--format html"),
            render("--format dot"),
        );
        is_of_itself(&svg);
        is_of_itself(&html);
        let (text, ascii) = (render(""), render("--ascii"));
        assert!(ascii.is_ascii());
        assert_eq!(text.lines().count(), ascii.lines().count());
        for (at, node) in nodes.iter().enumerate() {
            // Parents stand before their children, and every box says what it is and holds its hash.
            assert!(
                node["parent"]
                    .as_u64()
                    .is_none_or(|parent| parent < at as u64)
            );
            let (note, detail) = (
                node["note"].as_str().unwrap(),
                node["detail"].as_str().unwrap(),
            );
            assert!(!note.is_empty());
            for form in [&svg, &html, &text, &dot] {
                assert!(form.contains(note), "{name}: {note}");
            }
            let quoted = detail.replace('\\', "\\\\").replace('"', "\\\"");
            assert!(
                dot.contains(&quoted.replace('&', "&amp;")),
                "{name}: {detail}"
            );
            let escaped = [
                ('&', "&amp;"),
                ('<', "&lt;"),
                ('>', "&gt;"),
                ('"', "&quot;"),
                ('\'', "&#39;"),
            ];
            let escaped = escaped
                .into_iter()
                .fold(detail.to_owned(), |text, (c, entity)| {
                    text.replace(c, entity)
                });
            for form in [&svg, &html] {
                assert!(form.contains(&escaped), "{name}: {detail}");
            }
        }
        assert_eq!(
            svg.matches("<rect class=\"box\"").count(),
            nodes.len(),
            "{name}"
        );
        assert_eq!(
            dot.matches(" -> ").count() + roots(nodes),
            nodes.len(),
            "{name}"
        );
    }
}

fn roots(nodes: &[Value]) -> usize {
    nodes.iter().filter(|node| node["parent"].is_null()).count()
}

/// The computed hashes of a picture are those of the tree: the box of an inner node is the hash of
/// the two that hang on it, whoever draws it.
#[test]
fn a_picture_of_a_tree_is_the_tree() {
    let place = sample::place();
    for (args, leaves) in [
        ("--audit", 8),
        ("--ledger domain --size 31", 31),
        ("--ledger pool", 3),
    ] {
        let drawn = place.run(&format!("render tree s {args} --json"));
        let drawn = drawn.json(0, "ledger-tool.render/1");
        let nodes = drawn["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 2 * leaves - 1, "{args}");
        let tree = if args.contains("pool") {
            merkle_log::TreeType::Blake3
        } else {
            merkle_log::TreeType::Sha256
        };
        let hash = |node: &Value| -> merkle_log::Hash {
            serde_json::from_value(node["detail"].clone()).unwrap()
        };
        let mut inner = 0;
        for (at, node) in nodes.iter().enumerate() {
            let below = nodes.iter().filter(|other| other["parent"] == at);
            let below: Vec<_> = below.map(hash).collect();
            if let [left, right] = below.as_slice() {
                assert_eq!(hash(node), tree.node(left, right));
                inner += 1;
            }
        }
        assert_eq!(inner, leaves - 1);
    }
}

#[test]
fn a_proof_that_does_not_hold_is_drawn_as_such() {
    let place = sample::place();
    proofs(&place);
    for name in ["i", "c", "r", "p"] {
        // Another root, or another value.
        patch(&place.path(name), |bytes| {
            let member: &[u8] = match name {
                "c" => b"\"second_root\"",
                "p" => b"\"value\"",
                _ => b"\"root_hash\"",
            };
            let at = find(bytes, member) + member.len() + 4;
            bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
        });
        for format in ["text", "svg", "html", "dot"] {
            let ran = place.run(&format!("render proof {name} --format {format}"));
            assert!(ran.text(4).contains("INVALID"), "{name} {format}");
            if name != "p" && format == "svg" {
                assert!(ran.text(4).contains("<g class=\"wrong\">"), "{name}");
            }
        }
        let json = place.run(&format!("render proof {name} --json"));
        assert_eq!(json.json(4, "ledger-tool.render/1")["holds"], false);
    }
}

/// A place with the store `h`, whose entries and keys are hostile; the last entry has 16 MiB.
pub(crate) fn hostile() -> Place {
    let place = Place::new();
    place.run("init h --ledger l:sha256:sha3-256").text(0);
    let mut records = Vec::new();
    let mut entries: Vec<Vec<u8>> = HOSTILE
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .collect();
    entries.push(vec![0xff, 0xfe, 0x80, 0]);
    entries.push(b"<b>\x1b[31m".repeat((16 << 20) / 8));
    for entry in &entries {
        records.extend((entry.len() as u32).to_le_bytes());
        records.extend(entry);
    }
    place
        .feed(
            "import h --ledger l --format records --quiet-commits -",
            records,
        )
        .text(0);
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let lines = entries.iter().map(|entry| {
        let entry = &entry[..entry.len().min(1 << 16)];
        format!(
            "{{\"key_hex\":\"{0}\",\"value_hex\":\"{0}\"}}\n",
            hex(entry)
        )
    });
    place
        .feed("state put h --ledger l -", lines.collect::<String>())
        .text(0);
    place
}

#[test]
fn what_is_hostile_in_a_store_is_harmless_in_every_picture() {
    let place = hostile();
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let mut made = Vec::new();
    for leaf in 0..8 {
        place
            .run(&format!(
                "proof bundle h --ledger l --leaf {leaf} -o b{leaf}"
            ))
            .text(0);
        made.push(format!("b{leaf}"));
    }
    for (at, text) in HOSTILE.iter().enumerate() {
        let key = hex(text.as_bytes());
        place
            .run(&format!(
                "proof state h --ledger l --key-hex {key} -o k{at}"
            ))
            .text(0);
        place
            .run(&format!(
                "proof state h --ledger l --key-hex {key}00 -o n{at}"
            ))
            .text(0);
        place
            .run(&format!(
                "proof bundle h --ledger l --key-hex {key} -o bk{at}"
            ))
            .text(0);
        made.extend([format!("k{at}"), format!("n{at}"), format!("bk{at}")]);
    }
    place
        .run("proof state h --ledger l --prefix-hex 3c -o x")
        .text(0);
    made.push("x".to_owned());
    // Names that a file says it has.
    let text = String::from_utf8(place.read("k0")).unwrap();
    let from = "\"network\": \"local\"";
    let wrong = serde_json::to_string(HOSTILE.concat().as_str()).unwrap();
    assert!(text.contains(from));
    place.write(
        "named",
        text.replace(from, &format!("\"network\": {wrong}")),
    );
    made.push("named".to_owned());
    for name in &made {
        for format in ["text", "svg", "html", "dot"] {
            let ran = place.run(&format!("render proof {name} --format {format}"));
            let text = ran.text(0);
            is_plain(text);
            assert!(text.len() < 200_000, "{name} {format}: {}", text.len());
            if format == "svg" || format == "html" {
                is_of_itself(text);
            }
        }
        is_plain(place.run(&format!("proof show {name}")).text(0));
    }
    for args in [
        "render tree h --ledger l",
        "render segments h",
        "render growth h",
    ] {
        is_plain(place.run(args).text(0));
    }
}

/// Pictures of the largest trees that there can be are small, and quickly made.
#[test]
fn the_largest_trees_fit_a_page() {
    let place = Place::new();
    for (index, size) in [
        (0u64, u64::MAX),
        (u64::MAX / 3, u64::MAX),
        (u64::MAX - 1, u64::MAX),
    ] {
        let (index, size) = (merkle_log::LeafIndex(index), merkle_log::TreeSize(size));
        let plan = merkle_log::inclusion_plan(index, size).unwrap();
        let path: Vec<merkle_log::Hash> = plan.map(|_| merkle_log::Hash::default()).collect();
        let zero = merkle_log::Hash::default();
        let file = serde_json::json!({
            "schema": "ledger-tool.proof/1", "kind": "inclusion", "hash": "sha-256",
            "leaf_index": index.0, "tree_size": size.0, "leaf_hash": zero, "root_hash": zero,
            "path": path,
        });
        place.write("p", file.to_string());
        for format in ["text", "svg", "html"] {
            let ran = place.run(&format!("render proof p --format {format}"));
            assert!(ran.text(4).len() < 120_000, "{}", ran.out.len());
        }
    }
}

/// The page tells what the commands tell, of a whole store and of a damaged one, and nothing that
/// was not asked for.
#[test]
fn a_report_is_one_page_that_tells_all() {
    let place = stage();
    place
        .run("proof bundle s --ledger domain --leaf 5 -o b")
        .text(0);
    place
        .run("checkpoint sign s --audit --key key -o ck")
        .text(0);
    place
        .run("checkpoint sign other --audit --key key -o ck2")
        .text(0);
    place
        .run("report s --html page --proof b --checkpoint ck --checkpoint ck2 --keys keys")
        .text(0);
    let page = String::from_utf8(place.read("page")).unwrap();
    is_of_itself(&page);
    assert!(page.contains("Content-Security-Policy\" content=\"default-src 'none'"));
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    for ledger in info["ledgers"].as_array().unwrap() {
        for member in ["root_hash", "state_root"] {
            let root = ledger[member].as_str();
            assert!(root.is_none_or(|root| page.contains(root)), "{member}");
        }
    }
    for told in [
        "VERIFIED",
        "None.",
        "p50 58 B",
        "<polyline",
        "class=\"live\"",
        "commit body",
        "entry, 24 bytes",
    ] {
        assert!(page.contains(told), "{told}");
    }
    // The one checkpoint is of this store, the other of one that parted.
    assert_eq!(page.matches("<td>VALID</td>").count(), 1);
    assert_eq!(page.matches("<td>INVALID</td>").count(), 1);
    place.run("report s --html plain").text(0);
    let plain = String::from_utf8(place.read("plain")).unwrap();
    for secret in sample::SECRETS {
        assert!(!plain.contains(secret), "{secret}");
    }

    let bad = place.run("report bad --html -");
    let page = bad.text(4);
    is_of_itself(page);
    let found = place
        .run("verify bad --json")
        .json(4, "ledger-tool.verify/1");
    for finding in found["findings"].as_array().unwrap() {
        for member in ["code", "file"] {
            assert!(page.contains(finding[member].as_str().unwrap()));
        }
    }
    for told in [
        "DAMAGED: 2 findings",
        "[20, 30) of domain",
        "ledger-tool recover bad",
        "<rect class=\"damaged\" x=",
    ] {
        assert!(page.contains(told), "{told}");
    }
    let hostile = hostile();
    let page = hostile.run("report h --html -");
    is_of_itself(page.text(0));
    is_plain(page.text(0));
}
