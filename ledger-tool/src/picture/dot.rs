//! Pictures for Graphviz.

use super::{Alphabet, Node, Picture, Role};

pub(super) fn render(picture: &Picture, nodes: &[Node]) -> String {
    let mut dot = format!(
        "digraph {{\n  label={};\n  labelloc=t;\n  node [shape=box, fontname=monospace, fontsize=10];\n  \
         edge [arrowhead=none, fontname=monospace, fontsize=9];\n",
        quoted(&picture.title)
    );
    for (at, node) in nodes.iter().enumerate() {
        let note = format!("{} {}", node.role.sign(Alphabet::Ascii), node.note);
        let lines: Vec<&str> = node.lines.iter().map(String::as_str).collect();
        let label = [lines.as_slice(), &[note.as_str()]].concat().join("\n");
        let style = match node.role {
            Role::Computed => "color=gray40",
            Role::Given => "color=\"#0072b2\", penwidth=2",
            Role::Subject => "color=\"#009e73\", penwidth=3",
            Role::Elided => "color=gray60, style=dashed",
            Role::Absent => "color=\"#e69f00\", style=dotted, penwidth=3",
            Role::Wrong => "color=\"#d55e00\", penwidth=4, peripheries=2",
            Role::Evidence => "color=\"#9a5a8a\", penwidth=2, shape=folder",
        };
        let (label, tip) = (quoted(&label), quoted(&node.detail));
        dot += &format!("  n{at} [label={label}, tooltip={tip}, {style}];\n");
        if let Some(parent) = node.parent {
            let edge = quoted(&node.edge);
            dot += &format!("  n{parent} -> n{at} [label={edge}];\n");
        }
    }
    dot + "}\n"
}

/// A quoted string in which nothing is an escape but a new line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\n' => quoted += "\\n",
            // Graphviz reads entities of HTML in every label.
            '&' => quoted += "&amp;",
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_it() {
        assert_eq!(quoted("a\"b\\n\n&lt;"), r#""a\"b\\n\n&amp;lt;""#);
    }
}
