//! A page as data: what it says, as markup and as JSON.

use serde::Serialize;
use serde_json::{Value, json};

use crate::human;
use crate::picture::{Picture, cell, escape};

/// The path of the styles of every page.
pub(super) const STYLE_PATH: &str = "/style.css";

/// A page.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) parts: Vec<Section>,
    /// Whether it may change while the height does not.
    pub(super) fleeting: bool,
}

/// A part of a page.
pub(super) enum Section {
    /// Names and values.
    Facts(Vec<(&'static str, Cell)>),
    /// Rows below a head, and what they are, for programs.
    Table(&'static str, Vec<&'static str>, Vec<Vec<Cell>>),
    Picture(Box<Picture>),
    /// Somebody else's bytes, as text.
    Text(&'static str, String),
    /// Ways to go on.
    Links(Vec<(&'static str, String)>),
    /// A field to search a ledger.
    Search(String),
    Heading(&'static str),
    Note(String),
}

/// A value, as people and as programs read it.
#[derive(Clone)]
pub(super) struct Cell {
    shown: String,
    value: Value,
    href: Option<String>,
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            shown: human::plain(&text),
            value: Value::String(text),
            href: None,
        }
    }

    pub(super) fn number(number: u64) -> Self {
        Self {
            shown: human::count(number),
            value: json!(number),
            href: None,
        }
    }

    pub(super) fn bytes(bytes: u64) -> Self {
        Self {
            shown: human::bytes(bytes),
            value: json!(bytes),
            href: None,
        }
    }

    /// Shown in another way than it is told to programs.
    pub(super) fn shown(shown: &str, value: impl Serialize) -> Self {
        Self {
            shown: human::plain(shown),
            value: serde_json::to_value(value).unwrap_or(Value::Null),
            href: None,
        }
    }

    /// `href` is a path of this server.
    pub(super) fn link(mut self, href: String) -> Self {
        self.href = Some(href);
        self
    }

    fn markup(&self) -> String {
        let shown = escape(&self.shown);
        let markup = match &self.href {
            Some(href) => format!("<a href=\"{}\">{shown}</a>", escape(href)),
            None => shown,
        };
        cell(&self.shown, &markup)
    }
}

impl Page {
    pub(super) fn new(title: impl Into<String>) -> Self {
        Self {
            title: human::plain(&title.into()),
            parts: Vec::new(),
            fleeting: false,
        }
    }

    pub(super) fn with(mut self, part: Section) -> Self {
        self.parts.push(part);
        self
    }

    /// The page; `path` is where it is, `height` what it is of.
    pub(super) fn to_html(&self, path: &str, height: u64) -> String {
        let mut body = String::new();
        for part in &self.parts {
            body += &markup(part);
        }
        let title = escape(&self.title);
        let twin = escape(&twin(path));
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
             <link rel=\"stylesheet\" href=\"{STYLE_PATH}\">\n</head>\n<body>\n\
             <nav><a href=\"/\">overview</a><a href=\"/commits\">commits</a><a href=\"/files\">files\
             </a><a href=\"/health\">health</a></nav>\n<main>\n<h1>{title}</h1>\n{body}</main>\n\
             <footer><p>At height {}. <a href=\"{twin}\">This page as JSON</a></p></footer>\n\
             </body>\n</html>\n",
            human::count(height)
        )
    }

    /// The JSON twin.
    pub(super) fn to_json(&self, height: u64) -> Value {
        let (mut facts, mut tables, mut links) = (Vec::new(), Vec::new(), Vec::new());
        let (mut pictures, mut notes) = (Vec::new(), Vec::new());
        for part in &self.parts {
            match part {
                Section::Facts(own) => {
                    let own = own.iter();
                    facts.extend(own.map(|(name, cell)| fact(name, &cell.value)));
                }
                Section::Text(name, text) => facts.push(fact(name, text)),
                Section::Table(name, head, rows) => {
                    let columns: Vec<String> = head.iter().map(|name| member(name)).collect();
                    let rows = rows
                        .iter()
                        .map(|row| row.iter().map(|cell| &cell.value).collect());
                    let rows: Vec<Vec<&Value>> = rows.collect();
                    tables.push(json!({"name": name, "columns": columns, "rows": rows}));
                }
                Section::Picture(picture) => pictures.extend(serde_json::to_value(picture)),
                Section::Links(own) => {
                    let own = own.iter();
                    links.extend(own.map(|(name, to)| json!({"name": member(name), "to": to})));
                }
                Section::Note(text) => notes.push(text),
                Section::Search(_) | Section::Heading(_) => {}
            }
        }
        json!({
            "schema": "ledger-tool.explore/1", "title": self.title, "height": height,
            "facts": facts, "tables": tables, "pictures": pictures, "notes": notes, "links": links,
        })
    }
}

fn fact(name: &str, value: impl Serialize) -> Value {
    json!({"name": member(name), "value": value})
}

/// Where the JSON of a page is.
fn twin(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = if path == "/" { "/overview" } else { path };
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{path}.json{mark}{query}")
}

fn member(name: &str) -> String {
    name.replace([' ', '-', '\''], "_")
}

fn markup(part: &Section) -> String {
    match part {
        Section::Heading(text) => format!("<h2>{}</h2>\n", escape(text)),
        Section::Note(text) => format!("<p>{}</p>\n", escape(&human::plain(text))),
        Section::Facts(facts) => {
            let rows = facts.iter().map(|(name, cell)| {
                let name = escape(name);
                format!("<tr><th>{name}</th>{}</tr>\n", cell.markup())
            });
            format!("<table>\n{}</table>\n", rows.collect::<String>())
        }
        Section::Table(name, _, rows) if rows.is_empty() => {
            format!("<p>No {}.</p>\n", escape(name))
        }
        Section::Table(_, head, rows) => {
            let head = head.iter().map(|name| format!("<th>{}</th>", escape(name)));
            let rows = rows.iter().map(|row| {
                let cells = row.iter().map(Cell::markup);
                format!("<tr>{}</tr>\n", cells.collect::<String>())
            });
            format!(
                "<div class=\"scroll\"><table>\n<tr>{}</tr>\n{}</table></div>\n",
                head.collect::<String>(),
                rows.collect::<String>()
            )
        }
        Section::Picture(picture) => format!(
            "<p>{}</p>\n<div class=\"scroll\">\n{}\n</div>\n",
            escape(&picture.title),
            picture.to_inline_svg()
        ),
        Section::Text(_, text) => format!("<pre>{}</pre>\n", escape(text)),
        Section::Links(links) => {
            let links = links
                .iter()
                .map(|(name, to)| format!("<a href=\"{}\">{}</a>", escape(to), escape(name)));
            format!("<nav>{}</nav>\n", links.collect::<String>())
        }
        Section::Search(ledger) => format!(
            "<form action=\"/search/{}\" method=\"get\"><label>Index, leaf hash, id, key or text \
             <input name=\"q\" maxlength=\"200\"></label> <button>Search</button></form>\n",
            escape(ledger)
        ),
    }
}
