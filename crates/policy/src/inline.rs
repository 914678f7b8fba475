//! Short texts that lie where they are needed: each one elsewhere is a place in memory more to wait for.

/// Bytes, of which up to `N` cost no allocation. `N` is below 256.
#[derive(Clone)]
pub(crate) enum Inline<const N: usize> {
    Here { len: u8, bytes: [u8; N] },
    Elsewhere(Box<[u8]>),
}

impl<const N: usize> Inline<N> {
    pub(crate) fn new(text: &[u8]) -> Self {
        let mut bytes = [0; N];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(len)) => {
                place.copy_from_slice(text);
                Self::Here { len, bytes }
            }
            _ => Self::Elsewhere(text.into()),
        }
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Here { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Elsewhere(bytes) => bytes,
        }
    }

    /// Bytes that came from a `str`.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl<const N: usize> std::fmt::Debug for Inline<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.as_bytes().escape_ascii())
    }
}

impl<const N: usize> PartialEq for Inline<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl<const N: usize> Eq for Inline<N> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        for len in 0..300 {
            let text = vec![b'a'; len];
            assert_eq!(Inline::<8>::new(&text).as_bytes(), text);
            assert_eq!(Inline::<255>::new(&text).as_str().len(), len);
        }
    }

    #[test]
    fn texts_are_compared_wherever_they_lie() {
        let text = |text: &str| Inline::<4>::new(text.as_bytes());
        assert!(text("abc") == text("abc") && text("abcde") == text("abcde"));
        assert!(
            text("abc") != text("abd") && text("abcde") != text("abcd") && text("") != text("\0")
        );
        assert_eq!(format!("{:?}", text("ab")), "ab");
    }
}
