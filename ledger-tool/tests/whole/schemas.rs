//! `docs/schema`: a JSON schema for every kind of document, held against what the tool prints.
//!
//! Here a schema is read more strictly than JSON Schema says: a member that it does not name is an
//! error. Adding one to a document then means adding it to the schema.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::snapshots::stage;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema")
}

/// The schemas by the value of the member `schema`, as `ledger-tool.verify/1`.
fn schemas() -> BTreeMap<String, Value> {
    let files = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let (kind, version) = name
                .strip_suffix(".schema.json")
                .unwrap()
                .rsplit_once('-')
                .unwrap();
            let schema = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            (format!("ledger-tool.{kind}/{version}"), schema)
        })
        .collect()
}

/// Where `value` is not as `schema` says, as paths.
fn check(schema: &Value, value: &Value, path: &str, wrong: &mut Vec<String>) {
    let known = [
        "$schema",
        "$id",
        "title",
        "description",
        "type",
        "properties",
        "required",
        "items",
        "const",
        "enum",
        "anyOf",
        "pattern",
        "minimum",
    ];
    for word in schema.as_object().unwrap().keys() {
        assert!(
            known.contains(&word.as_str()),
            "{path}: {word} is not checked here"
        );
    }
    if let Some(forms) = schema["anyOf"].as_array() {
        let fits = |form: &Value| {
            let mut wrong = Vec::new();
            check(form, value, path, &mut wrong);
            wrong.is_empty()
        };
        if !forms.iter().any(fits) {
            wrong.push(format!("{path}: fits none of several forms: {value}"));
        }
        return;
    }
    let of_type = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{path}: type {other}"),
    };
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().map(|name| name.as_str().unwrap()).collect(),
        _ => panic!("{path}: no type"),
    };
    if !types.into_iter().any(of_type) {
        wrong.push(format!("{path}: {value} is not {}", schema["type"]));
        return;
    }
    if schema
        .get("const")
        .is_some_and(|constant| constant != value)
    {
        wrong.push(format!("{path}: {value} is not {}", schema["const"]));
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        wrong.push(format!("{path}: {value} is none of {values:?}"));
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str()) {
        assert_eq!(pattern, "^[0-9a-f]{64}$", "{path}");
        let is_hash = text.len() == 64
            && text
                .bytes()
                .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
        if !is_hash {
            wrong.push(format!("{path}: {value} is no hash"));
        }
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        for (i, value) in values.iter().enumerate() {
            check(items, value, &format!("{path}[{i}]"), wrong);
        }
    }
    if let Some(members) = value.as_object() {
        for (name, value) in members {
            match schema["properties"].get(name) {
                Some(schema) => check(schema, value, &format!("{path}.{name}"), wrong),
                None => wrong.push(format!("{path}.{name}: not in the schema")),
            }
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            if !members.contains_key(name.as_str().unwrap()) {
                wrong.push(format!("{path}.{name}: missing"));
            }
        }
    }
}

/// That a document is as its schema says.
#[track_caller]
pub(crate) fn holds(document: &Value) {
    let name = document["schema"].as_str().unwrap();
    let mut wrong = Vec::new();
    check(&schemas()[name], document, name, &mut wrong);
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Runs whose documents are held against the schemas: on stdout, on stderr, or in a file.
const RUNS: &[&str] = &[
    "version --json",
    "explain --json",
    "completions fish --json",
    "man --json",
    "info s --json",
    "info torn --json",
    "info bad --json",
    "info empty --json",
    "verify s --json",
    "verify s --level quick --json",
    "verify s --level deep --json",
    "verify bad --json",
    "verify torn --json",
    "stat s --json",
    "stat s --level deep --json",
    "stat bad --json",
    "stat torn --json",
    "render tree s --ledger domain --json",
    "render tree s --audit --leaf 2 --json",
    "render segments bad --json",
    "render growth s --json",
    "report bad --html page --json",
    "entry s --ledger domain 3 --json",
    "entry s --ledger pool 1 --json",
    "dump s --ledger domain",
    "dump s --ledger pool",
    "dump s --ledger domain --state",
    "dump bad --ledger domain --salvage",
    "state get s --ledger domain --key account-3 --json",
    "state get s --ledger domain --key not-there --json",
    "state ls s --ledger domain --json",
    "state ls s --ledger domain --limit 2 --json",
    "state diff s --ledger domain --from 1 --to 8 --json",
    "state roots s --ledger domain --json",
    "proof inclusion s --ledger domain --leaf 3",
    "proof inclusion s --ledger domain --leaf 3 -o p",
    "proof inclusion s --ledger domain --leaf 3 --leaf 9",
    "proof inclusion s --ledger domain --leaf 3 --size 20 -o p20",
    "proof consistency s --ledger domain --from 20 --to 40 -o c",
    "proof consistency s --ledger domain --from 20 --to 40",
    "proof carry p20 c",
    "proof range s --ledger domain --from 3 --to 5",
    "proof subtree-inclusion s --ledger domain --leaf 3 --from 0 --to 8",
    "proof subtree-consistency s --ledger domain --from 0 --to 8",
    "proof state s --ledger domain --key account-3",
    "proof state s --ledger domain --key account-3 -o ps",
    "proof state s --ledger domain --key account-3 --key not-there",
    "proof state s --ledger domain --prefix-hex 61",
    "proof bundle s --ledger domain --leaf 3",
    "proof bundle s --ledger domain --leaf 3 -o b",
    "proof bundle s --ledger domain --key account-3",
    "proof check p --json",
    "proof check p --root 0000000000000000000000000000000000000000000000000000000000000000@80 --json",
    "proof check p p20 --json",
    "proof check ps --json",
    "proof check b --json",
    "proof show p --json",
    "render proof p --json",
    "render proof ps --json",
    "render proof b --json",
    "proof show ps --json",
    "proof show b --json",
    "keys new --name k -o k --json",
    "keys show k --json",
    "checkpoint sign s --audit --key key -o ck",
    "checkpoint sign other --audit --key key -o ck2",
    "checkpoint show ck --json",
    "checkpoint verify ck --keys keys --json",
    "checkpoint compare ck ck --keys keys --json",
    "checkpoint compare ck ck2 --keys keys --json",
    "checkpoint compare ck ck2 --keys keys -o evidence",
    "export tiles s --ledger domain --key k -o tiles --json",
    "inspect superblock s --json",
    "inspect segment s --number 0 --json",
    "inspect segment bad --number 0 --json",
    "inspect frame bad --ledger domain --leaf 25 --json",
    "inspect tile s --ledger domain --block 0 --json",
    "inspect trie-node s --ledger domain --json",
    "state put s --ledger domain writes --json",
    "import s --ledger pool --format lines one --json",
    "diff s s --json",
    "diff s other --json",
    "backup s copy --json",
    "restore copy restored --json",
    "truncate s --to 5 --json",
    "prune s --ledger domain --keep 2 --json",
    "repair bad --json",
    "repair bad --from s --json",
    "recover bad --output recovered --json",
    "debug-bundle s -o bundle --json",
    "debug-bundle bad -o bundle-of-bad --json",
    "demo --json",
];

/// Documents of streams that name no schema, and the schema that they have.
fn of_stream(args: &str) -> Option<&'static str> {
    if args.starts_with("dump") && args.ends_with("--state") {
        return Some("ledger-tool.dump-state/1");
    }
    args.starts_with("dump").then_some("ledger-tool.dump/1")
}

#[test]
fn every_document_is_as_its_schema_says() {
    let schemas = schemas();
    let place = stage();
    crate::sample::tear_sample(&place);
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
    let mut documents: Vec<(String, String)> = Vec::new();
    for args in RUNS {
        let ran = place.run(args);
        let out = String::from_utf8(ran.out).unwrap();
        // Proofs are printed over several lines, streams have a document a line.
        let mut texts = vec![out.as_str()];
        if serde_json::from_str::<Value>(&out).is_err() {
            texts = out.lines().collect();
        }
        texts.extend(ran.err.lines());
        let json = texts.into_iter().filter(|text| text.starts_with('{'));
        documents.extend(json.map(|text| ((*args).to_owned(), text.to_owned())));
    }
    for file in ["p", "c", "ps", "b", "evidence", "bundle", "bundle-of-bad"] {
        let text = String::from_utf8(place.read(file)).unwrap();
        documents.push((file.to_owned(), text));
    }
    for (args, text) in &documents {
        let value: Value = serde_json::from_str(text).unwrap();
        if std::env::var_os("LEDGER_TOOL_DOCUMENTS").is_some() {
            eprintln!("{args}\t{value}");
        }
        let name = value["schema"].as_str().or_else(|| of_stream(args));
        let name = name.unwrap_or_else(|| panic!("{args}: {text}"));
        let Some(schema) = schemas.get(name) else {
            wrong.push(format!("{args}: there is no schema of {name}"));
            continue;
        };
        if value.get("schema").is_some() {
            assert_eq!(schema["properties"]["schema"]["const"], name);
        }
        check(schema, &value, name, &mut wrong);
        seen.insert(name.to_owned());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // `look` holds the figures against theirs, `user` the progress, `explore` its pages.
    let unseen: Vec<_> = schemas
        .keys()
        .filter(|name| !seen.contains(*name))
        .collect();
    let elsewhere = ["bench", "explore-listening", "explore", "progress"];
    assert_eq!(
        unseen,
        elsewhere
            .map(|name| format!("ledger-tool.{name}/1"))
            .each_ref()
    );
}

/// Every schema that the sources name has a file, and no file is left over.
#[test]
fn every_schema_of_the_sources_has_a_file() {
    fn search(dir: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                search(&path, found);
            } else {
                let source = fs::read_to_string(&path).unwrap();
                let texts = source.split('"').filter(|text| {
                    text.starts_with("ledger-tool.") && text.ends_with("/1") && text.len() < 60
                });
                found.extend(texts.map(str::to_owned));
            }
        }
    }
    let mut named = BTreeSet::new();
    search(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut named,
    );
    named.extend(["ledger-tool.dump/1", "ledger-tool.dump-state/1"].map(str::to_owned));
    let files: BTreeSet<String> = schemas().into_keys().collect();
    assert_eq!(named, files);
}
