//! The texts of actions: the one that a request asks for, and the patterns of statements.

use crate::document::Texts;
use crate::fingerprint;
use crate::glob::Glob;

/// Bytes that texts of actions are compared by at once.
pub(crate) const WORD: usize = 8;

/// Longer than any name of an action: what is longer costs an allocation.
const USUAL: usize = 15 * WORD;

/// Letters of a name that tell actions of one service apart, as bits of the name's first word.
pub(crate) const BEGINNING: usize = 3;

/// The action of a request, ready to be looked up.
pub(crate) struct Asked {
    lower: Lower,
    /// The fingerprint of the service.
    pub(crate) service: u64,
    /// The fingerprint of the service and the beginning of the name.
    pub(crate) beginning: u64,
}

/// A text in ASCII lower case, with zeros behind it that make the words full.
enum Lower {
    Usual { bytes: [u8; USUAL], len: usize },
    Long { bytes: Box<[u8]>, len: usize },
}

impl Lower {
    fn new(text: &str) -> Self {
        let len = text.len();
        let mut bytes = [0; USUAL];
        if let Some(place) = bytes.get_mut(..len) {
            place.copy_from_slice(text.as_bytes());
            place.make_ascii_lowercase();
            return Self::Usual { bytes, len };
        }
        let mut bytes = text.to_ascii_lowercase().into_bytes();
        bytes.resize(len.next_multiple_of(WORD), 0);
        Self::Long {
            bytes: bytes.into(),
            len,
        }
    }

    #[inline]
    fn padded(&self) -> (&[u8], usize) {
        match self {
            Self::Usual { bytes, len } => (bytes, *len),
            Self::Long { bytes, len } => (bytes, *len),
        }
    }
}

impl Asked {
    pub(crate) fn new(action: &str) -> Self {
        let lower = Lower::new(action);
        let (bytes, len) = lower.padded();
        let (service, name) = halves(bytes.get(..len).unwrap_or_default());
        let service = fingerprint::of(service);
        Self {
            service,
            beginning: beginning(service, name),
            lower,
        }
    }

    /// In ASCII lower case.
    #[inline]
    pub(crate) fn text(&self) -> &[u8] {
        let (bytes, len) = self.lower.padded();
        bytes.get(..len).unwrap_or_default()
    }

    /// The text in words, the last one filled up with zeros.
    #[inline]
    pub(crate) fn words(&self) -> &[[u8; WORD]] {
        self.lower.padded().0.as_chunks().0
    }

    /// How long the text is, in bytes.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.lower.padded().1
    }
}

/// The service before the first colon, and the name behind it.
pub(crate) fn halves(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| *byte == b':') {
        Some(at) => (
            text.get(..at).unwrap_or_default(),
            text.get(at + 1..).unwrap_or_default(),
        ),
        None => (text, &[]),
    }
}

/// A fingerprint of a service and the first letters of a name.
#[inline]
pub(crate) fn beginning(service: u64, name: &[u8]) -> u64 {
    let letters = fingerprint::word(name.get(..BEGINNING).unwrap_or(name));
    fingerprint::mix(service ^ letters)
}

/// A compiled `Action` or `NotAction` element.
#[derive(Debug, Clone)]
pub(crate) struct ActionTest {
    pub(crate) negated: bool,
    /// In lower case.
    pub(crate) patterns: Box<[Glob]>,
}

impl ActionTest {
    pub(crate) fn compile(texts: Option<&Texts>) -> Self {
        let patterns = texts.map_or(&[][..], |texts| &texts.values);
        Self {
            negated: texts.is_some_and(|texts| texts.negated),
            patterns: patterns
                .iter()
                .map(|text| Glob::compile_lower(&text.value))
                .collect(),
        }
    }

    /// Every action.
    pub(crate) fn all() -> Self {
        Self {
            negated: false,
            patterns: [Glob::compile_lower("*")].into(),
        }
    }

    pub(crate) fn matches(&self, asked: &Asked) -> bool {
        let action = asked.text();
        self.patterns
            .iter()
            .any(|pattern| pattern.matches_bytes(action))
            != self.negated
    }
}
