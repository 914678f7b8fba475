//! Which statements are about an action: patterns by service, so that a decision looks at few of them.

use std::ops::Range;

use crate::document::Texts;
use crate::fingerprint;
use crate::glob::Glob;

/// Longer than any name of an action: what is longer costs an allocation.
const USUAL: usize = 120;

/// The action of a request, ready to be looked up.
pub(crate) struct Asked {
    lower: Lower,
    service: u64,
    whole: u64,
    /// The beginning of the name behind the service.
    head: u64,
}

/// Policies with so few patterns are scanned: that takes less time than to find a service among several.
const FEW: usize = 12;

/// A text in ASCII lower case.
enum Lower {
    Usual { bytes: [u8; USUAL], len: usize },
    Long(Box<[u8]>),
}

impl Lower {
    fn new(text: &str) -> Self {
        let mut bytes = [0; USUAL];
        match bytes.get_mut(..text.len()) {
            Some(place) => {
                place.copy_from_slice(text.as_bytes());
                place.make_ascii_lowercase();
                Self::Usual {
                    bytes,
                    len: text.len(),
                }
            }
            None => Self::Long(text.to_ascii_lowercase().into_bytes().into()),
        }
    }

    #[inline]
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Usual { bytes, len } => bytes.get(..*len).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}

impl Asked {
    pub(crate) fn new(action: &str) -> Self {
        let lower = Lower::new(action);
        let text = lower.as_bytes();
        let (service, name) = halves(text);
        Self {
            service: fingerprint::of(service),
            whole: fingerprint::of(text),
            head: fingerprint::word(name),
            lower,
        }
    }
}

/// The service before the first colon, and the name behind it.
fn halves(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| *byte == b':') {
        Some(at) => (
            text.get(..at).unwrap_or_default(),
            text.get(at + 1..).unwrap_or_default(),
        ),
        None => (text, &[]),
    }
}

/// A compiled `Action` or `NotAction` element.
#[derive(Debug, Clone)]
pub(crate) struct ActionTest {
    negated: bool,
    /// In lower case.
    patterns: Box<[Glob]>,
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
        let action = asked.lower.as_bytes();
        self.patterns
            .iter()
            .any(|pattern| pattern.matches_bytes(action))
            != self.negated
    }
}

/// The statements of a policy by the actions that they name. It may list a statement too often, never too seldom.
#[derive(Debug, Clone, Default)]
pub(crate) struct ActionIndex {
    /// One bit for each service, by the fingerprint; all of them when a statement is about every service.
    services: u64,
    buckets: Box<[Bucket]>,
    /// For services without a bucket; all entries when there are few.
    others: (u32, u32),
    entries: Box<[Entry]>,
    /// The literal texts of the entries.
    texts: Box<[u8]>,
}

/// The entries of one service: its own and those of all services, in the order of the statements.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    service: u64,
    range: (u32, u32),
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    statement: u32,
    test: Test,
}

/// How one pattern is tested.
#[derive(Debug, Clone, Copy)]
enum Test {
    /// `*`.
    Always,
    /// No wildcards; the whole action as text.
    Exact { whole: u64, text: (u32, u32) },
    /// A `*` at the end only; what stands before, service included, as text.
    Prefix {
        head: u64,
        mask: u64,
        text: (u32, u32),
    },
    /// Anything else: when the name begins so, ask the statement.
    Ask { head: u64, mask: u64 },
}

impl Entry {
    #[inline]
    fn hits(&self, index: &ActionIndex, asked: &Asked, actions: &ActionTest) -> bool {
        match self.test {
            Test::Always => true,
            Test::Exact { whole, text } => {
                whole == asked.whole && index.text(text) == asked.lower.as_bytes()
            }
            Test::Prefix { head, mask, text } => {
                asked.head & mask == head && asked.lower.as_bytes().starts_with(index.text(text))
            }
            Test::Ask { head, mask } => asked.head & mask == head && actions.matches(asked),
        }
    }
}

fn range((from, to): (u32, u32)) -> Range<usize> {
    from as usize..to as usize
}

impl ActionIndex {
    /// Indexes statements, given as their numbers and tests in ascending order.
    pub(crate) fn new<'t>(statements: impl Iterator<Item = (u32, &'t ActionTest)>) -> Self {
        let mut builder = Builder::default();
        for (statement, test) in statements {
            builder.add(statement, test);
        }
        builder.finish()
    }

    fn text(&self, place: (u32, u32)) -> &[u8] {
        self.texts.get(range(place)).unwrap_or_default()
    }

    /// Calls `f` with each statement that is about the action, in ascending order, until it answers.
    #[inline]
    pub(crate) fn find<'s, S, T>(
        &self,
        asked: &Asked,
        statements: &'s [S],
        actions: impl Fn(&S) -> &ActionTest,
        mut f: impl FnMut(usize, &'s S) -> Option<T>,
    ) -> Option<T> {
        if self.services & bit(asked.service) == 0 {
            return None;
        }
        let bucket = self
            .buckets
            .iter()
            .find(|bucket| bucket.service == asked.service)
            .map_or(self.others, |bucket| bucket.range);
        let mut done = u32::MAX;
        for entry in self.entries.get(range(bucket))? {
            if entry.statement == done {
                continue;
            }
            let number = entry.statement as usize;
            let Some(statement) = statements.get(number) else {
                continue;
            };
            if entry.hits(self, asked, actions(statement)) {
                done = entry.statement;
                if let Some(answer) = f(number, statement) {
                    return Some(answer);
                }
            }
        }
        None
    }
}

fn bit(service: u64) -> u64 {
    1 << (service >> 58)
}

#[derive(Default)]
struct Builder {
    /// With the service, or none for all of them.
    entries: Vec<(Option<u64>, Entry)>,
    texts: Vec<u8>,
}

impl Builder {
    fn add(&mut self, statement: u32, test: &ActionTest) {
        if test.negated {
            let ask = Test::Ask { head: 0, mask: 0 };
            self.entries.push((
                None,
                Entry {
                    statement,
                    test: ask,
                },
            ));
            return;
        }
        for pattern in &test.patterns {
            let (service, test) = self.test(pattern);
            self.entries.push((service, Entry { statement, test }));
        }
    }

    fn test(&mut self, pattern: &Glob) -> (Option<u64>, Test) {
        let encoded = pattern.encoded();
        if pattern.is_any() {
            return (None, Test::Always);
        }
        let literal = encoded.get(..pattern.literal_prefix()).unwrap_or_default();
        // A wildcard before the colon, or no colon at all: not of one service.
        let service = literal
            .contains(&b':')
            .then(|| fingerprint::of(halves(literal).0));
        if service.is_none() {
            return (None, Test::Ask { head: 0, mask: 0 });
        }
        let (_, name) = halves(literal);
        let head = fingerprint::word(name);
        let mask = match name.len() {
            0 => 0,
            1..8 => (1 << (8 * name.len())) - 1,
            _ => u64::MAX,
        };
        let test = if literal.len() == encoded.len() {
            let whole = fingerprint::of(literal);
            Test::Exact {
                whole,
                text: self.keep(literal),
            }
        } else if pattern.ends_after_prefix() {
            Test::Prefix {
                head,
                mask,
                text: self.keep(literal),
            }
        } else {
            Test::Ask { head, mask }
        };
        (service, test)
    }

    fn keep(&mut self, text: &[u8]) -> (u32, u32) {
        let from = place(self.texts.len());
        self.texts.extend_from_slice(text);
        (from, place(self.texts.len()))
    }

    fn finish(self) -> ActionIndex {
        let mut services: Vec<u64> = self.entries.iter().filter_map(|(own, _)| *own).collect();
        services.sort_unstable();
        services.dedup();
        let everywhere = self.entries.iter().any(|(service, _)| service.is_none());
        let bits = if everywhere {
            u64::MAX
        } else {
            services
                .iter()
                .fold(0, |bits, service| bits | bit(*service))
        };
        if self.entries.len() <= FEW {
            return ActionIndex {
                services: bits,
                buckets: Box::default(),
                others: (0, place(self.entries.len())),
                entries: self.entries.into_iter().map(|(_, entry)| entry).collect(),
                texts: self.texts.into(),
            };
        }
        let mut entries = Vec::with_capacity(self.entries.len());
        let mut bucket = |wanted: Option<u64>| {
            let from = place(entries.len());
            let fitting = self
                .entries
                .iter()
                .filter(|(service, _)| service.is_none() || *service == wanted);
            entries.extend(fitting.map(|(_, entry)| *entry));
            (from, place(entries.len()))
        };
        let buckets = services
            .iter()
            .map(|service| Bucket {
                service: *service,
                range: bucket(Some(*service)),
            })
            .collect();
        let others = if everywhere { bucket(None) } else { (0, 0) };
        ActionIndex {
            services: bits,
            buckets,
            others,
            entries: entries.into(),
            texts: self.texts.into(),
        }
    }
}

/// Documents are far smaller than 4 GiB.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Spanned;

    fn test(negated: bool, patterns: &[&str]) -> ActionTest {
        let values = patterns.iter().map(|pattern| Spanned {
            value: (*pattern).to_owned(),
            span: 0..0,
        });
        ActionTest::compile(Some(&Texts {
            negated,
            list: true,
            values: values.collect(),
            span: 0..0,
        }))
    }

    const ACTIONS: [&str; 10] = [
        "s3:GetObject",
        "S3:getobject",
        "s3:GetObjectVersionTagging",
        "s3:",
        "s3",
        "",
        "sqs:SendMessage",
        "iam:PassRole",
        ":",
        "s3:Get:Object",
    ];

    #[test]
    fn the_index_finds_what_a_full_scan_finds() {
        let long = format!("s3:{}", "get".repeat(80));
        let tests = [
            test(false, &["s3:GetObject"]),
            test(false, &["s3:Get*", "S3:getobject"]),
            test(false, &["s3:GetObjectVersion*"]),
            test(false, &["s3:*", "sqs:*"]),
            test(false, &["*"]),
            test(false, &["**"]),
            test(false, &["*:*"]),
            test(false, &["s?:g*t*"]),
            test(false, &["s3:*Object"]),
            test(false, &["s3:g?tObject*"]),
            test(false, &["s3"]),
            test(false, &["s*"]),
            test(false, &[""]),
            test(false, &[]),
            test(true, &[]),
            test(true, &["s3:*"]),
            test(true, &["iam:*", "sqs:Send*"]),
            test(false, &[&long]),
            test(false, &["s3:getget*"]),
        ];
        let numbered = || (0..).zip(&tests);
        let only = |wanted: usize| ActionIndex::new(numbered().skip(wanted).take(1));
        let all = ActionIndex::new(numbered());
        for action in ACTIONS.iter().copied().chain([long.as_str()]) {
            let asked = Asked::new(action);
            let found = |index: &ActionIndex| {
                let mut found = Vec::new();
                index.find(
                    &asked,
                    &tests,
                    |test| test,
                    |number, _| {
                        found.push(number);
                        None::<()>
                    },
                );
                found
            };
            let scanned: Vec<usize> = (0..tests.len())
                .filter(|number| tests[*number].matches(&asked))
                .collect();
            assert_eq!(found(&all), scanned, "{action}");
            for number in 0..tests.len() {
                let expected: &[usize] = if scanned.contains(&number) {
                    &[number]
                } else {
                    &[]
                };
                assert_eq!(found(&only(number)), expected, "{action} {number}");
            }
        }
    }
}
