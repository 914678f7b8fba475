//! Random values for property tests.

use crate::fault_fields::structure;
use jiff::Timestamp;
use proptest::prelude::{Strategy, any};
use proptest::prop_assert_eq;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use schema::{Kind, Location, Member, Protocol, Schema, ServiceSchema, TimestampFormat, Value};
use serde_json::json;

/// Values that follow a schema, and that every protocol carries without loss: timestamps have
/// milliseconds, header texts are printable, lists and maps without an element of their own are
/// not empty, unions have one member. Constraints are not respected, and required members may
/// be absent as well.
pub fn arbitrary_value(schema: &'static Schema) -> impl Strategy<Value = Value> {
    any::<u64>().prop_map(move |seed| Source(seed | 1).value(schema, Place::TOP))
}

/// A value with the characters that XML 1.0 cannot carry replaced as in messages of XML, for round trips
/// over `query` responses and `rest-xml`.
#[must_use]
pub fn as_in_xml(value: Value) -> Value {
    let text = |text: String| {
        text.replace(
            crate::xml::is_forbidden,
            char::REPLACEMENT_CHARACTER.encode_utf8(&mut [0; 4]),
        )
    };
    match value {
        Value::String(value) => Value::String(text(value)),
        Value::List(values) => Value::List(
            values
                .into_iter()
                .map(|value| value.map(as_in_xml))
                .collect(),
        ),
        Value::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(key, value)| (text(key), value.map(as_in_xml)))
                .collect(),
        ),
        Value::Structure(fields) => Value::Structure(
            fields
                .into_iter()
                .map(|field| field.map(as_in_xml))
                .collect(),
        ),
        other => other,
    }
}

/// Sends `cases` random inputs and outputs of each operation of a service through each protocol
/// that it speaks, there and back.
///
/// # Panics
/// Where a message comes back changed, or a request is taken for another operation's: this is a test.
#[expect(clippy::panic, reason = "a failed test has to say so")]
pub fn round_trip(service: &'static ServiceSchema, cases: u32) {
    let check = |schema: &'static Schema, test: &dyn Fn(Value) -> Result<(), TestCaseError>| {
        let config = Config {
            failure_persistence: None,
            ..Config::with_cases(cases)
        };
        if let Err(error) = TestRunner::new(config).run(&arbitrary_value(schema), test) {
            panic!("{} does not survive: {error}", schema.name);
        }
    };
    for (protocol, op) in service
        .protocols
        .iter()
        .flat_map(|p| service.operations.iter().map(move |op| (*p, *op)))
    {
        check(op.input, &|input| {
            let input = match protocol {
                Protocol::RestXml => as_in_xml(input),
                _ => input,
            };
            let request = crate::encode_request(protocol, op, &input, "service.example");
            let (parts, body) = request.into_parts();
            match crate::resolve(&[service], &parts, &body, Some(service.signing_name)) {
                Ok(resolved) => prop_assert_eq!(resolved.target.name(), op.name),
                Err(error) => return Err(TestCaseError::fail(error.to_string())),
            }
            prop_assert_eq!(
                crate::decode_request(protocol, op, &parts, &body),
                Ok(input),
                "{:?}",
                protocol
            );
            Ok(())
        });
        check(op.output, &|output| {
            let output = match protocol {
                Protocol::AwsQuery | Protocol::RestXml => as_in_xml(output),
                _ => output,
            };
            let (parts, body) = crate::encode_response(protocol, op, &output, "id").into_parts();
            let read = crate::decode_response(protocol, op, parts.status, &parts.headers, &body);
            prop_assert_eq!(read, Ok(output), "{:?}", protocol);
            Ok(())
        });
    }
}

/// Texts of all the kinds that break codecs.
const TEXTS: &[&str] = &[
    "",
    "a",
    "Alice",
    "true",
    "null",
    "0",
    "a b",
    " a ",
    "a,b",
    "\"",
    "'",
    "\\",
    "<a>&amp;",
    "]]>",
    "%41+",
    "a=b&c",
    "ü",
    "日本",
    "\u{1f600}",
    "\u{1}",
    "\t",
    "\n",
    "\r\n",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "{}",
    "#",
    "?",
    "/",
    "..",
    "a/b",
    "arn:aws:iam::123456789012:user/Bob",
];

#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    header: bool,
    /// Text must not be empty.
    filled: bool,
    whole_seconds: bool,
}

impl Place {
    const TOP: Self = Self {
        depth: 0,
        header: false,
        filled: false,
        whole_seconds: false,
    };

    fn inside(self) -> Self {
        Self {
            depth: self.depth + 1,
            filled: false,
            ..self
        }
    }
}

/// A xorshift generator: small, and the same everywhere for the same seed.
struct Source(u64);

impl Source {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 11).unwrap_or(0) % limit.max(1)
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn value(&mut self, schema: &'static Schema, place: Place) -> Value {
        match &schema.kind {
            Kind::Blob => {
                let length = self.below(20) + usize::from(place.filled);
                Value::Blob((0..length).map(|_| self.next().to_be_bytes()[0]).collect())
            }
            Kind::Boolean => Value::Boolean(self.one_in(2)),
            Kind::Integer => Value::Integer(self.number() % i64::from(i32::MAX)),
            Kind::Long => Value::Integer(self.number()),
            Kind::Float | Kind::Double => Value::Double(self.double()),
            Kind::String => Value::String(self.text(schema, place)),
            Kind::Timestamp => Value::Timestamp(self.time(place)),
            Kind::Document => Value::Document(self.document(place.depth)),
            Kind::List(list) => {
                let length = self.length(place);
                Value::List(
                    (0..length)
                        .map(|_| Some(self.value(list.member, place.inside())))
                        .collect(),
                )
            }
            Kind::Map(map) => {
                let length = self.length(place);
                let entry = |index| {
                    (
                        self.key(index, place),
                        Some(self.value(map.value, place.inside())),
                    )
                };
                Value::Map((0..length).map(entry).collect())
            }
            Kind::Structure(shape) if shape.union => {
                let chosen = self.below(shape.members.len());
                let member =
                    |(index, member)| (index == chosen).then(|| self.value_of(member, place));
                Value::Structure(shape.members.iter().enumerate().map(member).collect())
            }
            Kind::Structure(_) => self.structure(schema, place),
        }
    }

    fn structure(&mut self, schema: &'static Schema, place: Place) -> Value {
        let shape = structure(schema);
        let field = |(index, member): (usize, &'static Member)| {
            let fixed = matches!(member.location, Location::Uri | Location::StatusCode);
            // Less and less is there further inside: shapes may be cyclic.
            let absent = match place.depth {
                0 => self.one_in(3),
                1 => self.one_in(2),
                2 | 3 => !self.one_in(4),
                _ => !member.required || self.one_in(2),
            };
            if absent && !fixed {
                return None;
            }
            let payload = place.depth == 0 && shape.payload == Some(index);
            Some(if payload {
                self.value(
                    member.schema,
                    Place {
                        filled: true,
                        ..Place::TOP.inside()
                    },
                )
            } else {
                self.value_of(member, place)
            })
        };
        Value::Structure(shape.members.iter().enumerate().map(field).collect())
    }

    fn value_of(&mut self, member: &'static Member, place: Place) -> Value {
        if member.location == Location::StatusCode {
            return Value::Integer(200 + i64::try_from(self.below(100)).unwrap_or(0));
        }
        let flattened = member.flattened
            || match &member.schema.kind {
                Kind::List(list) => list.flattened,
                Kind::Map(map) => map.flattened,
                _ => false,
            };
        let header = matches!(member.location, Location::Header | Location::Headers);
        let bound = member.location != Location::Body;
        let rfc822 = match member.timestamp_format {
            Some(format) => format == TimestampFormat::Rfc822,
            None => header,
        };
        self.value(
            member.schema,
            Place {
                depth: place.depth + 1,
                header,
                filled: flattened || bound,
                whole_seconds: rfc822,
            },
        )
    }

    fn length(&mut self, place: Place) -> usize {
        let most = if place.depth > 4 { 1 } else { 4 };
        self.below(most) + usize::from(place.filled)
    }

    fn number(&mut self) -> i64 {
        let wide = i64::from_be_bytes(self.next().to_be_bytes());
        match self.below(4) {
            0 => wide % 100,
            1 => [0, -1, i64::MAX, i64::MIN]
                .get(self.below(4))
                .copied()
                .unwrap_or(0),
            _ => wide,
        }
    }

    fn double(&mut self) -> f64 {
        let choices = [
            0.0,
            1.0,
            -2.5,
            0.25,
            65504.0,
            f64::from(f32::MAX),
            f64::INFINITY,
            f64::NEG_INFINITY,
        ];
        choices
            .get(self.below(choices.len()))
            .copied()
            .unwrap_or(0.0)
    }

    fn time(&mut self, place: Place) -> Timestamp {
        // Years 1970 to 9999.
        let millis = i64::try_from(self.next() % 253_402_300_799_000).unwrap_or(0);
        let millis = if place.whole_seconds || self.one_in(2) {
            millis - millis % 1000
        } else {
            millis
        };
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn text(&mut self, schema: &Schema, place: Place) -> String {
        let values = schema.constraints.values;
        if let Some(value) = values.get(self.below(values.len())) {
            return (*value).to_owned();
        }
        let mut text = String::new();
        for _ in 0..=self.below(3) {
            text.push_str(
                TEXTS
                    .get(self.below(TEXTS.len()))
                    .copied()
                    .unwrap_or_default(),
            );
        }
        if place.header {
            text.retain(|c| c == ' ' || c.is_ascii_graphic());
            text = text.trim().to_owned();
        }
        if place.filled && text.is_empty() {
            text.push('x');
        }
        text
    }

    /// Keys are distinct, and in headers lower-case names.
    fn key(&mut self, index: usize, place: Place) -> String {
        if place.header || place.filled {
            return format!("key-{index}");
        }
        format!(
            "{}{index}",
            TEXTS
                .get(self.below(TEXTS.len()))
                .copied()
                .unwrap_or_default()
        )
    }

    /// Never null at the top, which would be no value at all.
    fn document(&mut self, depth: usize) -> serde_json::Value {
        match self.below(if depth > 4 { 3 } else { 5 }) {
            0 => json!(self.number()),
            1 => json!(TEXTS.get(self.below(TEXTS.len()))),
            2 => json!(self.one_in(2)),
            3 => json!([self.document(depth + 1), null, 1.5]),
            _ => json!({ "a\"": self.document(depth + 1), "b": {} }),
        }
    }
}
