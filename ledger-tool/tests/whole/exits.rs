//! The exit code of every command in every situation: "no" (4) is never confused with "could not
//! tell" (1).

use std::collections::BTreeSet;
use std::fs;

use crate::common::{Place, patch};
use crate::sample;
use crate::shipped::commands;
use crate::snapshots::stage;

/// A command and the exit codes that it has here; the first word or two name it.
const RUNS: &[(&str, i32)] = &[
    // Yes, or done.
    ("init new --ledger a", 0),
    ("import s --ledger pool --format lines one", 0),
    ("info s", 0),
    ("verify s", 0),
    ("verify s --level quick", 0),
    ("stat s", 0),
    ("stat s --level deep", 0),
    ("stat s --level quick", 2),
    ("entry s --ledger domain 0", 0),
    ("dump s --ledger domain", 0),
    ("state put s --ledger domain writes", 0),
    ("state get s --ledger domain --key account-3", 0),
    ("state ls s --ledger domain", 0),
    ("state diff s --ledger domain --from 1 --to 2", 0),
    ("state roots s --ledger domain", 0),
    ("proof inclusion s --ledger domain --leaf 3 -o p", 0),
    (
        "proof inclusion s --ledger domain --leaf 3 --size 20 -o p20",
        0,
    ),
    (
        "proof consistency s --ledger domain --from 20 --to 40 -o c",
        0,
    ),
    ("proof range s --ledger domain --from 3 --to 5 -o r", 0),
    ("proof state s --ledger domain --key account-3 -o ps", 0),
    ("proof state s --ledger domain --key not-there -o pa", 0),
    (
        "proof subtree-inclusion s --ledger domain --leaf 3 --from 0 --to 8 -o si",
        0,
    ),
    (
        "proof subtree-consistency s --ledger domain --from 0 --to 8 -o sc",
        0,
    ),
    ("proof bundle s --ledger domain --leaf 3 -o b", 0),
    ("proof carry p20 c -o carried", 0),
    ("proof show p", 0),
    ("render tree s --ledger domain", 0),
    ("render proof p", 0),
    ("render proof ps --format svg", 0),
    ("render segments s --format html", 0),
    ("render growth s", 0),
    ("report s --html page --proof p", 0),
    ("keys new --name k -o k", 0),
    ("keys show k", 0),
    ("checkpoint sign s --audit --key key -o ck", 0),
    ("checkpoint show ck", 0),
    ("checkpoint verify ck --keys keys", 0),
    (
        "checkpoint cosign ck -C s --key key --keys keys -o cosigned",
        0,
    ),
    ("checkpoint compare ck ck", 0),
    ("checkpoint compare ck ck --keys keys", 0),
    ("export tiles s --ledger domain --key k -o tiles", 0),
    ("inspect superblock s", 0),
    ("inspect segment s --number 0", 0),
    ("inspect frame s --ledger domain --leaf 3", 0),
    ("inspect tile s --ledger domain --block 0", 0),
    ("inspect trie-node s --ledger domain", 0),
    ("diff s s", 0),
    ("backup s copy", 0),
    ("restore copy restored", 0),
    ("truncate s --to 5", 0),
    ("prune s --ledger domain --keep 2", 0),
    ("repair s", 0),
    ("repair bad --from s", 0),
    ("recover s --output recovered", 0),
    ("dump s --ledger domain --salvage", 0),
    ("explain", 0),
    ("explain E-CHAIN", 0),
    ("debug-bundle s -o bundle", 0),
    ("debug-bundle bad -o bundle", 0),
    ("completions bash", 0),
    ("man verify", 0),
    ("version", 0),
    // There is no answer.
    ("import s --ledger none --format lines one", 1),
    ("import s --ledger pool --format lines missing", 1),
    ("entry s --ledger domain 999", 1),
    ("dump s --ledger none", 1),
    ("dump s --ledger domain --to 999", 1),
    ("state get s --ledger pool --key x", 1),
    ("state get s --ledger domain --key account-3 --height 99", 1),
    ("state ls s --ledger pool", 1),
    ("state diff s --ledger domain --from 1 --to 99", 1),
    ("proof inclusion s --ledger domain --leaf 999", 1),
    ("proof consistency s --ledger domain --from 0", 1),
    ("proof range s --ledger domain --from 3 --to 999", 1),
    ("proof check missing", 1),
    ("proof show missing", 1),
    ("render proof missing", 1),
    ("report s --html missing/page", 1),
    ("report s --html page2 --proof missing", 1),
    ("render tree s --ledger none", 1),
    ("render tree s --ledger pool --leaf 99", 1),
    ("render segments s --format svg -o missing/picture", 1),
    ("render growth s --format svg -o missing/picture", 1),
    ("keys new --name k -o k", 1),
    ("keys show missing", 1),
    ("checkpoint show missing", 1),
    ("export tiles s --ledger none --key k -o tiles2", 1),
    ("inspect segment s --number 99", 1),
    ("inspect tile s --ledger domain --level 5 --block 0", 1),
    ("inspect trie-node s --ledger pool", 1),
    ("backup s one", 1),
    ("truncate s --to 99", 1),
    ("prune s --ledger pool --keep 1", 1),
    ("repair s --from missing", 1),
    ("recover s --output copy", 1),
    ("debug-bundle s -o missing/bundle", 1),
    ("bench missing", 1),
    ("init s --ledger a", 1),
    // The arguments cannot be.
    ("init new2", 2),
    ("import s --ledger pool --format csv one", 2),
    ("info s s", 2),
    ("verify s --level deeper", 2),
    ("stat s --by day", 2),
    ("entry s --ledger domain minus", 2),
    ("dump s --ledger domain --from 9 --to 3", 2),
    ("dump s --ledger domain --format sqlite", 2),
    ("state get s --ledger domain", 2),
    ("proof state s --ledger domain", 2),
    ("proof bundle s --ledger domain", 2),
    ("keys new --name k", 2),
    ("inspect segment s", 2),
    ("inspect frame s --segment 0", 2),
    ("inspect tile s --block 0", 2),
    ("inspect frame s --segment 0 --offset 999999999", 2),
    ("explain E-NOTHING", 2),
    ("completions sh", 2),
    ("man nothing", 2),
    ("bench --seconds 0", 2),
    ("render tree s", 2),
    ("explore s --listen 0.0.0.0:0", 2),
    ("explore s --listen nowhere", 2),
    ("report s", 2),
    ("report s --html page2 --checkpoint ck", 2),
    ("render proof p --format png", 2),
    ("render segments s --format dot", 2),
    ("render growth s --format dot", 2),
    ("repair s --drop", 2),
    ("recover s", 2),
    ("dump s --ledger domain --salvage --format sqlite", 2),
    ("verify s --trust 00@1", 2),
    ("verify s --max-duration soon", 2),
    ("no-such-command", 2),
    // Not all was looked at, or nothing trusted was given to compare with.
    ("proof check p", 3),
    ("proof check ps", 3),
    // The answer is no.
    ("verify bad", 4),
    ("verify bad --level deep", 4),
    ("stat bad", 4),
    ("entry bad --ledger domain 25", 4),
    ("dump bad --ledger domain", 4),
    ("inspect frame bad --ledger domain --leaf 25", 4),
    ("inspect segment bad --number 0", 4),
    ("truncate bad --to 5 --apply", 4),
    ("backup bad copy-of-bad", 4),
    ("state get s --ledger domain --key not-there", 4),
    ("entry s --ledger domain --id none", 4),
    ("repair bad", 4),
    ("recover bad --output recovered2", 4),
    ("dump bad --ledger domain --salvage", 4),
    (
        "verify s --trust 0000000000000000000000000000000000000000000000000000000000000000@1",
        4,
    ),
    ("diff s other", 4),
    ("proof check one", 4),
    (
        "proof check p --root 0000000000000000000000000000000000000000000000000000000000000000@80",
        4,
    ),
    ("render proof one", 4),
    ("report bad --html page2", 4),
    ("checkpoint show one", 4),
    ("checkpoint verify one --keys keys", 4),
    (
        "restore copy r2 --root 0000000000000000000000000000000000000000000000000000000000000000@1",
        4,
    ),
    // There is no store.
    ("info empty", 10),
    ("verify empty", 10),
    ("stat empty", 10),
    ("entry empty --ledger domain 0", 10),
    ("dump empty --ledger domain", 10),
    ("import empty --ledger pool --format lines one", 10),
    ("state put empty --ledger domain writes", 10),
    ("state get empty --ledger domain --key x", 10),
    ("state ls empty --ledger domain", 10),
    ("state diff empty --ledger domain --from 1 --to 2", 10),
    ("state roots empty --ledger domain", 10),
    ("proof inclusion empty --ledger domain --leaf 0", 10),
    ("proof state empty --ledger domain --key x", 10),
    ("proof bundle empty --ledger domain --leaf 0", 10),
    ("checkpoint sign empty --audit --key k", 10),
    ("export tiles empty --ledger domain --key k -o t2", 10),
    ("render tree empty --ledger domain", 10),
    ("report empty --html page3", 10),
    ("explore empty --listen 127.0.0.1:0", 10),
    ("render segments empty", 10),
    ("render growth empty", 10),
    ("inspect superblock empty", 10),
    ("inspect segment empty --number 0", 10),
    ("diff empty s", 10),
    ("diff s empty", 10),
    ("backup empty copy2", 10),
    ("restore empty r3", 10),
    ("truncate empty --to 1", 10),
    ("prune empty --ledger domain --keep 1", 10),
    ("repair empty", 10),
    ("recover empty --output recovered3", 10),
    ("debug-bundle empty -o x", 10),
    // A format that this release does not read.
    ("info newer", 12),
    ("verify newer", 12),
    ("stat newer", 12),
    ("dump newer --ledger domain", 12),
    ("import newer --ledger pool --format lines one", 12),
    ("proof inclusion newer --ledger domain --leaf 0", 12),
    ("backup newer copy3", 12),
    ("truncate newer --to 1", 12),
    ("repair newer", 12),
    ("recover newer --output recovered4", 12),
];

fn staged() -> Place {
    let place = stage();
    place.copy("s", "newer");
    for name in ["SUPER.0", "SUPER.1"] {
        patch(&place.path(&format!("newer/{name}")), |bytes| bytes[12] = 2);
    }
    place
}

#[test]
fn every_command_answers_with_the_code_that_its_help_says() {
    let place = staged();
    let mut wrong = Vec::new();
    for (args, code) in RUNS {
        let ran = place.run(args);
        if ran.code != *code {
            wrong.push(format!("{args}: {} and not {code}\n{}", ran.code, ran.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let named: BTreeSet<String> = commands().into_iter().collect();
    let groups = [
        "",
        "state",
        "proof",
        "keys",
        "checkpoint",
        "export",
        "inspect",
        "demo",
    ];
    for name in named.iter().filter(|name| !groups.contains(&name.as_str())) {
        assert!(
            RUNS.iter().any(|(args, _)| args.starts_with(name.as_str())),
            "{name}"
        );
    }
}

/// In JSON too the exit code is that of the answer, and an error says it.
#[test]
fn json_has_the_same_exit_codes() {
    let place = staged();
    for args in [
        "verify bad",
        "info empty",
        "verify newer",
        "entry s --ledger domain 999",
        "diff s other",
    ] {
        let (text, json) = (place.run(args), place.run(&format!("{args} --json")));
        assert_eq!(text.code, json.code, "{args}");
        if json.out.is_empty() {
            let error: serde_json::Value =
                serde_json::from_str(json.err.lines().last().unwrap()).unwrap();
            assert_eq!(error["exit_code"], json.code, "{args}");
        }
    }
}

#[test]
fn a_writer_locks_others_out_and_readers_not() {
    let place = sample::place();
    place.write("one", "x\n");
    let mut writer = place.spawn("import s --ledger pool --format lines --batch 1 -");
    let mut stdin = writer.stdin.take().unwrap();
    let mut stdout = std::io::BufReader::new(writer.stdout.take().unwrap());
    std::io::Write::write_all(&mut stdin, b"held\n").unwrap();
    std::io::BufRead::read_line(&mut stdout, &mut String::new()).unwrap();
    for args in [
        "import s --ledger pool --format lines one",
        "state put s --ledger domain one",
        "truncate s --to 3 --apply",
        "prune s --ledger domain --keep 1 --apply",
    ] {
        let ran = place.run(args);
        assert!(
            ran.fails(11, "E-LOCKED").contains(&writer.id().to_string()),
            "{args}"
        );
    }
    for args in [
        "info s",
        "verify s",
        "stat s",
        "entry s --ledger domain 0",
        "dump s --ledger pool",
        "state ls s --ledger domain",
        "proof inclusion s --ledger pool --leaf 0",
        "inspect superblock s",
        "inspect segment s --number 0",
        "diff s s",
        "debug-bundle s -o bundle",
        "backup s copy",
    ] {
        place.run(args).text(0);
    }
    drop(stdin);
    assert!(writer.wait().unwrap().success());
    fs::remove_dir_all(place.path("copy")).unwrap();
}
