//! JSON on many lines, so that single statements can be shown.

/// A line that is longer than this is not fit to be shown, in bytes.
const LONG: usize = 120;

/// The text with line breaks and indents of its own where it has long lines. Only white space between tokens changes.
pub(super) fn reindent(text: &str) -> String {
    if text.lines().all(|line| line.len() <= LONG) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if quoted {
            out.push(letter);
            quoted = escaped || letter != '"';
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            '"' => {
                quoted = true;
                out.push(letter);
            }
            '{' | '[' => {
                out.push(letter);
                while letters.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                if let Some(close) = letters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(letter);
            }
            ',' => {
                out.push(letter);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            letter if letter.is_ascii_whitespace() => {}
            letter => out.push(letter),
        }
    }
    out
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_stay_as_they_are() {
        let filler = "x".repeat(LONG);
        let text = format!(r#"{{"a" : "b\"{{,\\", "c":[ ],"d":[1,{{"e":"{filler}"}}]}}"#);
        let shown = reindent(&text);
        let expected = format!(
            "{{\n  \"a\": \"b\\\"{{,\\\\\",\n  \"c\": [],\n  \"d\": [\n    1,\n    {{\n      \"e\": \"{filler}\"\n    }}\n  ]\n}}"
        );
        assert_eq!(shown, expected);
        assert_eq!(reindent("{ }"), "{ }");
    }
}
