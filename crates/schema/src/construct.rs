//! Constructors for generated `static` schemas: one line a shape, one line a member.

use crate::shape::{
    Constraints, ErrorShape, Kind, List, Location, Map, Member, Schema, Structure, TimestampFormat,
    UnservedOperation,
};

impl Schema {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            constraints: Constraints::NONE,
            sensitive: false,
        }
    }

    /// Bytes.
    #[must_use]
    pub const fn blob(name: &'static str) -> Self {
        Self::new(name, Kind::Blob)
    }

    /// `true` or `false`.
    #[must_use]
    pub const fn boolean(name: &'static str) -> Self {
        Self::new(name, Kind::Boolean)
    }

    /// A 32-bit integer.
    #[must_use]
    pub const fn integer(name: &'static str) -> Self {
        Self::new(name, Kind::Integer)
    }

    /// A 64-bit integer.
    #[must_use]
    pub const fn long(name: &'static str) -> Self {
        Self::new(name, Kind::Long)
    }

    /// A 32-bit float.
    #[must_use]
    pub const fn float(name: &'static str) -> Self {
        Self::new(name, Kind::Float)
    }

    /// A 64-bit float.
    #[must_use]
    pub const fn double(name: &'static str) -> Self {
        Self::new(name, Kind::Double)
    }

    /// Text.
    #[must_use]
    pub const fn string(name: &'static str) -> Self {
        Self::new(name, Kind::String)
    }

    /// A point in time.
    #[must_use]
    pub const fn timestamp(name: &'static str) -> Self {
        Self::new(name, Kind::Timestamp)
    }

    /// Free-form JSON.
    #[must_use]
    pub const fn document(name: &'static str) -> Self {
        Self::new(name, Kind::Document)
    }

    /// A list whose elements are named `member` on the wire.
    #[must_use]
    pub const fn list(name: &'static str, member: &'static Schema) -> Self {
        Self::new(
            name,
            Kind::List(List {
                member,
                wire_name: "member",
                flattened: false,
            }),
        )
    }

    /// A map whose keys and values are named `key` and `value` on the wire.
    #[must_use]
    pub const fn map(name: &'static str, key: &'static Schema, value: &'static Schema) -> Self {
        let map = Map {
            key,
            value,
            key_wire_name: "key",
            value_wire_name: "value",
            flattened: false,
        };
        Self::new(name, Kind::Map(map))
    }

    /// A structure without members.
    #[must_use]
    pub const fn structure(name: &'static str) -> Self {
        let structure = Structure {
            members: &[],
            payload: None,
            error: None,
            union: false,
        };
        Self::new(name, Kind::Structure(structure))
    }

    /// A structure's members, in the model's order. Without effect on other kinds.
    #[must_use]
    pub const fn members(mut self, members: &'static [Member]) -> Self {
        if let Kind::Structure(structure) = &mut self.kind {
            structure.members = members;
        }
        self
    }

    /// The smallest length or number.
    #[must_use]
    pub const fn min(mut self, min: i64) -> Self {
        self.constraints.min = Some(min);
        self
    }

    /// The largest length or number.
    #[must_use]
    pub const fn max(mut self, max: i64) -> Self {
        self.constraints.max = Some(max);
        self
    }

    /// The model's pattern.
    #[must_use]
    pub const fn pattern(mut self, pattern: &'static str) -> Self {
        self.constraints.pattern = Some(pattern);
        self
    }

    /// The enumeration's values.
    #[must_use]
    pub const fn values(mut self, values: &'static [&'static str]) -> Self {
        self.constraints.values = values;
        self
    }

    /// Marks the shape sensitive.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The wire name of a list's elements. Without effect on other kinds.
    #[must_use]
    pub const fn member_name(mut self, wire_name: &'static str) -> Self {
        if let Kind::List(list) = &mut self.kind {
            list.wire_name = wire_name;
        }
        self
    }

    /// The wire names of a map's keys and values. Without effect on other kinds.
    #[must_use]
    pub const fn entry_names(mut self, key: &'static str, value: &'static str) -> Self {
        if let Kind::Map(map) = &mut self.kind {
            map.key_wire_name = key;
            map.value_wire_name = value;
        }
        self
    }

    /// Elements or entries stand directly in the parent. Without effect on other kinds.
    #[must_use]
    pub const fn flattened(mut self) -> Self {
        match &mut self.kind {
            Kind::List(list) => list.flattened = true,
            Kind::Map(map) => map.flattened = true,
            _ => {}
        }
        self
    }

    /// The member that is the whole HTTP body. Without effect on other kinds than structures.
    #[must_use]
    pub const fn payload(mut self, index: usize) -> Self {
        if let Kind::Structure(structure) = &mut self.kind {
            structure.payload = Some(index);
        }
        self
    }

    /// Makes a structure an error. Without effect on other kinds.
    #[must_use]
    pub const fn error(mut self, code: &'static str, status: u16, sender: bool) -> Self {
        if let Kind::Structure(structure) = &mut self.kind {
            structure.error = Some(ErrorShape {
                code,
                status,
                sender,
            });
        }
        self
    }

    /// Makes a structure a union. Without effect on other kinds.
    #[must_use]
    pub const fn union(mut self) -> Self {
        if let Kind::Structure(structure) = &mut self.kind {
            structure.union = true;
        }
        self
    }
}

impl Member {
    /// An optional member of the body whose wire name is its name.
    #[must_use]
    pub const fn new(name: &'static str, schema: &'static Schema) -> Self {
        Self {
            name,
            wire_name: name,
            location: Location::Body,
            required: false,
            schema,
            timestamp_format: None,
            flattened: false,
            xml_attribute: false,
            xml_namespace: None,
            idempotency_token: false,
        }
    }

    /// The name on the wire.
    #[must_use]
    pub const fn wire(mut self, wire_name: &'static str) -> Self {
        self.wire_name = wire_name;
        self
    }

    const fn located(mut self, location: Location, wire_name: &'static str) -> Self {
        self.location = location;
        self.wire_name = wire_name;
        self
    }

    /// One header.
    #[must_use]
    pub const fn header(self, wire_name: &'static str) -> Self {
        self.located(Location::Header, wire_name)
    }

    /// All headers that start with the name.
    #[must_use]
    pub const fn headers(self, prefix: &'static str) -> Self {
        self.located(Location::Headers, prefix)
    }

    /// A parameter of the query string.
    #[must_use]
    pub const fn query(self, wire_name: &'static str) -> Self {
        self.located(Location::Query, wire_name)
    }

    /// A label of the URI.
    #[must_use]
    pub const fn uri(self, label: &'static str) -> Self {
        self.located(Location::Uri, label)
    }

    /// The status code of the response.
    #[must_use]
    pub const fn status_code(mut self) -> Self {
        self.location = Location::StatusCode;
        self
    }

    /// The model requires the member.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// A format of its own for a timestamp.
    #[must_use]
    pub const fn format(mut self, format: TimestampFormat) -> Self {
        self.timestamp_format = Some(format);
        self
    }

    /// Elements stand directly in the parent.
    #[must_use]
    pub const fn flattened(mut self) -> Self {
        self.flattened = true;
        self
    }

    /// Written as an XML attribute.
    #[must_use]
    pub const fn attribute(mut self) -> Self {
        self.xml_attribute = true;
        self
    }

    /// XML namespace of the member's element.
    #[must_use]
    pub const fn namespace(mut self, prefix: &'static str, uri: &'static str) -> Self {
        self.xml_namespace = Some((prefix, uri));
        self
    }

    /// The client fills the member with a random token when it is absent.
    #[must_use]
    pub const fn idempotency_token(mut self) -> Self {
        self.idempotency_token = true;
        self
    }
}

impl UnservedOperation {
    /// An operation that is known and not served yet.
    #[must_use]
    pub const fn new(name: &'static str, method: &'static str, uri: &'static str) -> Self {
        Self { name, method, uri }
    }
}
