//! The codes that findings have, to read them back from a file.

/// The code of that name, if a finding can have it.
pub(super) fn known_code(name: &str) -> Option<&'static str> {
    CODES.iter().copied().find(|code| *code == name)
}

const CODES: &[&str] = &[
    "E-BASE",
    "E-BATCH-NUMBER",
    "E-CHAIN",
    "E-COUNT",
    "E-DROPPED",
    "E-FEATURES",
    "E-FOOTER",
    "E-FOREIGN",
    "E-FORMAT-VERSION",
    "E-FRAME-CRC",
    "E-FRAME-HEADER",
    "E-HEADER-CRC",
    "E-HEIGHT",
    "E-INDEX",
    "E-IO",
    "E-KIND",
    "E-LENGTH",
    "E-LOG-BEHIND",
    "E-LOST-SECTOR",
    "E-MAGIC",
    "E-MISMATCH",
    "E-MISSING-SEGMENT",
    "E-NAME",
    "E-PADDING",
    "E-PAYLOAD",
    "E-RUN",
    "E-SHORT",
    "E-STORE-FULL",
    "E-STRAY-BIT",
    "E-SUPERBLOCK",
    "E-TILES",
    "E-TORN-TAIL",
    "E-TRIE",
    "E-UNPUBLISHED",
    "E-UNSETTLED",
    "E-WRONG-ROOT",
    "E-ZERO-MAP",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code that the modules of findings name, and every flaw's.
    #[test]
    fn no_finding_has_a_code_that_cannot_be_read_back() {
        let sources = [
            include_str!("derived.rs"),
            include_str!("log.rs"),
            include_str!("mod.rs"),
            include_str!("runs.rs"),
            include_str!("states.rs"),
            include_str!("../../../hash-store/src/layout/mod.rs"),
        ];
        let mut seen = 0;
        for source in sources {
            for code in source.split('"').filter(|text| text.starts_with("E-")) {
                assert!(known_code(code).is_some(), "{code}");
                seen += 1;
            }
        }
        assert!(seen > 25, "{seen}");
        assert!(CODES.is_sorted());
        assert_eq!(known_code("E-else"), None);
    }
}
