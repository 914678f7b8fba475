//! Fingerprints of short texts, to pass over most of those that differ. Different texts may share one, and a caller
//! may choose texts that do: whoever finds a fingerprint compares the texts too.

/// The fingerprint of a text.
#[inline]
pub(crate) fn of(text: &[u8]) -> u64 {
    let fold =
        |hash: u64, word: u64| (hash.rotate_left(26) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (words, rest) = text.as_chunks::<8>();
    let start = fold(0x2545_f491_4f6c_dd1d, text.len() as u64);
    let hash = words
        .iter()
        .fold(start, |hash, word| fold(hash, u64::from_le_bytes(*word)));
    let hash = fold(hash, word(rest));
    hash ^ (hash >> 32)
}

/// Makes a number whose high bits depend on all bits of another.
#[inline]
pub(crate) fn mix(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The first eight bytes of a text as a number, the first one lowest; missing ones are zero.
#[inline]
pub(crate) fn word(text: &[u8]) -> u64 {
    if let Some(first) = text.first_chunk::<8>() {
        return u64::from_le_bytes(*first);
    }
    text.iter()
        .rev()
        .fold(0, |word, byte| (word << 8) | u64::from(*byte))
}

/// Two texts with one fingerprint, as an attacker could choose them.
#[cfg(test)]
pub(crate) const TWINS: [&str; 2] = ["collides-service", "f1lw09br6spuyyeq"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_have_one_fingerprint() {
        let [one, other] = TWINS;
        assert_ne!(one, other);
        assert_eq!(of(one.as_bytes()), of(other.as_bytes()));
    }

    #[test]
    fn ends_and_lengths_count() {
        let texts: [&[u8]; 6] = [
            b"",
            b"\0",
            b"\0\0",
            b"abcdefgh",
            b"abcdefghi",
            b"abcdefgh\0",
        ];
        for (at, one) in texts.iter().enumerate() {
            for other in &texts[at + 1..] {
                assert_ne!(of(one), of(other));
            }
        }
        assert_eq!(word(b"ab"), 0x6261);
        assert_eq!(word(b"abcdefghij"), word(b"abcdefgh"));
    }
}
