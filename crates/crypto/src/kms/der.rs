//! The little DER that is written by hand (ITU-T X.690).

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// A value of a type: tag, length, and the parts one after the other.
pub(super) fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut written = Vec::with_capacity(length + 6);
    written.push(tag);
    write_length(&mut written, length);
    for part in parts {
        written.extend_from_slice(part);
    }
    written
}

fn write_length(written: &mut Vec<u8>, length: usize) {
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => written.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let long: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
            // INVARIANT: a length has at most 8 bytes.
            written.push(0x80 | long.len() as u8);
            written.extend_from_slice(&long);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short_below_128_and_minimal_above() {
        assert_eq!(value(SEQUENCE, &[]), [0x30, 0]);
        assert_eq!(
            value(OCTET_STRING, &[b"a", b"bc"]),
            [4, 3, b'a', b'b', b'c']
        );
        assert_eq!(value(4, &[&[0; 127]])[..2], [4, 127]);
        assert_eq!(value(4, &[&[0; 128]])[..3], [4, 0x81, 128]);
        assert_eq!(value(4, &[&[0; 256]])[..4], [4, 0x82, 1, 0]);
        assert_eq!(value(4, &[&[0; 65536]])[..5], [4, 0x83, 1, 0, 0]);
    }
}
