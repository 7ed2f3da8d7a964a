//! Documents as lines for people: the few ways in which all commands print.

use serde_json::Value;

/// The text of a member, or of what stands in its place.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => printable(text),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// What others wrote, without what would drive a terminal.
pub fn printable(text: &str) -> String {
    let hidden = |c: char| {
        // Control characters, and those that turn the direction of a line.
        (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// The first so many digits of a digest; enough to name it here.
pub fn short(value: &Value) -> String {
    value.as_str().unwrap_or_default().chars().take(12).collect()
}

/// A list's items.
pub fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["items"].as_array().into_iter().flatten()
}

/// A list, one line for each item, with what to say if there is none, and how to go on.
pub fn list(list: &Value, none: &str, line: impl FnMut(&Value) -> String) -> String {
    let mut lines: Vec<String> = items(list).map(line).collect();
    if lines.is_empty() {
        lines.push(none.to_owned());
    }
    if !list["next"].is_null() {
        lines.push(format!("More: --after {}", text(&list["next"])));
    }
    lines.join("\n")
}

/// Columns of which all but the last are as wide as their widest cell.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(at, cell)| format!("{cell:<width$}", width = widths[at]));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_others_wrote_drives_no_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}c\nd"), "a\u{fffd}[2Jb\u{fffd}c\nd");
        assert_eq!(text(&json!(["es", "fr\u{7}"])), "es, fr\u{fffd}");
    }

    #[test]
    fn a_table_lines_up_and_a_list_says_how_to_go_on() {
        assert_eq!(table(&[vec!["a".into(), "bc".into()], vec!["añb".into(), String::new()]]), "a    bc\nañb");
        let page = json!({"items": [{"n": 1}], "next": 7});
        assert_eq!(list(&page, "Nothing.", |item| text(&item["n"])), "1\nMore: --after 7");
        assert_eq!(list(&json!({"items": [], "next": null}), "Nothing.", |_| String::new()), "Nothing.");
    }
}
