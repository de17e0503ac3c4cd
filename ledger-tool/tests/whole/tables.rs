//! `dump` as CSV and SQLite, read back by others: Python's `csv` and `sqlite3`.

use std::process::Command;

use serde_json::Value;

use crate::common::Place;
use crate::sample;

/// What a Python program prints, as JSON.
fn python(place: &Place, program: &str) -> Value {
    let output = Command::new("python3")
        .args(["-c", program])
        .current_dir(place.path(""))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Leaf index, sequence number, height and bytes in hex of each entry, as `dump` tells in JSON.
fn entries(place: &Place, store: &str, ledger: &str) -> Vec<Value> {
    let dump = place.run(&format!("dump {store} --ledger {ledger}"));
    let lines = dump
        .text(0)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .map(|line| {
            let of = |name: &str| line[name].clone();
            Value::Array(vec![
                of("leaf_index"),
                of("seq_no"),
                of("height"),
                of("data_hex"),
            ])
        })
        .collect()
}

const READ_SQLITE: &str = "
import json, sqlite3, sys
db = sqlite3.connect('out.sqlite')
check = db.execute('pragma integrity_check').fetchall()
tables = [row[0] for row in db.execute('select name from sqlite_master order by name')]
rows = []
if 'entries' in tables:
    for row in db.execute('select leaf_index, seq_no, height, data from entries order by leaf_index'):
        rows.append(list(row[:3]) + [row[3].hex()])
else:
    for row in db.execute('select key, value from state order by rowid'):
        rows.append([row[0].hex(), row[1].hex()])
store = dict(db.execute('select name, value from store'))
print(json.dumps({'check': check, 'tables': tables, 'rows': rows, 'store': store}))
";

#[test]
fn sqlite_holds_every_entry_and_every_key() {
    let place = sample::place();
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    for (i, ledger) in ["domain", "pool"].iter().enumerate() {
        place
            .run(&format!(
                "dump s --ledger {ledger} --format sqlite -o out.sqlite"
            ))
            .text(0);
        let read = python(&place, READ_SQLITE);
        assert_eq!(read["check"][0][0], "ok");
        assert_eq!(read["rows"], Value::Array(entries(&place, "s", ledger)));
        assert_eq!(read["store"]["root_hash"], info["ledgers"][i]["root_hash"]);
        assert_eq!(read["store"]["ledger"], **ledger);
    }
    place
        .run("dump s --ledger domain --format sqlite --from 5 --to 9 -o out.sqlite")
        .text(0);
    let read = python(&place, READ_SQLITE);
    assert_eq!(
        read["rows"],
        Value::Array(entries(&place, "s", "domain")[5..9].to_vec())
    );
    place
        .run("dump s --ledger domain --state --format sqlite -o out.sqlite")
        .text(0);
    let read = python(&place, READ_SQLITE);
    let dump = place.run("dump s --ledger domain --state");
    let pairs = dump.text(0).lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        Value::Array(vec![line["key_hex"].clone(), line["value_hex"].clone()])
    });
    assert_eq!(read["rows"], Value::Array(pairs.collect()));
    assert_eq!(
        (&read["check"][0][0], &read["store"]["state"]),
        (&"ok".into(), &"sha3-256".into())
    );
    // A pipe cannot be a database.
    place
        .run("dump s --ledger domain --format sqlite")
        .fails(2, "E-USAGE");
}

/// Leaves, two levels of interior pages and chains of overflow pages; and a table of no rows.
#[test]
fn sqlite_trees_of_every_shape_are_whole() {
    let place = Place::new();
    place.run("init s --ledger l --ledger none").text(0);
    // Up to 100 rows in a leaf, 256 leaves in a page: three levels from 25,600 rows on.
    let lines: String = (0..31_000).map(|i| format!("{}\n", i % 10)).collect();
    place
        .feed("import s --ledger l --format lines --batch 10000 -", lines)
        .text(0);
    // Around the lengths where rows leave their page, and up to many pages.
    let mut records = Vec::new();
    for len in (4040..4070).chain([489, 490, 4580, 4581, 4582, 8100, 8672, 8673, 100_000]) {
        records.extend_from_slice(&u32::try_from(len).unwrap().to_le_bytes());
        records.extend((0..len).map(|i| u8::try_from(i % 251).unwrap()));
    }
    place
        .feed("import s --ledger l --format records -", records)
        .text(0);
    place
        .run("dump s --ledger l --format sqlite -o out.sqlite")
        .text(0);
    let read = python(&place, READ_SQLITE);
    assert_eq!(read["check"][0][0], "ok");
    assert_eq!(read["rows"], Value::Array(entries(&place, "s", "l")));
    place
        .run("dump s --ledger none --format sqlite -o out.sqlite")
        .text(0);
    let read = python(&place, READ_SQLITE);
    assert_eq!(
        (&read["check"][0][0], &read["rows"]),
        (&"ok".into(), &Value::Array(Vec::new()))
    );
}

#[test]
fn csv_holds_every_entry_and_every_key() {
    let place = sample::place();
    let read = "
import csv, json, sys
print(json.dumps(list(csv.DictReader(open('out.csv', newline='')))))
";
    for ledger in ["domain", "pool"] {
        place
            .run(&format!("dump s --ledger {ledger} --format csv -o out.csv"))
            .text(0);
        let rows = python(&place, read);
        let dump = place.run(&format!("dump s --ledger {ledger}"));
        let lines: Vec<Value> = dump
            .text(0)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(rows.as_array().unwrap().len(), lines.len());
        for (row, line) in rows.as_array().unwrap().iter().zip(&lines) {
            for (name, value) in line.as_object().unwrap() {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                assert_eq!(row[name], text, "{name}");
            }
            assert!(line["data"].is_string() || row["data"] == "");
        }
    }
    place
        .run("dump s --ledger domain --state --format csv -o out.csv")
        .text(0);
    let rows = python(&place, read);
    let dump = place.run("dump s --ledger domain --state");
    let lines: Vec<Value> = dump
        .text(0)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows, Value::Array(lines));
}
