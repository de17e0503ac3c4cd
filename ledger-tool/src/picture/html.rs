//! Pages: one file each, without scripts, without requests.
//!
//! Invariant: what somebody else wrote is escaped where it enters a page, and nowhere else is
//! markup made of it.

use super::{Alphabet, Body, Picture, STYLE};
use crate::human;

/// What every page begins with, up to its title: no scripts, no requests, whatever stands in it.
const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
    'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
    <meta name=\"color-scheme\" content=\"light dark\">\n";

/// The styles of pages, beside those of pictures.
pub(crate) const PAGE_STYLE: &str = "\
body{margin:0 auto;max-width:86rem;padding:1rem 1.5rem;font:16px/1.5 system-ui,sans-serif;\
background:#fff;color:#1a1a1a}h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem \
.75rem .25rem 0;border-bottom:1px solid #d0d0d0}td,code,pre{font-family:ui-monospace,'DejaVu Sans \
Mono',Menlo,Consolas,monospace;font-size:.875rem}td{white-space:nowrap}\
td.long,code{white-space:normal;overflow-wrap:anywhere;min-width:16rem}table,form{margin:.75rem 0}\
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f6f6f6;padding:.75rem}\
.scroll{overflow-x:auto}.verdict{font-weight:bold;padding:.5rem .75rem;border-left:.5rem solid}\
.yes{border-color:#009e73}.no{border-color:#d55e00}.unsure{border-color:#e69f00}\
a{color:#005a8e}nav a{margin-right:1rem}\
@media (prefers-color-scheme:dark){body{background:#161616;color:#f0f0f0}th,td{border-color:#444}\
pre{background:#232323}a{color:#7cc4ee}}";

/// Text as a part of a page or an SVG file: in elements and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            '\n' | '\t' => escaped.push(c),
            // Neither XML nor a reader has a use for them.
            c if !human::is_plain(c) => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A page of its own; `body` is markup.
pub(crate) fn page(title: &str, body: &str) -> String {
    format!(
        "{HEAD}<title>{}</title>\n<style>{PAGE_STYLE}{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(title)
    )
}

pub(super) fn file(picture: &Picture) -> String {
    let mut body = format!("<h1>{}</h1>\n<table>\n", escape(&picture.title));
    for fact in &picture.facts {
        body += &row(&[&fact.name, &fact.value]);
    }
    body += &format!(
        "</table>\n<div class=\"scroll\">\n{}\n</div>\n{}",
        picture.to_inline_svg(),
        table(picture)
    );
    page(&picture.title, &body)
}

/// More characters than a hash has are broken into lines; a hash never is.
const LONG: usize = 72;

/// A cell of a table that says `text`; its markup may be more.
pub(crate) fn cell(text: &str, markup: &str) -> String {
    if text.chars().nth(LONG).is_some() {
        format!("<td class=\"long\">{markup}</td>")
    } else {
        format!("<td>{markup}</td>")
    }
}

fn row(cells: &[&str]) -> String {
    let cells = cells.iter().map(|text| cell(text, &escape(text)));
    format!("<tr>{}</tr>\n", cells.collect::<String>())
}

pub(super) fn table(picture: &Picture) -> String {
    let (head, rows): (&[&str], String) = match &picture.body {
        Body::Nodes(nodes) => {
            let mut depths: Vec<usize> = Vec::with_capacity(nodes.len());
            let rows = nodes.iter().map(|node| {
                let above = node.parent.and_then(|parent| depths.get(parent));
                let depth = above.map_or(0, |depth| depth + 1);
                depths.push(depth);
                let place = [node.edge.as_str()].into_iter().chain(
                    // The short hash is there in full.
                    node.lines.iter().skip(1).map(String::as_str),
                );
                let place: Vec<&str> = place.filter(|text| !text.is_empty()).collect();
                let note = format!("{} {}", node.role.sign(Alphabet::Unicode), node.note);
                row(&[&depth.to_string(), &place.join(" "), &note, &node.detail])
            });
            (&["level", "place", "what it is", "in full"], rows.collect())
        }
        Body::Bars(bars) => {
            let rows = bars.iter().map(|bar| {
                let parts = bar.parts.iter().filter(|part| part.bytes > 0);
                let parts =
                    parts.map(|part| format!("{} {}", part.kind.name(), human::bytes(part.bytes)));
                row(&[&bar.label, &parts.collect::<Vec<_>>().join(", "), &bar.note])
            });
            (&["file", "bytes", "holds"], rows.collect())
        }
        Body::Points(points) => {
            let rows = points
                .iter()
                .map(|point| row(&[&point.time, &human::bytes(point.bytes)]));
            (&["time", "bytes of the log"], rows.collect())
        }
    };
    let head: String = head.iter().map(|name| format!("<th>{name}</th>")).collect();
    format!("<div class=\"scroll\"><table>\n<tr>{head}</tr>\n{rows}</table></div>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup_or_moves_other_text() {
        assert_eq!(
            escape("<script>alert('1' & \"2\")</script>"),
            "&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;"
        );
        assert_eq!(
            escape("a\u{202e}b\u{1b}[31m\u{0}\u{feff}"),
            "a\\u{202e}b\\u{1b}[31m\\u{0}\\u{feff}"
        );
        assert_eq!(
            escape("gr\u{fc}n \u{65e5}\u{672c}"),
            "gr\u{fc}n \u{65e5}\u{672c}"
        );
    }
}
