//! Yes, no, or not to be told.

/// The answer to a question about a request. What cannot be told never allows and always denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// The request or the policy holds something that cannot be understood.
    Unsure,
}

impl Answer {
    /// Yes or no.
    #[must_use]
    pub fn of(truth: bool) -> Self {
        if truth { Self::Yes } else { Self::No }
    }

    /// The opposite; what cannot be told stays so.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unsure => Self::Unsure,
        }
    }

    /// Whether all are so: one no settles it.
    #[must_use]
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        let answers: Vec<Self> = answers.into_iter().collect();
        if answers.contains(&Self::No) {
            Self::No
        } else if answers.contains(&Self::Unsure) {
            Self::Unsure
        } else {
            Self::Yes
        }
    }

    /// Whether at least one is so: one yes settles it.
    #[must_use]
    pub fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        Self::all(answers.into_iter().map(Self::opposite)).opposite()
    }
}
