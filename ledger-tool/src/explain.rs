//! What each code means, for `explain`.
//!
//! Invariant: every code that this suite can print stands here; a test reads the sources for them.

/// One code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Explanation {
    pub(crate) code: &'static str,
    pub(crate) title: &'static str,
    pub(crate) cause: &'static str,
    pub(crate) effect: &'static str,
    pub(crate) remedy: &'static str,
}

/// Damage to the record log, which is the truth.
const LOG_DAMAGED: &str = "Data that was committed is never cut away: opening for writing is \
    refused. Reading serves everything that verifies.";
const MEND_LOG: &str = "Copy the directory before anything else, and look after the disk. \
    `ledger-tool verify DIR` names the entries that are affected. `ledger-tool repair DIR` says what \
    can be made again from what is left, and with `--from` from a replica, a backup or a dump. \
    `ledger-tool recover DIR --output DIR2` brings all that verifies into a new directory. \
    `ledger-tool restore BACKUP DIR2` brings the store back as its backup has it; \
    `ledger-tool truncate DIR --to HEIGHT` gives up what comes after HEIGHT, the damage with it.";
/// Damage to files that follow from the log.
const DERIVED_DAMAGED: &str = "No entry is lost: such files are made from the record log. Reading \
    goes around them and is slower.";
const MEND_DERIVED: &str = "The next command that writes makes them anew; \
    `ledger-tool repair DIR --apply` does so at once, where opening does not notice it too.";
const NOTHING_WRITTEN: &str = "Nothing was written.";
const EARLIER_COMMITS_STAY: &str = "What was printed as `committed` stays; of the rest nothing was \
    written.";

const fn e(
    code: &'static str,
    title: &'static str,
    cause: &'static str,
    effect: &'static str,
    remedy: &'static str,
) -> Explanation {
    Explanation {
        code,
        title,
        cause,
        effect,
        remedy,
    }
}

/// In order of codes.
#[rustfmt::skip]
pub(crate) const EXPLANATIONS: &[Explanation] = &[
    e("E-BASE", "what a store begins with is not what its commit says",
        "A store that begins at a height has leaf hashes and states of all that came before, and \
         the commit body of that height; they do not come out at its sizes and roots.",
        "While such a store is made, nothing of it is there. In one that is there a leaf, a value \
         or a part is not as it was, or its writer was wrong.",
        "Make it again from another source. Where it is there, delete it and begin anew, or restore \
         a backup of it."),
    e("E-BATCH-NUMBER", "a batch has not the number that follows",
        "A batch verifies but belongs elsewhere: a write went to a wrong place, or a segment was \
         replaced by an older copy of itself.", LOG_DAMAGED, MEND_LOG),
    e("E-BEFORE-BASE", "from before the height that this store begins with",
        "The store was made at a height from what another store had there. It has no entries, \
         commits and states of earlier heights, but the leaf hashes: proofs of earlier entries can \
         be made.",
        "There is no answer.", "Ask a store that has all history. `ledger-tool info DIR` says \
         with which height this one begins."),
    e("E-BENCH", "a wrong result",
        "While this machine was measured a proof, value or store came out wrong.",
        "There are no figures: those of wrong results mean nothing.",
        "This points at the machine's memory or disk, or at a bug. Test both, then run \
         `ledger-tool bench` on another disk or machine to tell which."),
    e("E-BUSY", "too much waits for the next commit",
        "Submissions come in faster than the disk takes them, and the program chose not to wait.",
        NOTHING_WRITTEN, "Submit again later, or submit less at once."),
    e("E-CHAIN", "a batch does not continue the chain",
        "Each batch carries a hash over everything before it. This one was made after other \
         batches than those that stand there.", LOG_DAMAGED, MEND_LOG),
    e("E-CHECKPOINT", "a checkpoint does not hold",
        "The file is no signed checkpoint, or no known key signed it, or it is of another tree, or \
         its root is another than the one computed.",
        "What it states is not vouched for.",
        "Compare its origin, size and root with `ledger-tool checkpoint show FILE`; check that the \
         keys are those of its signers. Two signed roots of one size are worth keeping: \
         `ledger-tool checkpoint compare` makes evidence of them."),
    e("E-CLOSED", "the store was closed",
        "A program waits for further commits of a store that it closed.",
        "Everything committed was delivered.", "Open the store again and go on from the next height."),
    e("E-CONSISTENCY-FROM-EMPTY", "consistency with the empty tree",
        "A consistency proof from size 0 was asked for.",
        "There is none: every tree begins with the empty one, so it would prove nothing.",
        "Ask from size 1 or more."),
    e("E-COUNT", "a count differs",
        "A batch says how many frames it has, and another number was found.",
        LOG_DAMAGED, MEND_LOG),
    e("E-DROPPED", "a state that is not kept",
        "The store keeps the states of some heights only, and this is none of them: it was told so \
         by `prune`, or by the node that writes it.",
        "Keys of that height are not read. Entries and roots of every height are, and the record log \
         still holds every write.",
        "Ask for a height that is kept; a replica may keep more. A copy of the store without the \
         ledger's `kept` file and its `trie` folder has all states again when it is opened for \
         writing."),
    e("E-DUPLICATE-ID", "an id that an entry has already",
        "An entry was to be added with an id that an earlier one has, in this ledger or another of \
         the same id space.", NOTHING_WRITTEN,
        "`ledger-tool entry DIR --ledger NAME --id-hex ID` shows the first entry with this id."),
    e("E-ENTRY-TOO-LARGE", "an entry is too large",
        "An entry, a key or value of a state, or a line or record of an input, has more than 16 MiB.",
        EARLIER_COMMITS_STAY, "Split it, or keep it elsewhere and enter its hash."),
    e("E-FEATURES", "unknown features",
        "A newer release wrote the store and used something that this one does not know.",
        "It is not opened: what cannot be read in full could be served wrongly.",
        "Use the release that wrote it, or a newer one."),
    e("E-FOOTER", "a footer where there is none yet",
        "A segment that is still written to, or was never used, has a footer of a full one.",
        LOG_DAMAGED, MEND_LOG),
    e("E-FOREIGN", "a file of another store",
        "The file carries another store's identity: it was copied here.",
        LOG_DAMAGED, "Put the right file back. Files of two stores cannot be mixed."),
    e("E-FORKED", "used after a fork",
        "The process that opened the store is not the one that writes.",
        NOTHING_WRITTEN, "Open the store in the process that writes."),
    e("E-FORMAT-VERSION", "another format version",
        "A release of another format wrote the file.",
        "It is not opened.", "Use the release that wrote it, or a newer one."),
    e("E-FRAME-CRC", "a frame's bytes changed",
        "The check over a frame's bytes differs from the one stored with it: bytes changed on the \
         disk after they were written.", LOG_DAMAGED, MEND_LOG),
    e("E-FRAME-HEADER", "a frame's header changed",
        "The check over a frame's header differs from the one stored in it, so that its length \
         cannot be trusted.", LOG_DAMAGED, MEND_LOG),
    e("E-GROUP", "a group commit failed",
        "Several submissions were committed together, and that commit failed.",
        "The outcome is that of the commit that led them.", "See the leader's error."),
    e("E-HEADER-CRC", "a header changed",
        "The check over the header of a batch, a file, a superblock or a footer differs from the \
         one stored in it.", LOG_DAMAGED, MEND_LOG),
    e("E-HEIGHT", "a commit has not the height that follows",
        "A batch verifies but belongs elsewhere: a write went to a wrong place, or a segment was \
         replaced by another.", LOG_DAMAGED, MEND_LOG),
    e("E-ID-LEN", "an id that is too short or too long",
        "An id has from 1 to 1024 bytes.", NOTHING_WRITTEN, "Take a hash of it as the id."),
    e("E-INDEX", "an index leads elsewhere",
        "A slot of an index file does not name the place where its entry, commit or attachment \
         stands.", DERIVED_DAMAGED, MEND_DERIVED),
    e("E-INPUT", "an input cannot be imported",
        "A line is not what the format says: not JSON, not UTF-8, no transaction, or no write of a \
         state.",
        EARLIER_COMMITS_STAY, "Mend the line that is named, and import from there on."),
    e("E-INPUT-TRUNCATED", "an input ends within a record",
        "The file of records ends before the last one does, or a length in it is wrong.",
        EARLIER_COMMITS_STAY, "Take a whole copy of the file, and import from the named record on."),
    e("E-IO", "the operating system refused",
        "A file could not be opened, read or written; the message says which and why.",
        "There is no answer. After an error in writing, what is durable shows at the next open.",
        "Mend what the message names: permissions, the path, the disk."),
    e("E-KEPT", "the file that says which states are kept is damaged",
        "A node may drop states that it does not need, and `kept` in the ledger's folder says which \
         it still has. No other file says so.",
        "Nothing that was committed is affected. Opening for writing is refused and changes nothing; \
         reading serves the states whose nodes are there.",
        "Put the file back from a backup of this very store, or remove it: then all states are kept, \
         and what was dropped is made from the record log again. `ledger-tool prune` drops it again."),
    e("E-KEY", "a key cannot be used",
        "A line of the key file is no key of the form `name+id+key`, or is altered, or there is no \
         key in the file.", "Nothing was signed or verified.",
        "`ledger-tool keys new` makes a key; `ledger-tool keys show FILE` prints its verifier key."),
    e("E-KIND", "another kind of file or frame",
        "Something of another kind stands where this kind is expected.", LOG_DAMAGED, MEND_LOG),
    e("E-LEDGER-EXISTS", "a ledger of that name exists",
        "Two ledgers of a store cannot have one name.", NOTHING_WRITTEN, "Choose another name."),
    e("E-LENGTH", "an impossible length",
        "A length reaches beyond what holds it.", LOG_DAMAGED, MEND_LOG),
    e("E-LOCKED", "a writer has the store",
        "A store has one writer at a time, and another process holds its lock.",
        "Nothing was written. The lock ends with that process, however it ends.",
        "Wait for it, or stop it. info, verify, entry, dump and proof need no lock."),
    e("E-LOG-BEHIND", "the log ends too early",
        "A superblock or index tells of a durable batch that the log does not have: the log was \
         replaced by an older copy, or cut.", LOG_DAMAGED,
        "Put the newer segments back. If they are lost, the store is an older state of itself: \
         take the entries that are missing from a replica."),
    e("E-LOST-SECTOR", "a written sector is zero",
        "A sector of a batch reads as zeros where something else was written.",
        LOG_DAMAGED, MEND_LOG),
    e("E-MAGIC", "not such a file",
        "The first bytes are not those of the structure that should stand there.",
        LOG_DAMAGED, MEND_LOG),
    e("E-MISMATCH", "records contradict each other",
        "Every byte verifies, but a recorded root is not that of the recorded entries. Damage does \
         not look like that: a program wrote it so.",
        "Opening for writing is refused.",
        "Keep the directory, and report it with the output of `ledger-tool verify --json`."),
    e("E-MISSING-SEGMENT", "a segment is missing",
        "A file of the log is not there, and later ones are.", LOG_DAMAGED,
        "`ledger-tool repair DIR --from BACKUP` makes it again from a backup of this very store; from \
         a replica only where nothing was attached between its commits."),
    e("E-NAME", "not a name",
        "A ledger's or network's name has a character that names do not have, is too long, or is \
         reserved.", NOTHING_WRITTEN,
        "Ledgers: 1 to 64 of a-z 0-9 _ -, not audit, log, tip. Networks: 1 to 64 of A-Z a-z 0-9 \
         . _ -."),
    e("E-NO-COMMIT", "no commit at that time",
        "The store as it was at a time was asked for, and the first commit came later.",
        "There is no answer.", "Ask for a later time."),
    e("E-NO-HEIGHT", "no such height", "Heights go from 1 to that of the last commit.",
        "There is no answer.", "`ledger-tool info DIR` says the last height."),
    e("E-NO-LEDGER", "no such ledger", "The store has no ledger of that name.",
        "There is no answer.", "`ledger-tool info DIR` lists the ledgers."),
    e("E-NO-LOOKUP", "a ledger without that look-up",
        "An entry was asked for by leaf hash or id, or brought an id, in a ledger that was declared \
         without that look-up.", "There is no answer, and nothing was written.",
        "Look-ups are chosen when a ledger is declared: `ledger-tool init --lookup NAME=hash,id`."),
    e("E-NO-STATE", "a ledger without state",
        "A key was asked for or written in a ledger that was declared as a log alone.",
        "There is no answer, and nothing was written.",
        "`ledger-tool info DIR` says which ledgers have a state."),
    e("E-NO-STORE", "no store there",
        "The directory is missing, empty, or holds something else.",
        "There is no answer.", "Check the path; `ledger-tool init DIR --ledger NAME` makes a store. Where the \
         folder log is there and SUPER.0 and SUPER.1 are gone, `ledger-tool repair DIR` makes them again."),
    e("E-NOT-A-COPY", "the directory holds no copy of this store",
        "A backup is continued where it ended, and a repair takes records from a store of the same \
         network only. The store there is another one, or was written to by itself, or reaches further than this store: then this store lost something, or was taken back.",
        NOTHING_WRITTEN,
        "Back up to a new directory. `ledger-tool diff DIR DEST` says where the two part."),
    e("E-NOT-DURABLE", "not known to be durable",
        "The store was not closed in order, so its last commits may still be taken away.",
        "Nothing was signed: a signed root that is lost looks like misbehaviour.",
        "Open it for writing once, which settles it: `ledger-tool import DIR --ledger NAME --format \
         lines /dev/null` imports nothing."),
    e("E-NOT-EMPTY", "not empty",
        "A store is made only in an empty or missing directory, and a genesis file is loaded only \
         into an empty ledger.", NOTHING_WRITTEN, "Choose another directory or ledger."),
    e("E-NOT-FOUND", "no such entry",
        "No entry of the ledger has this leaf hash, or none in its id space this id.",
        "The answer is no.", "Nothing: that is an answer."),
    e("E-OUT-OF-RANGE", "outside the ledger",
        "An entry, leaf or size was asked for beyond what the ledger has. Leaf indices count from \
         0: the last one is the size minus 1.",
        "There is no answer.", "`ledger-tool info DIR` says the sizes."),
    e("E-PADDING", "bytes that must be zero are not",
        "Bytes between structures changed on the disk.", LOG_DAMAGED, MEND_LOG),
    e("E-PAYLOAD", "a record does not decode",
        "A frame's check is right, but what it holds is not a record of its kind: a program wrote \
         it so.", "Opening for writing is refused.",
        "Keep the directory, and report it with the output of `ledger-tool verify --json`."),
    e("E-POISONED", "an earlier failure",
        "A write or sync failed before, so that what is on the disk is not known.",
        "This handle commits nothing more. What was acknowledged before is durable.",
        "Open the store again: that settles what is durable."),
    e("E-PROOF", "the proof does not hold",
        "The hashes lead to another root than the one they are held against, or there are too many \
         or too few of them, or the proof is for another entry.",
        "What it claims is not proven.", "Get the proof anew; check the root, its size and the data."),
    e("E-PROOF-FORMAT", "not a proof file",
        "The file is no JSON, or not that of a proof, or a compact proof that was altered, or \
         longer than 64 MiB.",
        "It proves nothing.", "Get the proof anew."),
    e("E-PROOF-VERSION", "a proof of another release",
        "The file is a proof of a kind, hash or version that this release does not know.",
        "It was neither found right nor wrong.", "Check it with a newer release."),
    e("E-REFERENCE", "not the reference system's root",
        "The demo's ledgers have other roots than the reference system computes from them.",
        "Something in this program is wrong.", "Report it."),
    e("E-RESUME", "a verification cannot go on from that file",
        "The file given with --resume is none, is damaged, is of another store or of another question \
         (--level, --since, --trust), or the log up to there is not the one that was verified.",
        "Nothing was verified.",
        "Remove the file, and verify from the beginning."),
    e("E-RUN", "a run of a look-up is damaged",
        "What finds entries by leaf hash or id is not what the log makes it.", DERIVED_DAMAGED,
        MEND_DERIVED),
    e("E-SHORT", "too few bytes",
        "A file ends, or a structure's bytes end, before the structure does.",
        LOG_DAMAGED, MEND_LOG),
    e("E-STALE-PARENT", "made on another tip",
        "A sealed batch was made on a height that is not the last one any more.",
        NOTHING_WRITTEN, "Make the batch anew on the tip."),
    e("E-STORE-FULL", "no room on the disk",
        "A file could not grow: the disk, a quota or a limit on file sizes.",
        EARLIER_COMMITS_STAY, "Make room and go on; nothing needs to be mended."),
    e("E-STRAY-BIT", "a bit where nothing was written",
        "One bit is set behind the last batch, where the disk holds zeros.",
        "Nothing that was committed is affected.",
        "The next command that writes takes it away and keeps its bytes in lost+found. A disk that \
         does this again should be replaced."),
    e("E-SUPERBLOCK", "neither superblock verifies",
        "Both SUPER.0 and SUPER.1 are damaged; one of them alone would do.",
        "The store cannot be opened: they name it and its ledgers.",
        "`ledger-tool repair DIR` makes both again from the log, if that is whole; otherwise put one of \
         them back from a backup of this very store."),
    e("E-TILES", "a tile differs",
        "A file of Merkle nodes is missing, damaged or not what the entries make it.",
        DERIVED_DAMAGED, MEND_DERIVED),
    e("E-TIME", "time runs backwards",
        "A commit's time is before that of the commit before it.",
        NOTHING_WRITTEN, "Give a later time."),
    e("E-TLOG-ENTRY", "an entry is too long for tiles",
        "Entry bundles of tlog tiles take entries of at most 65,535 bytes.",
        "The directory's checkpoint is as it was before.",
        "Such a ledger cannot be exported as tiles; `ledger-tool dump` writes any ledger."),
    e("E-TLOG-TILE", "a tile does not lead to the checkpoint",
        "A file of a directory of tiles is damaged, or is not of the tree whose checkpoint is \
         there.", EARLIER_COMMITS_STAY, "Get the directory anew from where it comes from."),
    e("E-TLOG-TREE", "tiles of another tree",
        "Tiles that others read are of SHA-256 trees; the ledger has another.",
        "Nothing was done.", "Use a ledger whose tree is sha256."),
    e("E-TOO-LARGE", "a batch is too large",
        "A single commit has more bytes than the store takes, 64 MiB.",
        NOTHING_WRITTEN, "Use smaller batches; a genesis file is one commit."),
    e("E-TOO-MANY-LEDGERS", "too many ledgers", "A store has at most 256 ledgers.",
        NOTHING_WRITTEN, "Use several stores."),
    e("E-TORN-TAIL", "a torn tail",
        "The machine or process ended while the last batch was written. It was never acknowledged.",
        "Nothing that was committed is affected.",
        "The next command that writes takes it away and keeps its bytes in lost+found."),
    e("E-TRANSFER", "not the commit that it should be",
        "A commit that another store gave does not decode, is not the one that is trusted, or does \
         not come out here.",
        NOTHING_WRITTEN, "Take it from another store: `ledger-tool verify` tells which is damaged."),
    e("E-TRIE", "a state's node differs",
        "A node of a state is missing or damaged, or the nodes do not lead to the committed root.",
        DERIVED_DAMAGED, MEND_DERIVED),
    e("E-UNFINISHED", "the creation of a store was cut short",
        "The machine or process ended while a store was made. It holds nothing yet.",
        "There is no answer.", "Make it again in the same directory: `ledger-tool init DIR --ledger NAME`."),
    e("E-UNMADE", "a state cannot be made from the record log",
        "The nodes of a state are not there, and the record log, which would make it anew, is damaged \
         before its height, or its writes do not lead to the recorded root.",
        "There is no answer for that height.",
        "`ledger-tool verify DIR --level deep` says what does not verify, and from which batch on."),
    e("E-UNPUBLISHED", "beyond what is published",
        "Something was asked for that a reader may not see yet.",
        "There is no answer.", "Ask again later."),
    e("E-UNSETTLED", "the last batch cannot be settled",
        "The last batch does not verify, and nothing on this disk can tell a write that was cut \
         short from damage to what was acknowledged.",
        "Opening for writing is refused; reading serves everything before it.",
        "A replica or the sender of those entries knows whether they were acknowledged: \
         `ledger-tool repair DIR --from DIR2` takes the batch from a replica that has it; \
         `ledger-tool repair DIR --drop-last-batch` gives it up."),
    e("E-USAGE", "wrong arguments", "The arguments contradict each other or what they name.",
        "Nothing was done.", "`ledger-tool help COMMAND` lists them."),
    e("E-WRONG-ROOT", "the audit tree has another root than the one given",
        "The root that was given as trusted is not the one that this store or copy has at that height: \
         it has another history, or was altered, or ends before, or the root was mistyped.",
        NOTHING_WRITTEN,
        "Compare with `ledger-tool info DIR` and with the source of the root. If the root is right, do \
         not use this store; `ledger-tool diff` says where it parts from a good one."),
    e("E-ZERO-MAP", "a zero map changed",
        "The check over a batch's list of sectors that are zero differs from the stored one.",
        LOG_DAMAGED, MEND_LOG),
];

/// The explanation of a code, in either case.
pub(crate) fn explanation(code: &str) -> Option<&'static Explanation> {
    let code = code.to_ascii_uppercase();
    EXPLANATIONS.iter().find(|known| known.code == code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Every text in double quotes that looks like a code, in the sources below a folder.
    fn codes(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                codes(&path, found);
            } else if path.file_name().is_some_and(|name| name != "explain.rs") {
                let source = fs::read_to_string(&path).unwrap();
                let texts = source.split('"').filter(|text| {
                    let is_code = |b: u8| b.is_ascii_uppercase() || b == b'-' || b.is_ascii_digit();
                    text.len() > 2 && text.starts_with("E-") && text.bytes().all(is_code)
                });
                found.extend(texts.map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_code_in_the_sources_is_explained_and_no_other() {
        let mut found = BTreeSet::new();
        for name in [
            "hash-store",
            "merkle-log",
            "patricia-state",
            "ledger",
            "ledger-tool",
        ] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
            codes(&folder.join("src"), &mut found);
        }
        assert!(found.len() > 40, "{found:?}");
        let explained: BTreeSet<String> = EXPLANATIONS.iter().map(|e| e.code.to_owned()).collect();
        assert_eq!(found, explained);
        assert_eq!(explained.len(), EXPLANATIONS.len());
        assert!(EXPLANATIONS.is_sorted_by_key(|e| e.code));
    }
}
