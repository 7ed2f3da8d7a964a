//! Long lines in a terminal: broken between words, and what goes on stands further in than where its line begins, so that a list stays a list. What
//! goes into a file or a pipe is left as it is.

use terminal_size::Width;

/// A part of the width may be spent on standing further in.
const INDENT_MAX: usize = 3;

/// A text as it fits the terminal to which it goes.
pub fn fitted(text: &str) -> String {
    match terminal_size::terminal_size_of(std::io::stdout()) {
        Some((Width(width), _)) if width > 0 => within(text, usize::from(width)),
        _ => text.to_owned(),
    }
}

fn within(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        broken(line, width, &mut out);
        out.push_str(end);
    }
    out
}

fn broken(line: &str, width: usize, out: &mut String) {
    let own = line.chars().take_while(|c| *c == ' ').count();
    let further = (own + 4).min(width / INDENT_MAX);
    let mut used = own.min(width / INDENT_MAX);
    out.extend(std::iter::repeat_n(' ', used));
    let mut first = true;
    for word in line.trim_start_matches(' ').split(' ') {
        let length = word.chars().count();
        if !first && used + 1 + length > width {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', further));
            used = further;
        } else if !first {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn a_line_is_broken_between_words_and_goes_on_further_in() {
        let text = "HEAD\n  1. un1988: one two three four\n\n  req.purpose: x\n";
        assert_eq!(within(text, 18), "HEAD\n  1. un1988: one\n      two three\n      four\n\n  req.purpose: x\n");
        assert_eq!(within(text, 80), text);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_but_a_word_that_is_wider_itself_and_no_word_is_lost() {
        let text = "     a line with several words (un1988 art 7(10)(f)) *unconfirmed*\n  and-a-word-that-is-wider-than-it x\nend";
        for width in [1, 10, 24, 40] {
            let broken = within(text, width);
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&broken), words(text), "{width}");
            for line in broken.lines().filter(|line| line.chars().count() > width) {
                assert_eq!(words(line).len(), 1, "{width}: {line:?}");
            }
        }
    }
}
