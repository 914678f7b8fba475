//! Which statements are about an action, so that a decision looks at few of them.

use std::ops::Range;

use crate::action::{ActionTest, Asked, BEGINNING, WORD, beginning, halves};
use crate::fingerprint;

/// Policies with so few patterns are scanned: that takes less time than to find a service among several.
const FEW: usize = 12;

/// Longer than any name of an action; of a longer text only so much is compared here.
const LONGEST: usize = 1024;

/// Says of most actions that no statement is about them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Filter {
    /// One bit for each service that has a pattern with less than a beginning, by the fingerprint; all of them when a
    /// pattern is about every service.
    services: u64,
    /// One bit for each service and beginning of a name.
    beginnings: u64,
}

impl Filter {
    /// Whether a statement may be about the action.
    #[inline]
    pub(crate) fn passes(self, asked: &Asked) -> bool {
        // Both are looked at, so that there is no branch to guess.
        (self.services & bit(asked.service) != 0) | (self.beginnings & bit(asked.beginning) != 0)
    }
}

/// The statements of a policy by the actions that they name. It may list a statement too often, never too seldom.
#[derive(Debug, Clone, Default)]
pub(crate) struct ActionIndex {
    /// Entries in the order of the statements, one after the other, so that a scan reads on and follows no pointers:
    /// a [`Head`], then the words of its text.
    entries: Box<[u64]>,
    /// Where the entries of each service are; `None` when they are few.
    services: Option<Box<Services>>,
}

#[derive(Debug, Clone, Default)]
struct Services {
    buckets: Box<[Bucket]>,
    /// For services without a bucket.
    others: (u32, u32),
}

/// The entries of one service: its own and those of all services, in the order of the statements.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    service: u64,
    range: (u32, u32),
}

/// The first word of an entry.
#[derive(Debug, Clone, Copy)]
struct Head {
    statement: u32,
    /// How long the text is, in bytes: what stands before the first wildcard, service included.
    len: u32,
    test: Test,
}

/// What is asked for beside the text at the beginning of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    /// Nothing: a `*` follows.
    Prefix,
    /// That nothing follows.
    Exact,
    /// The statement.
    Ask,
}

impl Head {
    fn pack(self) -> u64 {
        let test = match self.test {
            Test::Prefix => 0,
            Test::Exact => 1,
            Test::Ask => 2,
        };
        u64::from(self.statement) << 32 | u64::from(self.len) << 2 | test
    }

    #[inline]
    fn unpack(word: u64) -> Self {
        Self {
            statement: (word >> 32) as u32,
            len: (word as u32) >> 2,
            test: match word & 3 {
                0 => Test::Prefix,
                1 => Test::Exact,
                _ => Test::Ask,
            },
        }
    }

    /// How many words the text has.
    #[inline]
    fn words(self) -> usize {
        (self.len as usize).div_ceil(WORD)
    }

    /// Whether the action begins with the text, and is the text where it must be.
    #[inline]
    fn begins(self, text: &[u64], asked: &Asked) -> bool {
        let len = self.len as usize;
        let long_enough = match self.test {
            Test::Exact => asked.len() == len,
            Test::Prefix | Test::Ask => asked.len() >= len,
        };
        // The last word of the text may be shorter than the action's.
        let mut left = len;
        long_enough
            && text.iter().zip(asked.words()).all(|(word, own)| {
                let mask = match left {
                    ..WORD => (1 << (8 * left)) - 1,
                    _ => u64::MAX,
                };
                left = left.saturating_sub(WORD);
                u64::from_le_bytes(*own) & mask == *word
            })
    }
}

fn range((from, to): (u32, u32)) -> Range<usize> {
    from as usize..to as usize
}

impl ActionIndex {
    /// Indexes statements, given as their numbers and tests in ascending order.
    pub(crate) fn new<'t>(
        statements: impl Iterator<Item = (u32, &'t ActionTest)>,
    ) -> (Filter, Self) {
        let mut builder = Builder::default();
        for (statement, test) in statements {
            builder.add(statement, test);
        }
        builder.finish()
    }

    /// The entries that may be about the action.
    #[inline]
    fn entries(&self, asked: &Asked) -> &[u64] {
        let Some(services) = &self.services else {
            return &self.entries;
        };
        let bucket = services
            .buckets
            .iter()
            .find(|bucket| bucket.service == asked.service)
            .map_or(services.others, |bucket| bucket.range);
        self.entries.get(range(bucket)).unwrap_or_default()
    }

    /// Calls `f` with the number of each statement that is about the action, in ascending order, until it answers.
    /// `asks` says of a statement whether it is.
    #[inline]
    pub(crate) fn find<T>(
        &self,
        asked: &Asked,
        asks: impl Fn(usize) -> bool,
        mut f: impl FnMut(usize) -> Option<T>,
    ) -> Option<T> {
        let mut done = None;
        let mut entries = self.entries(asked);
        while let Some((head, rest)) = entries.split_first() {
            let head = Head::unpack(*head);
            let (text, next) = rest.split_at_checked(head.words())?;
            entries = next;
            let number = head.statement as usize;
            if done != Some(number)
                && head.begins(text, asked)
                && (head.test != Test::Ask || asks(number))
            {
                done = Some(number);
                if let Some(answer) = f(number) {
                    return Some(answer);
                }
            }
        }
        None
    }
}

fn bit(fingerprint: u64) -> u64 {
    1 << (fingerprint >> 58)
}

#[derive(Default)]
struct Builder {
    filter: Filter,
    entries: Vec<Entry>,
}

struct Entry {
    /// The fingerprint of the service, or none for all of them.
    service: Option<u64>,
    head: Head,
    text: Vec<u64>,
}

impl Builder {
    fn add(&mut self, statement: u32, test: &ActionTest) {
        if test.negated {
            self.push(statement, None, Test::Ask, &[]);
            return;
        }
        for pattern in &test.patterns {
            let encoded = pattern.encoded();
            let literal = encoded.get(..pattern.literal_prefix()).unwrap_or_default();
            let test = if literal.len() > LONGEST {
                Test::Ask
            } else if literal.len() == encoded.len() {
                Test::Exact
            } else if pattern.ends_after_prefix() {
                Test::Prefix
            } else {
                Test::Ask
            };
            let literal = literal.get(..LONGEST).unwrap_or(literal);
            // A wildcard before the colon, or no colon at all: not of one service.
            let service = literal
                .contains(&b':')
                .then(|| fingerprint::of(halves(literal).0));
            self.push(statement, service, test, literal);
        }
    }

    fn push(&mut self, statement: u32, service: Option<u64>, test: Test, literal: &[u8]) {
        let (_, name) = halves(literal);
        match service {
            None => self.filter.services = u64::MAX,
            Some(service) if test == Test::Exact || name.len() >= BEGINNING => {
                self.filter.beginnings |= bit(beginning(service, name));
            }
            Some(service) => self.filter.services |= bit(service),
        }
        self.entries.push(Entry {
            service,
            head: Head {
                statement,
                len: place(literal.len()),
                test,
            },
            text: literal.chunks(WORD).map(fingerprint::word).collect(),
        });
    }

    fn finish(self) -> (Filter, ActionIndex) {
        if self.entries.len() <= FEW {
            let mut words = Vec::new();
            extend(&mut words, self.entries.iter());
            let index = ActionIndex {
                entries: words.into(),
                services: None,
            };
            return (self.filter, index);
        }
        let mut services: Vec<u64> = self
            .entries
            .iter()
            .filter_map(|entry| entry.service)
            .collect();
        services.sort_unstable();
        services.dedup();
        let mut words = Vec::new();
        let mut bucket = |wanted: Option<u64>| {
            let from = place(words.len());
            let fitting = self
                .entries
                .iter()
                .filter(|entry| entry.service.is_none() || entry.service == wanted);
            extend(&mut words, fitting);
            (from, place(words.len()))
        };
        let buckets = services
            .into_iter()
            .map(|service| Bucket {
                service,
                range: bucket(Some(service)),
            })
            .collect();
        let others = bucket(None);
        let index = ActionIndex {
            entries: words.into(),
            services: Some(Box::new(Services { buckets, others })),
        };
        (self.filter, index)
    }
}

fn extend<'e>(words: &mut Vec<u64>, entries: impl Iterator<Item = &'e Entry>) {
    for entry in entries {
        words.push(entry.head.pack());
        words.extend_from_slice(&entry.text);
    }
}

/// Documents are far smaller than 4 GiB.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Spanned, Texts};

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
            let found = |(filter, index): &(Filter, ActionIndex)| {
                let mut found = Vec::new();
                if !filter.passes(&asked) {
                    return found;
                }
                index.find(
                    &asked,
                    |number| tests[number].matches(&asked),
                    |number| {
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

    /// The statements of the tests that the index finds.
    fn found(tests: &[ActionTest], action: &str) -> Vec<usize> {
        let asked = Asked::new(action);
        let (filter, index) = ActionIndex::new((0..).zip(tests));
        let mut found = Vec::new();
        if filter.passes(&asked) {
            index.find(
                &asked,
                |number| tests[number].matches(&asked),
                |number| {
                    found.push(number);
                    None::<()>
                },
            );
        }
        found
    }

    #[test]
    fn services_with_one_fingerprint_stay_apart() {
        let [one, other] = fingerprint::TWINS;
        let patterns = |service: &str| {
            ["Get", "Put*", "*List", "*"].map(|name| test(false, &[&format!("{service}:{name}")]))
        };
        // With few patterns and with many, alone and beside each other.
        for more in [0, 2 * FEW] {
            let fill = |mut tests: Vec<ActionTest>| {
                tests.extend((0..more).map(|at| test(false, &[&format!("s{at}:Get")])));
                tests
            };
            let alone = fill(patterns(one).into());
            assert_eq!(found(&alone, &format!("{one}:Get")), [0, 3]);
            assert_eq!(found(&alone, &format!("{other}:Get")), [0; 0]);
            let both = fill([patterns(one), patterns(other)].concat());
            assert_eq!(found(&both, &format!("{one}:PutX")), [1, 3]);
            assert_eq!(found(&both, &format!("{other}:PutX")), [5, 7]);
            assert_eq!(found(&both, &format!("{other}:XList")), [6, 7]);
        }
    }

    #[test]
    fn texts_of_every_length_are_compared_to_their_end() {
        let action =
            |len: usize| -> String { "s3:abcdefghijklm".chars().cycle().take(len).collect() };
        for len in (3..40).chain([
            118,
            119,
            120,
            121,
            127,
            128,
            129,
            LONGEST - 1,
            LONGEST,
            LONGEST + 1,
            2 * LONGEST,
        ]) {
            let text = action(len);
            let longer = format!("{text}x");
            let shorter = action(len - 1);
            let other = format!("{shorter}x");
            let zeros = format!("{text}\0");
            let tests = [
                test(false, &[&text]),
                test(false, &[&format!("{text}*")]),
                test(false, &[&format!("{text}?")]),
                test(false, &[&format!("{text}*x")]),
                test(false, &[&zeros]),
            ];
            assert_eq!(found(&tests, &text), [0, 1], "{len}");
            assert_eq!(found(&tests, &text.to_uppercase()), [0, 1], "{len}");
            assert_eq!(found(&tests, &longer), [1, 2, 3], "{len}");
            assert_eq!(found(&tests, &zeros), [1, 2, 4], "{len}");
            assert_eq!(found(&tests, &shorter), [0; 0], "{len}");
            assert_eq!(found(&tests, &other), [0; 0], "{len}");
        }
    }

    #[test]
    fn answers_end_the_search_and_statements_are_told_once() {
        let tests = [
            test(false, &["s3:Get*", "s3:*", "s3:GetObject", "*"]),
            test(false, &["s3:*", "*"]),
        ];
        let asked = Asked::new("s3:GetObject");
        let (filter, index) = ActionIndex::new((0..).zip(&tests));
        assert!(filter.passes(&asked));
        assert_eq!(index.find(&asked, |_| false, Some), Some(0));
        assert_eq!(found(&tests, "s3:GetObject"), [0, 1]);
    }

    #[test]
    fn heads_come_back_as_they_were() {
        for test in [Test::Prefix, Test::Exact, Test::Ask] {
            for (statement, len) in [(0, 0), (1, 7), (u32::MAX, 1024), (1 << 31, 1)] {
                let head = Head::unpack(
                    Head {
                        statement,
                        len,
                        test,
                    }
                    .pack(),
                );
                assert_eq!(
                    (head.statement, head.len, head.test),
                    (statement, len, test)
                );
            }
        }
    }

    #[test]
    fn filters_pass_what_a_pattern_may_mean() {
        let passes = |pattern: &str, action: &str| {
            let tests = [test(false, &[pattern])];
            ActionIndex::new((0..).zip(&tests))
                .0
                .passes(&Asked::new(action))
        };
        for (pattern, action) in [
            ("s3:GetObject", "s3:getobject"),
            ("s3:Ge", "S3:ge"),
            ("s3:Ge*", "s3:GetObject"),
            ("s3:Get*", "s3:Get"),
            ("s3:*", "s3:"),
            ("*", "s3:GetObject"),
            ("s*", "s3:GetObject"),
        ] {
            assert!(passes(pattern, action), "{pattern} {action}");
        }
        let turned_away = [
            "s3:Put", "sqs:Get", "iam:Get", "kms:Get", "ec2:Get", "s3:Lis",
        ];
        let count = turned_away
            .iter()
            .filter(|action| !passes("s3:Get*", action))
            .count();
        assert!(count > 3, "a filter that passes nearly everything is none");
    }
}
