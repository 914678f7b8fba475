//! The recovery text: a key that is printed once and kept on paper.

use super::SlotError;
use crate::{Random, SecretString, sha256};
use std::fmt::Write;
use zeroize::Zeroizing;

/// Crockford's base32: no I, L, O and U, which are read as other characters.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS: usize = 8;
/// Bytes of the key in a group; one more checks them.
const GROUP_BYTES: usize = 4;
const GROUP_CHARACTERS: usize = 8;

/// 256 random bits as 8 groups of 8 characters. Each group checks itself, so that a mistake in
/// typing is found where it is.
pub struct RecoveryText;

impl RecoveryText {
    /// A new text, such as `7K3M9QTX-...`, in two lines of four groups.
    #[must_use]
    pub fn random(random: &dyn Random) -> SecretString {
        let mut key = Zeroizing::new([0; 32]);
        random.fill(&mut *key);
        Self::render(&key)
    }

    fn render(key: &[u8; 32]) -> SecretString {
        let mut text = Zeroizing::new(String::with_capacity(80));
        for (index, part) in key.chunks_exact(GROUP_BYTES).enumerate() {
            let separator = match index {
                0 => "",
                4 => "\n",
                _ => "-",
            };
            text.push_str(separator);
            let bits = part
                .iter()
                .chain([&check(index, part)])
                .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            for place in (0..GROUP_CHARACTERS).rev() {
                let digit = usize::try_from(bits >> (5 * place) & 31).unwrap_or_default();
                // INVARIANT: five bits are below 32.
                let character = ALPHABET.get(digit).copied().unwrap_or_default();
                // Writing to a string does not fail.
                let _ = write!(text, "{}", char::from(character));
            }
        }
        SecretString::new(text.to_string())
    }

    /// The key of a text, in whatever case and with whatever spaces and dashes it was typed.
    ///
    /// # Errors
    /// [`SlotError::RecoveryLength`] or [`SlotError::RecoveryGroup`] with the group's number from 1.
    pub(super) fn parse(text: &str) -> Result<Zeroizing<[u8; 32]>, SlotError> {
        let typed: Zeroizing<Vec<char>> = Zeroizing::new(
            text.chars()
                .filter(|character| !character.is_whitespace() && *character != '-')
                .collect(),
        );
        if typed.len() != GROUPS * GROUP_CHARACTERS {
            return Err(SlotError::RecoveryLength(typed.len()));
        }
        let mut key = Zeroizing::new([0; 32]);
        let groups = typed.chunks_exact(GROUP_CHARACTERS);
        for (index, (group, part)) in groups.zip(key.chunks_exact_mut(GROUP_BYTES)).enumerate() {
            let wrong = || SlotError::RecoveryGroup(index + 1);
            let mut bits = 0_u64;
            for character in group {
                bits = bits << 5 | value(*character).ok_or_else(wrong)?;
            }
            let [_, _, _, bytes @ .., checked] = bits.to_be_bytes();
            part.copy_from_slice(&bytes);
            if check(index, part) != checked {
                return Err(wrong());
            }
        }
        Ok(key)
    }
}

fn value(character: char) -> Option<u64> {
    let character = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let digit = ALPHABET
        .iter()
        .position(|known| char::from(*known) == character)?;
    u64::try_from(digit).ok()
}

/// Eight bits that depend on the group's place too, so that groups in another order are found.
fn check(index: usize, part: &[u8]) -> u8 {
    let place = u8::try_from(index).unwrap_or_default();
    let text = Zeroizing::new([b"claviger recovery v1 ".as_slice(), &[place], part].concat());
    let [first, ..] = sha256(&text);
    first
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "the texts are ASCII")]
mod tests {
    use super::*;
    use crate::SeededRandom;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_read_as_people_type_it() {
        let text = RecoveryText::random(&SeededRandom::new(1));
        let text = text.expose();
        assert_eq!(text.lines().count(), 2);
        assert_eq!(text.len(), 8 * 8 + 7);
        let key = RecoveryText::parse(text).unwrap();
        assert_eq!(RecoveryText::render(&key).expose(), text);
        let typed = [
            text.to_lowercase(),
            text.replace(['-', '\n'], ""),
            text.replace('-', " ").replace('0', "O").replace('1', "l"),
            format!("\r\n {text} \n"),
        ];
        for typed in typed {
            assert_eq!(RecoveryText::parse(&typed).unwrap(), key, "{typed}");
        }
    }

    #[test]
    fn mistakes_are_found_in_their_groups() {
        let text = RecoveryText::random(&SeededRandom::new(2));
        let plain = text.expose().replace(['-', '\n'], "");
        let mut found = 0;
        for index in 0..plain.len() {
            let mut changed: Vec<char> = plain.chars().collect();
            changed[index] = if changed[index] == '2' { '3' } else { '2' };
            let changed: String = changed.into_iter().collect();
            match RecoveryText::parse(&changed) {
                Err(SlotError::RecoveryGroup(group)) => {
                    assert_eq!(group, index / 8 + 1);
                    found += 1;
                }
                Err(other) => panic!("{other}"),
                // One of 256; the seal finds it then.
                Ok(_) => {}
            }
        }
        assert!(found > 60, "{found} of 64");
        let swapped = format!("{}{}{}", &plain[8..16], &plain[..8], &plain[16..]);
        assert!(matches!(
            RecoveryText::parse(&swapped),
            Err(SlotError::RecoveryGroup(1 | 2))
        ));
        assert!(matches!(
            RecoveryText::parse(&plain[1..]),
            Err(SlotError::RecoveryLength(63))
        ));
        assert!(matches!(
            RecoveryText::parse(&plain.replace(&plain[..1], "U")),
            Err(SlotError::RecoveryGroup(1))
        ));
    }

    proptest! {
        #[test]
        fn keys_survive_the_paper(key in prop::array::uniform32(any::<u8>())) {
            let text = RecoveryText::render(&key);
            prop_assert_eq!(*RecoveryText::parse(text.expose()).unwrap(), key);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}") {
            let _ = RecoveryText::parse(&text);
        }
    }
}
