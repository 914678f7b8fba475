//! Parameters of form bodies and query strings.

use crate::MAX_PARAMETERS;
use crate::error::Fault;
use crate::uri::{percent_decode, percent_encode};
use bytes::Bytes;
use http::{Method, header, request::Parts};

/// Names and values in the order of the message.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Form(pub(crate) Vec<(String, String)>);

impl Form {
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let mut pairs = Vec::new();
        for part in text.split('&').filter(|part| !part.is_empty()) {
            if pairs.len() == MAX_PARAMETERS {
                return Err(Fault::TooMany);
            }
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            pairs.push((
                percent_decode(name, true)?.into_owned(),
                percent_decode(value, true)?.into_owned(),
            ));
        }
        Ok(Self(pairs))
    }

    /// The parameters of the query string.
    pub(crate) fn of_uri(parts: &Parts) -> Result<Self, Fault> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }

    /// The parameters of an awsQuery request: those of the form body when it names an action,
    /// else those of the query string. Never a mixture, so that the parameters which are
    /// decoded are those which named the operation.
    pub(crate) fn of_request(parts: &Parts, body: &Bytes) -> Result<Self, Fault> {
        if parts.method == Method::POST && has_form_body(parts) {
            let text = std::str::from_utf8(body).map_err(|_| Fault::Malformed)?;
            let form = Self::parse(text)?;
            if form.first("Action").is_some() {
                return Ok(form);
            }
        }
        Self::of_uri(parts)
    }

    /// The first value of a name, which is the one that AWS takes.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn write(&self) -> String {
        let mut out = String::new();
        for (name, value) in &self.0 {
            if !out.is_empty() {
                out.push('&');
            }
            percent_encode(&mut out, name, false);
            out.push('=');
            percent_encode(&mut out, value, false);
        }
        out
    }
}

/// The body is a form; a body without a content type is taken for one.
fn has_form_body(parts: &Parts) -> bool {
    parts.headers.get(header::CONTENT_TYPE).is_none_or(|value| {
        value
            .as_bytes()
            .to_ascii_lowercase()
            .starts_with(b"application/x-www-form-urlencoded")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_counts() {
        let form = Form::parse("Action=A&Action=B&&c").unwrap();
        assert_eq!(form.first("Action"), Some("A"));
        assert_eq!(form.first("c"), Some(""));
    }

    #[test]
    fn the_number_of_parameters_is_bounded() {
        assert_eq!(
            Form::parse(&"a=b&".repeat(MAX_PARAMETERS + 1)),
            Err(Fault::TooMany)
        );
        assert!(Form::parse(&"a=b&".repeat(MAX_PARAMETERS)).is_ok());
    }

    #[test]
    fn writing_is_the_way_back() {
        let form = Form(vec![
            ("a b".into(), "c&=+%ü".into()),
            ("d".into(), String::new()),
        ]);
        assert_eq!(Form::parse(&form.write()), Ok(form));
    }
}
