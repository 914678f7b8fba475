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
