//! The condition keys of one request.

/// The condition keys of one request and their values.
///
/// Names compare without regard to letter case, tag keys (`aws:ResourceTag/Team`) included. A key is either
/// single-valued ([`Context::set`]) or multivalued ([`Context::set_many`]); conditions treat the two differently.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// Sorted by name; names are in lower case.
    entries: Vec<(Box<str>, Values)>,
}

/// The value or values of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// A single-valued key.
    One(Box<str>),
    /// A multivalued key; the list may be empty.
    Many(Box<[Box<str>]>),
}

impl Values {
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Box<str>> {
        match self {
            Self::One(value) => std::slice::from_ref(value).iter(),
            Self::Many(values) => values.iter(),
        }
    }
}

impl Context {
    /// A context without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a single-valued key, in place of what it had.
    pub fn set(&mut self, key: &str, value: impl Into<Box<str>>) -> &mut Self {
        self.insert(key, Values::One(value.into()))
    }

    /// Sets a multivalued key, in place of what it had. An empty list is a key that is there with no values.
    pub fn set_many<V: Into<Box<str>>>(
        &mut self,
        key: &str,
        values: impl IntoIterator<Item = V>,
    ) -> &mut Self {
        self.insert(
            key,
            Values::Many(values.into_iter().map(Into::into).collect()),
        )
    }

    /// Removes a key; returns whether it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        let found = self.place(&key.to_lowercase());
        if let Ok(at) = found {
            self.entries.remove(at);
        }
        found.is_ok()
    }

    /// The values of a key.
    #[must_use]
    pub fn values(&self, key: &str) -> Option<&Values> {
        self.lower(&key.to_lowercase())
    }

    /// All keys, names in lower case, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Values)> {
        self.entries.iter().map(|(name, values)| (&**name, values))
    }

    fn insert(&mut self, key: &str, values: Values) -> &mut Self {
        let name = key.to_lowercase();
        match self.place(&name) {
            Ok(at) => {
                if let Some(entry) = self.entries.get_mut(at) {
                    entry.1 = values;
                }
            }
            Err(at) => self.entries.insert(at, (name.into(), values)),
        }
        self
    }

    fn place(&self, lower: &str) -> Result<usize, usize> {
        self.entries
            .binary_search_by(|(name, _)| (**name).cmp(lower))
    }

    /// The values of a key whose name is already in lower case.
    pub(crate) fn lower(&self, lower: &str) -> Option<&Values> {
        let at = self.place(lower).ok()?;
        self.entries.get(at).map(|(_, values)| values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_the_last_value_stays() {
        let mut context = Context::new();
        context
            .set("aws:ResourceTag/Team", "red")
            .set("AWS:resourcetag/TEAM", "blue");
        assert_eq!(
            context.values("aws:resourceTag/team"),
            Some(&Values::One("blue".into()))
        );
        assert_eq!(context.iter().count(), 1);
        assert!(context.remove("aws:ResourceTag/team") && !context.remove("aws:ResourceTag/team"));
    }
}
