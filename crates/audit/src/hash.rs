//! The hash that chains records.

/// SHA-256 over the concatenation of the parts.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = crypto::Sha256::new();
    parts.iter().for_each(|part| digest.update(part));
    digest.finish()
}

#[cfg(test)]
mod tests {
    #[test]
    fn knows_the_standards_example() {
        let digest = super::sha256(&[b"a", b"bc"]);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
