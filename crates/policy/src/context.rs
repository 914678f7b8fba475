//! The condition keys of one request.

use std::ops::Range;

use crate::fingerprint;
use crate::inline::Inline;

/// Most names of keys are shorter.
const NAME: usize = 30;

/// The condition keys of one request and their values.
///
/// Names compare without regard to letter case, tag keys (`aws:ResourceTag/Team`) included. A key is either
/// single-valued ([`Context::set`]) or multivalued ([`Context::set_many`]); conditions treat the two differently.
///
/// All names and values lie in one buffer, each value behind its name, so that a context costs few allocations, and
/// none when it is [cleared](Context::clear) and filled again. Setting a key again leaves its old value in the buffer
/// until then. The buffer holds at most 4 GiB.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// One bit for each name, by the fingerprint, to know most of those that are not there.
    seen: u64,
    entries: Vec<Entry>,
    /// Names in lower case and values.
    texts: String,
    /// The places of the values of multivalued keys.
    lists: Vec<Place>,
}

/// A place in a buffer.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    from: u32,
    to: u32,
}

impl Place {
    fn new(from: usize, to: usize) -> Self {
        // What does not fit lies nowhere.
        let [from, to] = [from, to].map(|at| u32::try_from(at).unwrap_or(u32::MAX));
        Self { from, to }
    }

    fn range(self) -> Range<usize> {
        self.from as usize..self.to as usize
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The fingerprint of the name.
    mark: u32,
    many: bool,
    name: Place,
    /// In `texts`, or in `lists` when there may be many.
    values: Place,
}

/// The value or values of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// A single-valued key.
    One(Box<str>),
    /// A multivalued key; the list may be empty.
    Many(Box<[Box<str>]>),
}

/// [`Values`], borrowed from a context.
#[derive(Debug, Clone, Copy)]
pub(crate) enum View<'c> {
    One(&'c str),
    Many(Many<'c>),
}

/// The values of a multivalued key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Many<'c> {
    places: &'c [Place],
    texts: &'c str,
}

impl<'c> Many<'c> {
    pub(crate) fn is_empty(self) -> bool {
        self.places.is_empty()
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'c str> {
        self.places
            .iter()
            .map(move |place| self.texts.get(place.range()).unwrap_or_default())
    }
}

impl View<'_> {
    fn to_values(self) -> Values {
        match self {
            Self::One(value) => Values::One(value.into()),
            Self::Many(values) => Values::Many(values.iter().map(Into::into).collect()),
        }
    }

    /// Whether every value is the empty text; so of no values.
    pub(crate) fn is_blank(self) -> bool {
        match self {
            Self::One(value) => value.is_empty(),
            Self::Many(values) => values.places.iter().all(|place| place.from == place.to),
        }
    }
}

/// The name of a key, ready to be looked up in any context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    mark: u32,
    /// Lower case.
    text: Inline<NAME>,
}

impl Name {
    pub(crate) fn new(key: &str) -> Self {
        let text = key.to_lowercase();
        Self {
            mark: mark(text.as_bytes()),
            text: Inline::new(text.as_bytes()),
        }
    }

    /// In lower case.
    pub(crate) fn as_str(&self) -> &str {
        self.text.as_str()
    }
}

fn mark(name: &[u8]) -> u32 {
    (fingerprint::of(name) >> 32) as u32
}

fn bit(mark: u32) -> u64 {
    1 << (mark >> 26)
}

impl Context {
    /// A context without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A context without keys that has room for about so many.
    #[must_use]
    pub fn with_capacity(keys: usize) -> Self {
        Self {
            seen: 0,
            entries: Vec::with_capacity(keys),
            texts: String::with_capacity(56 * keys),
            lists: Vec::new(),
        }
    }

    /// Removes all keys and keeps the memory for those of the next request.
    pub fn clear(&mut self) {
        self.seen = 0;
        self.entries.clear();
        self.texts.clear();
        self.lists.clear();
    }

    /// Sets a single-valued key, in place of what it had.
    pub fn set(&mut self, key: &str, value: impl AsRef<str>) -> &mut Self {
        let at = self.entry(key);
        let values = self.push(value.as_ref());
        self.put(at, false, values);
        self
    }

    /// Sets a multivalued key, in place of what it had. An empty list is a key that is there with no values.
    pub fn set_many<V: AsRef<str>>(
        &mut self,
        key: &str,
        values: impl IntoIterator<Item = V>,
    ) -> &mut Self {
        let at = self.entry(key);
        let from = self.lists.len();
        for value in values {
            let place = self.push(value.as_ref());
            self.lists.push(place);
        }
        let values = Place::new(from, self.lists.len());
        self.put(at, true, values);
        self
    }

    /// Removes a key; returns whether it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        let name = Name::new(key);
        let found = self.place(name.mark, name.text.as_bytes());
        if let Some(at) = found {
            self.entries.remove(at);
        }
        found.is_some()
    }

    /// The values of a key.
    #[must_use]
    pub fn values(&self, key: &str) -> Option<Values> {
        self.view(&Name::new(key)).map(View::to_values)
    }

    /// All keys, names in lower case, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Values)> {
        let mut keys: Vec<(&str, Values)> = self
            .entries
            .iter()
            .map(|entry| (self.name(entry), self.view_of(entry).to_values()))
            .collect();
        keys.sort_unstable_by_key(|(name, _)| *name);
        keys.into_iter()
    }

    fn push(&mut self, text: &str) -> Place {
        let from = self.texts.len();
        self.texts.push_str(text);
        Place::new(from, self.texts.len())
    }

    /// The index of a key's entry, which is made when there is none.
    fn entry(&mut self, key: &str) -> usize {
        let from = self.texts.len();
        let name = if key.is_ascii() {
            let name = self.push(key);
            if let Some(name) = self.texts.get_mut(from..) {
                name.make_ascii_lowercase();
            }
            name
        } else {
            self.push(&key.to_lowercase())
        };
        let text = self.texts.get(from..).unwrap_or_default().as_bytes();
        let mark = mark(text);
        if let Some(at) = self.place(mark, text) {
            self.texts.truncate(from);
            return at;
        }
        self.seen |= bit(mark);
        self.entries.push(Entry {
            mark,
            many: false,
            name,
            values: Place::default(),
        });
        self.entries.len() - 1
    }

    fn put(&mut self, at: usize, many: bool, values: Place) {
        if let Some(entry) = self.entries.get_mut(at) {
            *entry = Entry {
                many,
                values,
                ..*entry
            };
        }
    }

    fn name(&self, entry: &Entry) -> &str {
        self.texts.get(entry.name.range()).unwrap_or_default()
    }

    #[inline]
    fn place(&self, mark: u32, lower: &[u8]) -> Option<usize> {
        if self.seen & bit(mark) == 0 {
            return None;
        }
        self.entries
            .iter()
            .position(|entry| entry.mark == mark && self.name(entry).as_bytes() == lower)
    }

    fn view_of(&self, entry: &Entry) -> View<'_> {
        if entry.many {
            View::Many(Many {
                places: self.lists.get(entry.values.range()).unwrap_or_default(),
                texts: &self.texts,
            })
        } else {
            View::One(self.texts.get(entry.values.range()).unwrap_or_default())
        }
    }

    /// The values of a key.
    pub(crate) fn view(&self, name: &Name) -> Option<View<'_>> {
        let at = self.place(name.mark, name.text.as_bytes())?;
        self.entries.get(at).map(|entry| self.view_of(entry))
    }

    pub(crate) fn has(&self, name: &Name) -> bool {
        self.place(name.mark, name.text.as_bytes()).is_some()
    }
}

impl PartialEq for Context {
    fn eq(&self, other: &Self) -> bool {
        self.entries.len() == other.entries.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Context {}

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
            Some(Values::One("blue".into()))
        );
        assert_eq!(context.iter().count(), 1);
        assert!(context.remove("aws:ResourceTag/team") && !context.remove("aws:ResourceTag/team"));
    }

    #[test]
    fn a_key_may_change_its_form_and_names_need_not_be_ascii() {
        let mut context = Context::new();
        context
            .set("k:Ä", "one")
            .set_many("k:ä", ["a", ""])
            .set_many("k:none", [""; 0])
            .set("k:b", "");
        let many = |values: &[&str]| Values::Many(values.iter().map(|v| (*v).into()).collect());
        assert_eq!(context.values("K:Ä"), Some(many(&["a", ""])));
        assert_eq!(context.values("k:none"), Some(many(&[])));
        assert_eq!(context.values("k:n"), None);
        let names: Vec<&str> = context.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["k:b", "k:none", "k:ä"]);
        let mut other = Context::new();
        other
            .set("k:B", "")
            .set_many("k:NONE", [""; 0])
            .set_many("k:ä", ["a", ""]);
        assert_eq!(context, other);
        context.clear();
        assert_eq!(context, Context::new());
    }

    #[test]
    fn names_with_one_fingerprint_stay_apart() {
        let [one, other] = fingerprint::TWINS;
        let value = |context: &Context, key| match context.values(key) {
            Some(Values::One(value)) => value.to_string(),
            _ => String::new(),
        };
        let mut context = Context::new();
        context.set(one, "1");
        assert_eq!((&*value(&context, one), context.values(other)), ("1", None));
        assert!(context.has(&Name::new(one)) && !context.has(&Name::new(other)));
        context.set(other, "2");
        assert_eq!(
            (value(&context, one), value(&context, other)),
            ("1".into(), "2".into())
        );
        assert!(context.remove(one) && !context.remove(one));
        assert_eq!((context.values(one), &*value(&context, other)), (None, "2"));
    }

    #[test]
    fn contexts_differ_by_every_name_and_value() {
        let context = |pairs: &[(&str, &str)]| {
            let mut context = Context::new();
            for (key, value) in pairs {
                context.set(key, value);
            }
            context
        };
        let two = context(&[("k:a", "1"), ("k:b", "2")]);
        assert_eq!(two, context(&[("k:b", "2"), ("K:A", "1")]));
        for other in [
            context(&[("k:a", "1")]),
            context(&[("k:a", "1"), ("k:b", "3")]),
            context(&[("k:a", "1"), ("k:c", "2")]),
        ] {
            assert_ne!(two, other);
        }
    }
}
