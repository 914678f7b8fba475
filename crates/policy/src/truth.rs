//! Three-valued answers. What cannot be evaluated is neither true nor false: it keeps an Allow from allowing and
//! makes a Deny deny.

/// The answer of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    No,
    Yes,
    /// Cannot be evaluated.
    Doubt,
}

impl Truth {
    pub(crate) fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Yes => Self::No,
            Self::Doubt => Self::Doubt,
        }
    }

    pub(crate) fn not_if(self, negate: bool) -> Self {
        if negate { self.not() } else { self }
    }

    pub(crate) fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Yes => other(),
            Self::Doubt => match other() {
                Self::No => Self::No,
                _ => Self::Doubt,
            },
        }
    }

    /// Yes as soon as one is; else in doubt if one is; else no.
    pub(crate) fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::No;
        for answer in answers {
            match answer {
                Self::Yes => return Self::Yes,
                Self::Doubt => result = Self::Doubt,
                Self::No => {}
            }
        }
        result
    }

    /// No as soon as one is; else in doubt if one is; else yes.
    pub(crate) fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        Self::any(answers.into_iter().map(Self::not)).not()
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, Doubt, No, Yes};

    #[test]
    fn no_beats_doubt_beats_yes_in_and() {
        assert_eq!(Doubt.and(|| No), No);
        assert_eq!(Doubt.and(|| Yes), Doubt);
        assert_eq!(Yes.and(|| Doubt), Doubt);
        assert_eq!(Truth::all([Yes, Doubt, No]), No);
        assert_eq!(Truth::all([]), Yes);
        assert_eq!(Truth::any([No, Doubt]), Doubt);
        assert_eq!(Truth::any([Doubt, Yes]), Yes);
    }
}
