//! Keys, notes and checkpoints: what is signed verifies, anything else is refused.

#![cfg(feature = "note")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use common::tree_of;
use merkle_log::note::{
    Checkpoint, CheckpointError, KeyError, KeyKind, NOTE_LEN_MAX, NoteError, SIGNATURES_MAX,
    SignedNote, SigningKey, VerifierKey, VerifierKeys,
};
use merkle_log::{TreeSize, TreeType, root_at};
use proptest::prelude::*;

const TIME_S: u64 = 1_700_000_000;

fn signer(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, KeyKind::Ed25519, &[seed; 32]).unwrap()
}

fn cosigner(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, KeyKind::Cosignature, &[seed; 32]).unwrap()
}

fn known(keys: &[&SigningKey]) -> VerifierKeys {
    VerifierKeys::new(keys.iter().map(|key| key.verifier_key().clone())).unwrap()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn checkpoint() -> Checkpoint {
    let root = root_at(&tree_of(9), TreeType::Sha256, TreeSize(9)).unwrap();
    Checkpoint::new("pool-7/domain", TreeSize(9), root).unwrap()
}

#[test]
fn signed_by_the_log_and_seen_by_a_witness() {
    let (log, witness, stranger) = (signer("log", 1), cosigner("witness", 2), signer("x", 3));
    let mut note = SignedNote::unsigned(&checkpoint().to_string()).unwrap();
    note.sign(&log).unwrap();
    note.cosign(&witness, TIME_S).unwrap();
    note.sign(&stranger).unwrap();
    let read = SignedNote::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(read, note);
    assert_eq!(read.signatures().len(), 3);

    let verified = known(&[&log, &witness]).verify_checkpoint(&read).unwrap();
    assert_eq!(*verified.checkpoint(), checkpoint());
    let signatures: Vec<_> = verified
        .signatures()
        .iter()
        .map(|s| (s.key().name(), s.time_s()))
        .collect();
    assert_eq!(signatures, [("log", None), ("witness", Some(TIME_S))]);
    let verified = known(&[&witness]).verify(&read).unwrap();
    assert_eq!(verified.text(), checkpoint().to_string());
    let nobody = VerifierKeys::default();
    assert_eq!(nobody.verify(&read), Err(NoteError::NoKnownSigner));

    // A new signature takes the place of the old one.
    note.cosign(&witness, TIME_S + 60).unwrap();
    let verified = known(&[&witness]).verify(&note).unwrap();
    assert_eq!(verified.signatures()[0].time_s(), Some(TIME_S + 60));
    assert_eq!(note.signatures().len(), 3);
}

#[test]
fn a_name_an_id_and_a_key_belong_together() {
    let log = signer("log", 1);
    let mut note = SignedNote::unsigned("hello\n").unwrap();
    note.sign(&log).unwrap();
    let unknown = |key: SigningKey| known(&[&key]).verify(&note).unwrap_err();
    // The same secret under another name or for another purpose is another key.
    assert_eq!(unknown(signer("log2", 1)), NoteError::NoKnownSigner);
    assert_eq!(unknown(cosigner("log", 1)), NoteError::NoKnownSigner);
    assert_eq!(unknown(signer("log", 2)), NoteError::NoKnownSigner);
    // A known key's name and id below a text it never signed.
    let other = SignedNote::parse(note.to_string().replace("hello", "hullo").as_bytes());
    assert!(matches!(
        known(&[&log]).verify(&other.unwrap()),
        Err(NoteError::WrongSignature { name, id }) if name == "log" && id == log.verifier_key().id()
    ));
}

#[test]
fn every_flipped_bit_of_a_note_is_refused() {
    let (log, witness) = (signer("log", 1), cosigner("witness", 2));
    let mut note = SignedNote::unsigned(&checkpoint().to_string()).unwrap();
    note.sign(&log).unwrap();
    note.cosign(&witness, TIME_S).unwrap();
    let bytes = note.to_string().into_bytes();
    let both = |bytes: &[u8]| {
        let keys = known(&[&log, &witness]);
        let verified = keys
            .verify_checkpoint(&SignedNote::parse(bytes).ok()?)
            .ok()?;
        (verified.signatures().len() == 2).then_some(())
    };
    assert!(both(&bytes).is_some());
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(both(&altered).is_none(), "bit {bit}");
    }
    for len in 0..bytes.len() {
        assert!(both(&bytes[..len]).is_none(), "length {len}");
    }
    for more in [&b"\n"[..], b" ", b"x", "\u{2014} x AAAAAAA\n".as_bytes()] {
        assert!(both(&[&bytes, more].concat()).is_none());
    }
}

#[test]
fn what_keys_do_not_sign() {
    let (log, witness) = (signer("log", 1), cosigner("witness", 2));
    let mut note = SignedNote::unsigned("hello\n").unwrap();
    assert!(matches!(
        note.sign(&witness),
        Err(NoteError::WrongKeyKind {
            expected: KeyKind::Ed25519,
            got: KeyKind::Cosignature
        })
    ));
    assert!(matches!(
        note.cosign(&log, 0),
        Err(NoteError::WrongKeyKind { .. })
    ));
    assert!(matches!(
        note.cosign(&witness, 0),
        Err(NoteError::NotACheckpoint(_))
    ));
    let mut note = SignedNote::unsigned(&checkpoint().to_string()).unwrap();
    let last = u64::MAX / 2;
    assert_eq!(
        note.cosign(&witness, last + 1),
        Err(NoteError::BadTime { time_s: last + 1 })
    );
    note.cosign(&witness, last).unwrap();
    assert!(known(&[&witness]).verify(&note).is_ok());
    // A cosigner that states a later time is not believed, though it signed what it states.
    let time_s = last + 1;
    let text = format!("cosignature/v1\ntime {time_s}\n{}", checkpoint());
    let mut stated = SignedNote::unsigned(&text).unwrap();
    stated.sign(&signer("witness", 2)).unwrap();
    let id = witness.verifier_key().id().0.to_be_bytes();
    let bytes = [
        &id[..],
        &time_s.to_be_bytes(),
        stated.signatures()[0].bytes(),
    ];
    let line = format!("\u{2014} witness {}\n", base64(&bytes.concat()));
    let forged = SignedNote::parse(format!("{}\n{line}", checkpoint()).as_bytes()).unwrap();
    assert!(matches!(
        known(&[&witness]).verify(&forged),
        Err(NoteError::WrongSignature { .. })
    ));
    // Nothing signed yet is no note yet.
    let unsigned = SignedNote::unsigned("hello\n").unwrap().to_string();
    assert_eq!(
        SignedNote::parse(unsigned.as_bytes()),
        Err(NoteError::NoSignatures)
    );
}

#[test]
fn texts_of_notes() {
    for (text, error) in [
        ("", NoteError::UnendedText),
        ("hello", NoteError::UnendedText),
        ("hel\tlo\n", NoteError::NotText { at: 3 }),
        ("hello\r\n", NoteError::NotText { at: 5 }),
    ] {
        assert_eq!(SignedNote::unsigned(text), Err(error));
    }
    let key = signer("k\u{e9}y", 1);
    for text in [
        "\n",
        "a\n",
        "a\n\n",
        "a\n\nb\n\n\n",
        "\u{2014} k AAAA\n",
        "\u{7f}\u{e9}\n",
    ] {
        let mut note = SignedNote::unsigned(text).unwrap();
        note.sign(&key).unwrap();
        let read = SignedNote::parse(note.to_string().as_bytes()).unwrap();
        assert_eq!(read.text(), text);
        assert_eq!(known(&[&key]).verify(&read).unwrap().text(), text);
    }
    let long = format!("{}\n", "a".repeat(NOTE_LEN_MAX));
    assert!(matches!(
        SignedNote::unsigned(&long),
        Err(NoteError::TooLong { .. })
    ));
    assert!(matches!(
        SignedNote::parse(long.as_bytes()),
        Err(NoteError::TooLong { .. })
    ));
    let bytes = [b"a\xff\n\n".as_slice(), "\u{2014} k AAAAAAA=\n".as_bytes()].concat();
    assert_eq!(SignedNote::parse(&bytes), Err(NoteError::NotText { at: 1 }));
}

#[test]
fn signature_lines() {
    let parse = |lines: &str| SignedNote::parse(format!("a\n\n{lines}").as_bytes());
    // A signature has four bytes of id and at least one more.
    assert_eq!(
        parse("\u{2014} k AAAAAAA=\n").unwrap().signatures()[0].bytes(),
        [0]
    );
    let bad = [
        "\u{2014} k AAAAAA==\n",       // the id only
        "\u{2014} k AAAAAAA\n",        // no padding
        "\u{2014} k AAAAAAB=\n",       // bits beyond the bytes
        "\u{2014} k AAAAAAA= \n",      // a space after it
        "\u{2014}  k AAAAAAA=\n",      // two spaces
        "\u{2014} k+ AAAAAAA=\n",      // a plus in the name
        "\u{2014} k\u{a0} AAAAAAA=\n", // a space in the name
        "- k AAAAAAA=\n",
        "\u{2014} k\n",
        "\u{2014} AAAAAAA=\n",
        "\u{2014} k AAAAAAA=\nx\n",
    ];
    for lines in bad {
        assert!(
            matches!(parse(lines), Err(NoteError::BadSignatureLine { .. })),
            "{lines}"
        );
    }
    assert_eq!(parse("\u{2014} k AAAAAAA="), Err(NoteError::NoSignatures));
    let many = |count| parse(&"\u{2014} k AAAAAAA=\n".repeat(count));
    assert_eq!(
        many(SIGNATURES_MAX).unwrap().signatures().len(),
        SIGNATURES_MAX
    );
    assert!(matches!(
        many(SIGNATURES_MAX + 1),
        Err(NoteError::TooManySignatures { .. })
    ));
    let mut full = SignedNote::unsigned("a\n").unwrap();
    for i in 0..=SIGNATURES_MAX {
        let added = full.sign(&signer(&format!("k{i}"), 1));
        assert_eq!(added.is_err(), i == SIGNATURES_MAX);
    }
}

#[test]
fn keys_as_text() {
    let names = ["a", "example.com/log", "\u{e9}-1"];
    for (name, kind) in names
        .iter()
        .flat_map(|name| [KeyKind::Ed25519, KeyKind::Cosignature].map(|kind| (*name, kind)))
    {
        let key = SigningKey::from_seed(name, kind, &[7; 32]).unwrap();
        let text = key.verifier_key().to_string();
        assert_eq!(text.parse::<VerifierKey>().as_ref(), Ok(key.verifier_key()));
        let secret: SigningKey = key.to_secret_text().parse().unwrap();
        assert_eq!(secret.verifier_key(), key.verifier_key());
        assert_eq!(secret.to_secret_text(), key.to_secret_text());
        assert!(!format!("{key:?}").contains(&key.to_secret_text()[12..]));
        assert_eq!(text.parse::<SigningKey>().unwrap_err(), KeyError::NotAKey);
    }
    for name in ["", "a b", "a+b", "a\u{2003}b", "a\nb", "a\x01"] {
        let refused = SigningKey::from_seed(name, KeyKind::Ed25519, &[7; 32]);
        assert_eq!(refused.unwrap_err(), KeyError::BadName);
    }
}

/// The first Ed25519 key of RFC 8032 section 7.1, its id computed by hand with SHA-256.
#[test]
fn a_key_of_rfc_8032() {
    let seed = common::unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let public = common::unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    let key = SigningKey::from_seed("a", KeyKind::Ed25519, &seed.try_into().unwrap()).unwrap();
    assert_eq!(key.verifier_key().public_key()[..], public);
    let id = common::sha256(&[b"a\n\x01", &public]).to_string();
    assert_eq!(key.verifier_key().id().to_string(), id[..8]);
    let secret = "PRIVATE+KEY+a+";
    assert!(
        key.to_secret_text()
            .starts_with(&format!("{secret}{}+AZ1hsZ3", &id[..8]))
    );
}

#[test]
fn texts_that_are_no_keys() {
    let good = signer("log", 1).verifier_key().to_string();
    let parse = |text: &str| text.parse::<VerifierKey>().unwrap_err();
    let (name_and_id, key) = good.rsplit_once('+').unwrap_or_default();
    let (_, id) = name_and_id.split_once('+').unwrap();
    let with_key = |bytes: &[u8]| format!("{name_and_id}+{}", base64(bytes));
    assert!(matches!(
        parse(&good.replace("log+", "lag+")),
        KeyError::WrongId { .. }
    ));
    let other_id = if id.starts_with('0') { "1" } else { "0" };
    assert!(matches!(
        parse(&format!("log+{other_id}{}+{key}", &id[1..])),
        KeyError::WrongId { .. }
    ));
    for text in [
        "",
        "log",
        "log+12345678",
        "log+1234567+AQ==",
        "log+1234567G+AQ==",
        "log+12345678+",
        "log+12345678+A",
    ] {
        assert_eq!(parse(text), KeyError::NotAKey, "{text}");
    }
    assert_eq!(
        parse(&good.replace(id, &id.to_uppercase())),
        KeyError::NotAKey
    );
    assert_eq!(parse(&format!("{good}\n")), KeyError::NotAKey);
    assert_eq!(parse(&format!("+{id}+{key}")), KeyError::BadName);
    assert_eq!(
        parse(&with_key(&[1; 32])),
        KeyError::WrongLength { got: 31 }
    );
    assert_eq!(
        parse(&with_key(&[1; 34])),
        KeyError::WrongLength { got: 33 }
    );
    assert_eq!(
        parse(&with_key(&[2; 33])),
        KeyError::UnknownKind { code: 2 }
    );
    // y = 1, the neutral element: it would take one signature for every text.
    let mut weak = [0; 33];
    (weak[0], weak[1]) = (1, 1);
    assert_eq!(parse(&with_key(&weak)), KeyError::UnsoundKey);
    // y = 2 is on no point of the curve.
    weak[1] = 2;
    assert_eq!(parse(&with_key(&weak)), KeyError::UnsoundKey);
}

#[test]
fn texts_of_checkpoints() {
    let good = checkpoint().to_string();
    assert_eq!(good.parse(), Ok(checkpoint()));
    let extended = format!("{good}an extension\nanother\n");
    let parsed: Checkpoint = extended.parse().unwrap();
    assert_eq!(parsed.extensions(), ["an extension", "another"]);
    assert_eq!(parsed.to_string(), extended);
    let size = |size: &str| {
        good.replace("\n9\n", &format!("\n{size}\n"))
            .parse::<Checkpoint>()
    };
    for bad in [
        "+9",
        "-9",
        "09",
        "0x9",
        " 9",
        "9 ",
        "",
        "18446744073709551616",
    ] {
        assert!(size(bad).is_err(), "{bad}");
    }
    assert_eq!(
        size("18446744073709551615").unwrap().size(),
        TreeSize(u64::MAX)
    );
    assert_eq!(size("0").unwrap().size(), TreeSize(0));
    let bad: [(String, CheckpointError); 7] = [
        (String::new(), CheckpointError::TooFewLines),
        (good.trim_end().to_string(), CheckpointError::TooFewLines),
        ("a\n9\n".to_string(), CheckpointError::TooFewLines),
        (format!("\n{good}"), CheckpointError::BadLine { line: 0 }),
        (format!("{good}\n"), CheckpointError::BadLine { line: 3 }),
        (
            format!("{good}a\n\nb\n"),
            CheckpointError::BadLine { line: 4 },
        ),
        (good.replace('=', ""), CheckpointError::BadRoot),
    ];
    for (text, error) in bad {
        assert_eq!(text.parse::<Checkpoint>(), Err(error), "{text:?}");
    }
    for origin in ["", "a\nb", "a\tb"] {
        let refused = Checkpoint::new(origin, TreeSize(1), *checkpoint().root());
        assert_eq!(refused, Err(CheckpointError::BadLine { line: 0 }));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    /// What can be read is written as the same bytes, and nothing is trusted.
    #[test]
    fn arbitrary_texts(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        text in "([a-c+ \n=]|\u{2014} |\n\n|A{8}){0,12}",
    ) {
        let keys = known(&[&signer("a", 1)]);
        for bytes in [&bytes, text.as_bytes()] {
            if let Ok(note) = SignedNote::parse(bytes) {
                let written = note.to_string();
                prop_assert_eq!(written.as_bytes(), bytes);
                prop_assert!(keys.verify(&note).is_err());
            }
        }
        if let Ok(checkpoint) = text.parse::<Checkpoint>() {
            prop_assert_eq!(checkpoint.to_string(), text);
        }
    }

    #[test]
    fn arbitrary_keys(text in "(PRIVATE\\+KEY\\+)?[a-z]{0,3}\\+[0-9a-f]{8}\\+(A|B|AQ)[A-Za-z0-9+/]{0,44}=?") {
        prop_assert!(text.parse::<VerifierKey>().is_err());
        prop_assert!(text.parse::<SigningKey>().is_err());
    }
}
