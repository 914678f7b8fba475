//! Reading SAML 2.0 metadata of identity providers ("Metadata for the OASIS Security Assertion Markup Language").

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";

/// What is asked of a metadata document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The issuer of its assertions.
    pub entity_id: String,
    /// When the first of its certificates ends.
    pub expires: Option<Timestamp>,
}

/// Reads a document: one entity that is an identity provider with a certificate. `None` where it is not so,
/// and for documents with a document type, which could name entities to expand.
#[must_use]
pub fn parse(text: &str) -> Option<Metadata> {
    let mut reader = NsReader::from_str(text);
    let mut depth = 0_usize;
    let (mut entity_id, mut provider) = (None, false);
    let mut certificates = 0_usize;
    let mut certificate: Option<String> = None;
    let mut expires: Option<Timestamp> = None;
    loop {
        let (namespace, event) = reader.read_resolved_event().ok()?;
        let namespace = match namespace {
            ResolveResult::Bound(namespace) => namespace.into_inner().to_owned(),
            _ => String::new(),
        };
        match event {
            Event::DocType(_) => return None,
            Event::Start(ref element) | Event::Empty(ref element) => {
                let open = matches!(event, Event::Start(_));
                let name = element.local_name();
                match (namespace.as_str(), name.into_inner()) {
                    (METADATA, "EntityDescriptor") if depth == 0 && entity_id.is_none() => {
                        let attribute = element.try_get_attribute("entityID").ok()??;
                        entity_id = Some(
                            attribute
                                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                                .ok()?
                                .into_owned(),
                        );
                    }
                    _ if depth == 0 => return None,
                    (METADATA, "IDPSSODescriptor") => provider = true,
                    (SIGNATURE, "X509Certificate") if open => certificate = Some(String::new()),
                    _ => {}
                }
                depth += usize::from(open);
            }
            Event::Text(ref part) => {
                let part: &str = part;
                match &mut certificate {
                    Some(text) => text.extend(part.chars().filter(|c| !c.is_ascii_whitespace())),
                    None if depth == 0 && !part.trim().is_empty() => return None,
                    None => {}
                }
            }
            Event::End(_) => {
                depth = depth.checked_sub(1)?;
                if let Some(text) = certificate.take() {
                    let end = end_of(&text)?;
                    expires = Some(expires.map_or(end, |other| other.min(end)));
                    certificates += 1;
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let entity_id = entity_id.filter(|id| !id.is_empty())?;
    (depth == 0 && provider && certificates > 0).then_some(Metadata { entity_id, expires })
}

fn end_of(certificate: &str) -> Option<Timestamp> {
    let der = STANDARD.decode(certificate).ok()?;
    let (_, parsed) = x509_parser::parse_x509_certificate(&der).ok()?;
    Timestamp::from_second(parsed.validity().not_after.timestamp()).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::certificate::tests::CERTIFICATE;

    pub(crate) fn document() -> String {
        let base64: String = CERTIFICATE
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect();
        format!(
            r#"<?xml version="1.0"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example/a&amp;b">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>
      <ds:X509Certificate>{base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
"#
        )
    }

    #[test]
    fn an_identity_provider_is_read() {
        let metadata = parse(&document()).unwrap();
        assert_eq!(metadata.entity_id, "https://idp.example/a&b");
        assert!(metadata.expires.is_some());
    }

    #[test]
    fn other_documents_are_refused() {
        let good = document();
        for text in [
            "a".repeat(1024),
            good.replace("SAML:2.0:metadata\"", "SAML:1.1:metadata\""),
            good.replace("IDPSSODescriptor", "SPSSODescriptor"),
            good.replace("entityID", "entity"),
            good.replace("</md:EntityDescriptor>", ""),
            good.replace("MII", "?II"),
            good.replace("ds:X509Certificate>", "ds:X509Other>"),
            good.replace("<md:Entity", "<!DOCTYPE a [<!ENTITY b \"c\">]><md:Entity"),
            format!("{good}{good}"),
        ] {
            assert_eq!(parse(&text), None, "{text}");
        }
    }
}
