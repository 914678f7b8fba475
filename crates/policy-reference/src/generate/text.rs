//! Texts that nearly match.

use crate::random::Random;

/// A pattern made of a text: some of its letters become wildcards.
pub(super) fn pattern(random: &mut Random, text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.is_empty() {
        return random.pick(&["*", ""]).to_owned();
    }
    let from = random.below(letters.len());
    let to = from + random.below(letters.len() - from + 1);
    let head: String = letters[..from].iter().collect();
    let tail: String = letters[to..].iter().collect();
    match random.below(5) {
        0 => format!("{head}*"),
        1 => format!("*{tail}"),
        2 => format!("{head}*{tail}"),
        3 => head + &"?".repeat(to - from) + &tail,
        _ => format!("{head}?*{tail}"),
    }
}

/// A text that is nearly the same.
pub(super) fn near(random: &mut Random, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = random.below(letters.len() + 1);
    match random.below(5) {
        0 => letters.insert(at, 'x'),
        1 if at < letters.len() => {
            letters.remove(at);
        }
        2 if at < letters.len() => letters[at] = 'z',
        3 => return swap_case(text),
        _ => letters.push(
            random
                .pick(&["x", "/", "1", "?"])
                .chars()
                .next()
                .unwrap_or('x'),
        ),
    }
    letters.into_iter().collect()
}

/// Upper case for lower case and the other way round.
pub(super) fn swap_case(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_ascii_lowercase() {
                letter.to_ascii_uppercase()
            } else {
                letter.to_ascii_lowercase()
            }
        })
        .collect()
}
