//! Macros behind the generated `api` modules: what repeats for each type and
//! operation is written here once instead of once a shape.

/// Declares plain structs that follow structure schemas: fields in the schema's order,
/// `Option` where the model does not require the member.
#[macro_export]
macro_rules! structures {
    ($($(#[$meta:meta])* pub struct $name:ident { $(pub $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        pub struct $name { $(pub $field: $type),* }

        impl $crate::FromValue for $name {
            fn from_value(value: $crate::Value) -> ::core::result::Result<Self, $crate::Mismatch> {
                #[allow(unused_mut, unused_variables)]
                let mut fields = $crate::Fields::open(value)?;
                ::core::result::Result::Ok(Self { $($field: fields.slot()?),* })
            }
        }

        impl $crate::IntoValue for $name {
            fn into_value(self) -> $crate::Value {
                $crate::Value::Structure(::std::vec![$($crate::Slot::into_slot(self.$field)),*])
            }
        }
    )*};
}

/// Declares closed enumerations of text: the variants, `ALL`, `as_str`, `FromStr`, `Display`
/// and the way to and from a value.
#[macro_export]
macro_rules! enumerations {
    ($(pub enum $name:ident { $($variant:ident = $text:literal),* $(,)? })*) => {$(
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($variant),* }

        impl $name {
            /// All values, in the model's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The text on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = $crate::Mismatch;

            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                match text {
                    $($text => ::core::result::Result::Ok(Self::$variant),)*
                    _ => ::core::result::Result::Err($crate::Mismatch { expected: ::core::stringify!($name) }),
                }
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl $crate::FromValue for $name {
            fn from_value(value: $crate::Value) -> ::core::result::Result<Self, $crate::Mismatch> {
                <::std::string::String as $crate::FromValue>::from_value(value)?.parse()
            }
        }

        impl $crate::IntoValue for $name {
            fn into_value(self) -> $crate::Value {
                $crate::Value::String(self.as_str().into())
            }
        }
    )*};
}

/// Declares a service's operations from the sibling modules `schema` and `types`: for each a
/// unit struct with its [`OperationShape`](crate::OperationShape) and a static
/// [`OperationSchema`](crate::OperationSchema), and the list `OPERATIONS` of all of them.
#[macro_export]
macro_rules! operations {
    ($service:ident: $(
        $schema:ident: $name:ident($input:ident) -> $output:ident {
            $method:literal $uri:literal $status:literal $(unsigned $unsigned:literal)?,
            $in:ident -> $out:ident $(in $wrapper:literal)?,
            [$($error:ident),* $(,)?]
        }
    )*) => {
        /// The operations whose shapes are generated.
        pub static OPERATIONS: &[&$crate::OperationSchema] = &[$(&$schema),*];

        $(
            pub static $schema: $crate::OperationSchema = $crate::OperationSchema {
                name: ::core::stringify!($name),
                service: &$service,
                http: $crate::Http { method: $method, uri: $uri, status: $status },
                input: &super::schema::$in,
                output: &super::schema::$out,
                result_wrapper: $crate::operations!(@wrapper $($wrapper)?),
                errors: &[$(&super::schema::$error),*],
                unsigned: false $(|| $unsigned)?,
            };

            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl $crate::OperationShape for $name {
                type Input = super::types::$input;
                type Output = super::types::$output;
                const SCHEMA: &'static $crate::OperationSchema = &$schema;
            }
        )*
    };
    (@wrapper) => { ::core::option::Option::None };
    (@wrapper $wrapper:literal) => { ::core::option::Option::Some($wrapper) };
}

#[cfg(test)]
#[allow(missing_docs, unreachable_pub)]
mod tests {
    use crate::{Fields, FromValue, IntoValue, Mismatch, OperationShape, Value};

    mod schema {
        use crate::{Member, Schema};

        pub static NAME: Schema = Schema::string("Name").min(1).max(8);
        pub static COLOR: Schema = Schema::string("Color").values(&["light-red", "BLUE"]);
        // A cycle between statics, as recursive models have.
        pub static PAINT: Schema = Schema::structure("Paint").members(&[
            Member::new("Name", &NAME).required(),
            Member::new("Color", &COLOR),
            Member::new("Over", &PAINT),
        ]);
        pub static PAINT_OUTPUT: Schema = Schema::structure("PaintOutput");
        pub static DRY: Schema = Schema::structure("Dry").error("IsDry", 409, true);
    }

    mod types {
        crate::structures! {
            #[derive(Debug, Default)]
            pub struct PaintInput {
                pub name: String,
                pub color: Option<Color>,
                pub over: Option<Box<PaintInput>>,
            }
            #[derive(Debug, Default)]
            pub struct PaintOutput {}
        }
        crate::enumerations! {
            pub enum Color { LightRed = "light-red", Blue = "BLUE" }
        }
    }

    mod operations {
        use crate::{Protocol, ServiceSchema};

        pub static SERVICE: ServiceSchema = ServiceSchema {
            id: "paint",
            endpoint_prefix: "paint",
            signing_name: "paint",
            api_version: "2020-01-01",
            target_prefix: "",
            rpc_name: "",
            protocols: &[Protocol::AwsQuery],
            xml_namespace: "",
            global: false,
            operations: OPERATIONS,
            unserved: &[],
        };

        crate::operations! {
            SERVICE:
            PAINT: Paint(PaintInput) -> PaintOutput {
                "POST" "/paint" 201 unsigned true,
                PAINT -> PAINT_OUTPUT in "PaintResult",
                [DRY]
            }
            REPAINT: Repaint(PaintInput) -> PaintOutput { "POST" "/" 200, PAINT -> PAINT_OUTPUT, [] }
        }
    }

    use types::{Color, PaintInput, PaintOutput};

    fn text(text: &str) -> Option<Value> {
        Some(Value::String(text.into()))
    }

    #[test]
    fn structures_go_to_values_and_back_by_position() {
        let under = PaintInput {
            name: "b".into(),
            ..PaintInput::default()
        };
        let paint = PaintInput {
            name: "a".into(),
            color: Some(Color::Blue),
            over: Some(Box::new(under)),
        };
        let value = paint.clone().into_value();
        let inner = Value::Structure(vec![text("b"), None, None]);
        assert_eq!(
            value,
            Value::Structure(vec![text("a"), text("BLUE"), Some(inner)])
        );
        assert_eq!(PaintInput::from_value(value), Ok(paint));
        assert_eq!(PaintOutput {}.into_value(), Value::Structure(vec![]));
    }

    #[test]
    fn a_required_member_that_is_absent_is_a_mismatch() {
        for fields in [vec![None, text("BLUE"), None], vec![]] {
            assert!(PaintInput::from_value(Value::Structure(fields)).is_err());
        }
        assert!(PaintInput::from_value(Value::String("a".into())).is_err());
        let short = PaintInput::from_value(Value::Structure(vec![text("a")]));
        assert_eq!(short.map(|paint| paint.name), Ok("a".into()));
    }

    #[test]
    fn places_are_taken_in_order_or_by_index() {
        let mut fields = Fields::open(Value::Structure(vec![text("a"), None])).unwrap();
        assert_eq!(fields.slot::<String>(), Ok("a".into()));
        assert_eq!(fields.slot::<Option<String>>(), Ok(None));
        assert!(
            fields.required::<String>(0).is_err(),
            "a place is taken once"
        );
    }

    #[test]
    fn enumerations_are_closed() {
        assert_eq!("light-red".parse(), Ok(Color::LightRed));
        assert_eq!(
            Color::ALL
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            ["light-red", "BLUE"]
        );
        assert_eq!("RED".parse::<Color>(), Err(Mismatch { expected: "Color" }));
        assert!(Color::from_value(Value::String("blue".into())).is_err());
    }

    #[test]
    fn operations_hold_what_the_model_says() {
        let schema = <operations::Paint as OperationShape>::SCHEMA;
        assert_eq!(
            (schema.name, schema.http.uri, schema.http.status),
            ("Paint", "/paint", 201)
        );
        assert_eq!(
            (schema.result_wrapper, schema.unsigned),
            (Some("PaintResult"), true)
        );
        assert_eq!(schema.input_members().len(), 3);
        assert_eq!(
            schema
                .errors
                .iter()
                .map(|error| error.name)
                .collect::<Vec<_>>(),
            ["Dry"]
        );
        assert_eq!(
            (
                operations::REPAINT.result_wrapper,
                operations::REPAINT.unsigned
            ),
            (None, false)
        );
        let names: Vec<_> = operations::SERVICE
            .operations
            .iter()
            .map(|operation| operation.name)
            .collect();
        assert_eq!(names, ["Paint", "Repaint"]);
        assert_eq!(
            <operations::Repaint as OperationShape>::SCHEMA.service.id,
            "paint"
        );
    }
}
