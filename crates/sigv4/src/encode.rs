//! Hexadecimal and AWS's `UriEncode`.

const LOWER: &[u8; 16] = b"0123456789abcdef";
const UPPER: &[u8; 16] = b"0123456789ABCDEF";

fn digit(alphabet: &[u8; 16], nibble: u8) -> u8 {
    alphabet
        .get(usize::from(nibble & 15))
        .copied()
        .unwrap_or(b'0')
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(digit(LOWER, byte >> 4)));
        text.push(char::from(digit(LOWER, *byte)));
    }
    text
}

/// Appends `bytes` with everything but `A-Z a-z 0-9 - . _ ~` percent-encoded;
/// a slash stays as it is when `keep_slash`.
pub(crate) fn percent_encode_into(out: &mut Vec<u8>, bytes: &[u8], keep_slash: bool) {
    for &byte in bytes {
        let plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~')
            || (keep_slash && byte == b'/');
        if plain {
            out.push(byte);
        } else {
            out.extend([b'%', digit(UPPER, byte >> 4), digit(UPPER, byte)]);
        }
    }
}

/// [`percent_encode_into`] a new text, slashes encoded.
pub(crate) fn percent_encode(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len());
    percent_encode_into(&mut out, bytes, false);
    String::from_utf8(out).unwrap_or_default()
}

fn nibble(byte: Option<&u8>) -> Option<u8> {
    char::from(*byte?)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// Undoes percent-encoding; a `%` that no two hexadecimal digits follow stands for
/// itself. `plus_is_space` is the rule of forms, which AWS follows in queries.
pub(crate) fn percent_decode(bytes: &[u8], plus_is_space: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'%' => match (nibble(tail.first()), nibble(tail.get(1))) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = tail.get(2..).unwrap_or_default();
                }
                _ => out.push(b'%'),
            },
            b'+' if plus_is_space => out.push(b' '),
            _ => out.push(byte),
        }
    }
    out
}

/// The pairs of a query, decoded, in the order they stand there. A key without
/// `=` has an empty value; empty pieces between `&` are no pairs.
pub(crate) fn query_pairs(query: &str) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> + '_ {
    query
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
            (
                percent_decode(key.as_bytes(), true),
                percent_decode(value.as_bytes(), true),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreserved_characters_stay() {
        assert_eq!(percent_encode(b"aZ09-._~"), "aZ09-._~");
        assert_eq!(percent_encode("ሴ/ +".as_bytes()), "%E1%88%B4%2F%20%2B");
        let mut path = Vec::new();
        percent_encode_into(&mut path, b"/a%b/", true);
        assert_eq!(path, b"/a%25b/");
    }

    #[test]
    fn broken_escapes_stand_for_themselves() {
        assert_eq!(percent_decode(b"%41%4", false), b"A%4");
        assert_eq!(percent_decode(b"%zz+%", true), b"%zz %");
        assert_eq!(percent_decode(b"a+b", false), b"a+b");
    }

    #[test]
    fn hexadecimal_is_lower_case() {
        assert_eq!(hex(&[0, 0xAB, 0xFF]), "00abff");
    }

    #[test]
    fn pairs_keep_order_and_empty_values() {
        let pairs: Vec<_> = query_pairs("b=1&a&&=x&c=%3D=").collect();
        let expected: [(&[u8], &[u8]); 4] = [(b"b", b"1"), (b"a", b""), (b"", b"x"), (b"c", b"==")];
        assert_eq!(pairs.len(), expected.len());
        for ((key, value), (wanted_key, wanted_value)) in pairs.iter().zip(expected) {
            assert_eq!(
                (key.as_slice(), value.as_slice()),
                (wanted_key, wanted_value)
            );
        }
    }
}
