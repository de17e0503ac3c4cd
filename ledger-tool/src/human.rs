//! Numbers, times and bytes as people read and write them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// `1,234,567`
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 entry`, `1,234 entries`
pub(crate) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// Whether sizes are printed to the byte: asked for once, by the options of every command.
static EXACT: AtomicBool = AtomicBool::new(false);

/// From now on sizes are printed to the byte.
pub(crate) fn print_exact_bytes() {
    EXACT.store(true, Ordering::Relaxed);
}

/// `1.2 MiB`, or `1,258,291 B`
pub(crate) fn bytes(n: u64) -> String {
    if EXACT.load(Ordering::Relaxed) {
        return format!("{} B", count(n));
    }
    if n < 1024 {
        return format!("{n} B");
    }
    // Tenths of a unit, in integers: exact for every number of bytes.
    let mut tenths = u128::from(n) * 10;
    let mut units = "KMGTPE".chars();
    loop {
        tenths /= 1024;
        let unit = units.next().unwrap_or('E');
        if tenths < 10_240 || unit == 'E' {
            return format!("{}.{} {unit}iB", tenths / 10, tenths % 10);
        }
    }
}

/// `0.84 s`
pub(crate) fn seconds(elapsed: std::time::Duration) -> String {
    format!("{:.2} s", elapsed.as_secs_f64())
}

/// RFC 3339 in UTC; the bare number where no calendar reaches.
pub(crate) fn time(ms: u64) -> String {
    let time = i64::try_from(ms).ok();
    let time = time.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    time.map_or_else(|| format!("{ms} ms"), |time| time.to_string())
}

/// Milliseconds since 1970 from RFC 3339 or from their number.
pub(crate) fn parse_time(text: &str) -> Option<u64> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let time: Timestamp = text.parse().ok()?;
    u64::try_from(time.as_millisecond()).ok()
}

/// Milliseconds since 1970 by this machine's clock.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since
        .ok()
        .and_then(|since| u64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}

/// Milliseconds of `90s`, `15m`, `24h`, `7d` or `2w`.
pub(crate) fn parse_duration(text: &str) -> Option<u64> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        "w" => 7 * 24 * 3600,
        _ => return None,
    };
    let digits = Some(digits).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    let count: u64 = digits?.parse().ok()?;
    count.checked_mul(seconds)?.checked_mul(1000)
}

/// Bytes of `200MiB/s`, `1GiB`, `500kB/s` or `4096`.
pub(crate) fn parse_bytes(text: &str) -> Option<u64> {
    let text = text.strip_suffix("/s").unwrap_or(text);
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, unit) = text.split_at_checked(end)?;
    let factor: u64 = match unit {
        "" | "B" => 1,
        "kB" | "KB" => 1000,
        "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

/// Lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.extend(DIGITS.get(usize::from(digit)));
        }
    }
    text
}

/// The bytes of hex digits, in either case; `None` for anything else.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let bytes = pairs
        .iter()
        .map(|[high, low]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok());
    bytes.collect()
}

/// The start of a text from a stranger, for a message.
pub(crate) fn start_of(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Bytes as text where they are printable, else in hex after `0x`.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let text = str::from_utf8(bytes).ok();
    let text = text.filter(|text| !text.is_empty() && text.chars().all(is_plain));
    text.map_or_else(|| format!("0x{}", hex(bytes)), str::to_owned)
}

/// Rows of 16 bytes: offset, hex, and the bytes that are printable ASCII.
pub(crate) fn hex_dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (i, row) in bytes.chunks(16).enumerate() {
        let digits: Vec<String> = row.iter().map(|byte| hex(&[*byte])).collect();
        let printable = row.iter().map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        });
        let printable: String = printable.collect();
        text += &format!("{:08x}  {:<47}  {printable}\n", i * 16, digits.join(" "));
    }
    text
}

/// Whether a character is only itself: no control, nothing that is not seen or that changes where
/// other text stands (Unicode Technical Report 36, section 2.10).
pub(crate) fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}'
            | '\u{ffa0}' | '\u{feff}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Text from a stranger in one line: what is not plain is escaped.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if is_plain(c) {
            plain.push(c);
        } else {
            plain.extend(c.escape_unicode());
        }
    }
    plain
}

/// Text from a stranger, for a terminal: what is not plain is escaped.
pub(crate) fn safe(text: &str) -> String {
    let keeps = |c: char| is_plain(c) || c == '\n' || c == '\t';
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if keeps(c) {
            safe.push(c);
        } else {
            safe.extend(c.escape_unicode());
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        for (n, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(count(n), text);
        }
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(counted(1, "entry", "entries"), "1 entry");
        assert_eq!(counted(0, "entry", "entries"), "0 entries");
    }

    #[test]
    fn bytes_have_one_decimal_and_never_1024_of_a_unit() {
        for (n, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_258_291, "1.1 MiB"),
            (1_258_292, "1.2 MiB"),
            ((1 << 20) - 1, "1023.9 KiB"),
            (1 << 20, "1.0 MiB"),
            (u64::MAX, "15.9 EiB"),
        ] {
            assert_eq!(bytes(n), text, "{n}");
        }
    }

    #[test]
    fn durations_have_one_unit() {
        assert_eq!(parse_duration("90s"), Some(90_000));
        assert_eq!(parse_duration("15m"), Some(900_000));
        assert_eq!(parse_duration("24h"), parse_duration("1d"));
        assert_eq!(parse_duration("2w"), parse_duration("14d"));
        assert_eq!(parse_duration("0s"), Some(0));
        for text in ["", "s", "5", "-5s", "+5s", "1.5h", "5 m", "5ms", "5\u{e9}"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
        assert_eq!(parse_duration("18446744073709551615w"), None);
    }

    #[test]
    fn bytes_have_a_unit_or_none() {
        assert_eq!(parse_bytes("200MiB/s"), Some(200 << 20));
        assert_eq!(parse_bytes("4096"), Some(4096));
        assert_eq!(parse_bytes("7kB"), Some(7000));
        assert_eq!(parse_bytes("3GiB"), Some(3 << 30));
        for text in [
            "",
            "MiB",
            "-1",
            "1.5MiB",
            "5 MiB",
            "5MiB/m",
            "99999999999GiB",
        ] {
            assert_eq!(parse_bytes(text), None, "{text}");
        }
    }

    #[test]
    fn times_go_both_ways() {
        assert_eq!(time(0), "1970-01-01T00:00:00Z");
        assert_eq!(time(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
        assert_eq!(time(u64::MAX), "18446744073709551615 ms");
        for (text, ms) in [
            ("0", Some(0)),
            ("1700000000123", Some(1_700_000_000_123)),
            ("2023-11-14T22:13:20.123Z", Some(1_700_000_000_123)),
            ("2023-11-14T23:13:20.123+01:00", Some(1_700_000_000_123)),
            ("2023-11-14T22:13:20", None),
            ("1969-12-31T23:59:59Z", None),
            ("-1", None),
            ("", None),
            ("18446744073709551616", None),
        ] {
            assert_eq!(parse_time(text), ms, "{text}");
        }
    }

    #[test]
    fn bytes_as_hex_and_text_from_strangers() {
        assert_eq!(hex(&[0, 0x1f, 0xff]), "001fff");
        assert_eq!(unhex("001fFF"), Some(vec![0, 0x1f, 0xff]));
        assert_eq!(unhex(""), Some(Vec::new()));
        for text in ["0", "0g", "+1", "0x00", "\u{e9}", " 00"] {
            assert_eq!(unhex(text), None, "{text}");
        }
        assert_eq!(printable(b"a b"), "a b");
        assert_eq!(printable(b"a\nb"), "0x610a62");
        assert_eq!(printable(&[0xff]), "0xff");
        assert_eq!(printable(b""), "0x");
        assert_eq!(start_of("abc"), "abc");
        assert_eq!(start_of(&"\u{e9}".repeat(50)), "\u{e9}".repeat(40) + "...");
        let dump = hex_dump(b"0123456789abcdef\x00\xff z");
        assert_eq!(
            dump,
            "00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n\
             00000010  00 ff 20 7a                                      .. z\n"
        );
        assert_eq!(safe("a\u{1b}[31mb\n"), "a\\u{1b}[31mb\n");
        // What turns text around, and what is not seen.
        assert_eq!(safe("a\u{202e}b\u{200b}"), "a\\u{202e}b\\u{200b}");
        assert_eq!(plain("a\nb\u{2028}"), "a\\u{a}b\\u{2028}");
        assert_eq!(printable("pay\u{202e}".as_bytes()), "0x706179e280ae");
        assert_eq!(printable("gr\u{fc}n".as_bytes()), "gr\u{fc}n");
    }
}
