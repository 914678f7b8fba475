//! AWS's names as Rust identifiers.

use std::collections::BTreeSet;

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// Names of the prelude and of the imports that generated files rely on.
pub(crate) const RESERVED_TYPES: &[&str] = &[
    "BTreeMap",
    "Blob",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Document",
    "Err",
    "None",
    "Ok",
    "Option",
    "PartialEq",
    "Result",
    "Self",
    "Some",
    "String",
    "Timestamp",
    "Vec",
];

/// Cuts a name into words: `SSEKMSKeyId` is `SSEKMS`, `Key`, `Id`; `ClientIDs` is `Client`, `IDs`.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.replace("IPv", "Ipv").chars().collect();
    let at = |index: usize| chars.get(index).copied();
    let mut words = Vec::new();
    let mut word = String::new();
    for (index, &char) in chars.iter().enumerate() {
        if !char.is_ascii_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        let before = index.checked_sub(1).and_then(at);
        let after_small =
            before.is_some_and(|before| before.is_ascii_lowercase() || before.is_ascii_digit());
        // The last capital of a run opens the next word, except before a plural s.
        let plural = at(index + 1) == Some('s')
            && at(index + 2).is_none_or(|after| !after.is_ascii_lowercase());
        let opens = at(index + 1).is_some_and(|after| after.is_ascii_lowercase())
            && before.is_some_and(|before| before.is_ascii_uppercase())
            && !plural;
        if char.is_ascii_uppercase() && (after_small || opens) {
            words.push(std::mem::take(&mut word));
        }
        word.push(char);
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// `UserName` -> `user_name`, keywords escaped.
pub(crate) fn field(name: &str) -> String {
    let snake = words(name).join("_").to_ascii_lowercase();
    match snake.as_str() {
        "crate" | "self" | "super" => format!("{snake}_"),
        keyword if KEYWORDS.contains(&keyword) => format!("r#{keyword}"),
        digit if digit.starts_with(|first: char| first.is_ascii_digit()) => format!("n{digit}"),
        _ => snake,
    }
}

/// `userNameType` -> `USER_NAME_TYPE`
pub(crate) fn static_name(name: &str) -> String {
    words(name).join("_").to_ascii_uppercase()
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(chars)
        .collect()
}

/// `userDetail` -> `UserDetail`; capitals stay where AWS has them.
pub(crate) fn type_name(name: &str) -> String {
    name.split(|char: char| !char.is_ascii_alphanumeric())
        .map(capitalized)
        .collect()
}

/// An enumeration's value as a variant: `RSA_2048` -> `Rsa2048`, `aws:kms` -> `AwsKms`.
pub(crate) fn variant(value: &str) -> String {
    let spelled = value.replace('*', " All ");
    let joined: String = words(&spelled)
        .iter()
        .map(|word| capitalized(&word.to_ascii_lowercase()))
        .collect();
    match joined.as_str() {
        "" => "Empty".into(),
        "Self" => "SelfValue".into(),
        digit if digit.starts_with(|first: char| first.is_ascii_digit()) => format!("V{digit}"),
        _ => joined,
    }
}

/// Names given out once each; a second taker gets a number.
#[derive(Debug, Default)]
pub(crate) struct Taken(BTreeSet<String>);

impl Taken {
    pub(crate) fn new(reserved: &[&str]) -> Self {
        Self(reserved.iter().map(|&name| name.into()).collect())
    }

    pub(crate) fn take(&mut self, wanted: String) -> String {
        if self.0.insert(wanted.clone()) {
            return wanted;
        }
        let separator = if wanted.contains(|char: char| char.is_ascii_lowercase()) {
            ""
        } else {
            "_"
        };
        let mut number = 2_u32;
        loop {
            let name = format!("{wanted}{separator}{number}");
            if self.0.insert(name.clone()) {
                return name;
            }
            number = number.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_snake_case() {
        let cases = [
            ("UserName", "user_name"),
            ("MFADevices", "mfa_devices"),
            ("SSEKMSKeyId", "ssekms_key_id"),
            ("ClientIDList", "client_id_list"),
            ("ClientIDs", "client_ids"),
            ("OpenIDConnectProviderArn", "open_id_connect_provider_arn"),
            ("S3Bucket", "s3_bucket"),
            ("IPv4", "ipv4"),
            ("x509Certificate", "x509_certificate"),
            ("type", "r#type"),
            ("self", "self_"),
        ];
        for (name, expected) in cases {
            assert_eq!(field(name), expected);
        }
    }

    #[test]
    fn variants_are_camel_case() {
        let cases = [
            ("Active", "Active"),
            ("RSA_2048", "Rsa2048"),
            ("aws:kms", "AwsKms"),
            ("us-east-1", "UsEast1"),
            ("", "Empty"),
            ("10", "V10"),
            ("Self", "SelfValue"),
            ("s3:ObjectCreated:*", "S3ObjectCreatedAll"),
            ("PolicyDefinedInJSON", "PolicyDefinedInJson"),
        ];
        for (value, expected) in cases {
            assert_eq!(variant(value), expected);
        }
    }

    #[test]
    fn a_second_taker_gets_a_number() {
        let mut taken = Taken::new(&["String"]);
        assert_eq!(taken.take("String".into()), "String2");
        assert_eq!(taken.take("USER".into()), "USER");
        assert_eq!(taken.take("USER".into()), "USER_2");
    }
}
