//! One CloudTrail record.

use crate::text::{clip, iso8601};
use crate::{Json, UserIdentity, identity::IdentityType, limit};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// One call, as CloudTrail records it (AWS: "CloudTrail record contents for management, data, and
/// network activity events", version 1.11). Make it with [`Event::new`], set what is known, write
/// it with [`Event::to_bytes`].
#[derive(Debug, Clone)]
pub struct Event {
    /// Who made the call; starts as unknown.
    pub user_identity: UserIdentity,
    /// When the call was completed; printed in whole seconds, UTC.
    pub event_time: Timestamp,
    /// The service, such as `iam.amazonaws.com`.
    pub event_source: Cow<'static, str>,
    /// The operation, such as `CreateUser`.
    pub event_name: Cow<'static, str>,
    /// The region; `us-east-1` for IAM and other global services.
    pub aws_region: Cow<'static, str>,
    /// The caller's address, or the service that called.
    pub source_ip_address: Cow<'static, str>,
    /// The caller's user agent; cut after 1 KB.
    pub user_agent: Option<String>,
    /// The error's code, such as `AccessDenied`.
    pub error_code: Option<Cow<'static, str>>,
    /// The error's message; cut after 1 KB.
    pub error_message: Option<String>,
    /// The redacted input; `None` prints `null`, more than 100 KB prints `{"omitted":true}`.
    pub request_parameters: Option<Json>,
    /// The redacted output; as above. `None` for calls that only read, except the calls of STS
    /// that issue credentials: CloudTrail shows their response although it marks them read-only.
    pub response_elements: Option<Json>,
    /// More data that is in neither; omitted above 28 KB.
    pub additional_event_data: Option<Json>,
    /// What a service event is about; omitted above 100 KB (CloudTrail's `serviceEventDetails`).
    pub service_event_details: Option<Json>,
    /// The request id of the response; cut after 1 KB.
    pub request_id: Option<String>,
    /// The record's own id.
    pub event_id: EventId,
    /// The call changes nothing.
    pub read_only: bool,
    /// The resources that the call touched.
    pub resources: Vec<Resource>,
    /// `AwsApiCall` unless set.
    pub event_type: Cow<'static, str>,
    /// The API version of the call.
    pub api_version: Option<Cow<'static, str>>,
    /// `true` unless set: a management event, else a data event.
    pub management_event: bool,
    /// The account that receives the record.
    pub recipient_account_id: Option<String>,
    /// The same in each account's record of one cross-account call.
    pub shared_event_id: Option<EventId>,
    /// `Management` unless set.
    pub event_category: Cow<'static, str>,
    /// The TLS connection; `None` for calls without one.
    pub tls_details: Option<TlsDetails>,
    /// The credentials came from a console session; printed only when set.
    pub session_credential_from_console: bool,
}

/// A UUID, version 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventId([u8; 16]);

/// A resource that a call touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// The resource's account.
    #[serde(rename = "accountId", skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The kind, such as `AWS::IAM::Role`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Cow<'static, str>>,
    /// The resource's ARN.
    #[serde(rename = "ARN")]
    pub arn: String,
}

/// The TLS connection of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsDetails {
    /// `TLSv1.2` or `TLSv1.3`.
    pub tls_version: Cow<'static, str>,
    /// Such as `TLS_AES_128_GCM_SHA256`.
    pub cipher_suite: Cow<'static, str>,
    /// The Host header that the client sent; cut after 1 KB.
    pub client_provided_host_header: Option<String>,
}

impl EventId {
    /// Makes a version 4 UUID of 128 random bits.
    #[must_use]
    pub fn from_random(random: [u8; 16]) -> Self {
        let bits = u128::from_be_bytes(random);
        let version = (bits & !(0xf << 76)) | (4 << 76);
        Self(((version & !(0b11 << 62)) | (0b10 << 62)).to_be_bytes())
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Where each byte's digits stand; hyphens stay between.
        const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
        let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
        let mut text = [b'-'; 36];
        for (byte, place) in self.0.iter().zip(PLACES) {
            if let Some(digits) = text.get_mut(place..place + 2) {
                digits.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
            }
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for EventId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Event {
    /// A record of a management call by nobody known, to be filled.
    #[must_use]
    pub fn new(
        event_source: impl Into<Cow<'static, str>>,
        event_name: impl Into<Cow<'static, str>>,
        aws_region: impl Into<Cow<'static, str>>,
        event_time: Timestamp,
        event_id: EventId,
    ) -> Self {
        Self {
            user_identity: UserIdentity::bare(IdentityType::Unknown),
            event_time,
            event_source: event_source.into(),
            event_name: event_name.into(),
            aws_region: aws_region.into(),
            source_ip_address: Cow::Borrowed(""),
            user_agent: None,
            error_code: None,
            error_message: None,
            request_parameters: None,
            response_elements: None,
            additional_event_data: None,
            service_event_details: None,
            request_id: None,
            event_id,
            read_only: false,
            resources: Vec::new(),
            event_type: Cow::Borrowed("AwsApiCall"),
            api_version: None,
            management_event: true,
            recipient_account_id: None,
            shared_event_id: None,
            event_category: Cow::Borrowed("Management"),
            tls_details: None,
            session_credential_from_console: false,
        }
    }

    /// The record as one line of JSON, within CloudTrail's limits: at most 256 KB, for which
    /// response, parameters, additional data and resources are left out in this order.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let omitted = Json::omitted();
        let mut record = Record::new(self, omitted.as_ref());
        for step in 0.. {
            let mut out = Vec::with_capacity(2048);
            // Writing plain structs to memory does not fail; were it to, the trail refuses the
            // empty record and the call fails closed.
            if serde_json::to_writer(&mut out, &record).is_err() {
                return Bytes::new();
            }
            if out.len() <= limit::EVENT || step == 4 {
                return Bytes::from(out);
            }
            match step {
                0 => record.response_elements = record.response_elements.and(omitted.as_ref()),
                1 => record.request_parameters = record.request_parameters.and(omitted.as_ref()),
                2 => record.additional_event_data = None,
                _ => record.resources = None,
            }
        }
        Bytes::new()
    }
}

/// An event in CloudTrail's order of fields and within its limits.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    event_version: &'static str,
    user_identity: &'a UserIdentity,
    #[serde(serialize_with = "iso8601")]
    event_time: Timestamp,
    event_source: &'a str,
    event_name: &'a str,
    aws_region: &'a str,
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'a str>,
    request_parameters: Option<&'a Json>,
    response_elements: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_event_data: Option<&'a Json>,
    #[serde(rename = "requestID", skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(rename = "eventID")]
    event_id: EventId,
    read_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<&'a [Resource]>,
    event_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_version: Option<&'a str>,
    management_event: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_account_id: Option<&'a str>,
    #[serde(rename = "sharedEventID", skip_serializing_if = "Option::is_none")]
    shared_event_id: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_event_details: Option<&'a Json>,
    event_category: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_details: Option<Tls<'a>>,
    // CloudTrail prints this boolean as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_credential_from_console: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tls<'a> {
    tls_version: &'a str,
    cipher_suite: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_provided_host_header: Option<&'a str>,
}

impl<'a> Record<'a> {
    fn new(event: &'a Event, omitted: Option<&'a Json>) -> Self {
        let text = |text: &'a str| clip(text, limit::TEXT);
        let limited = |json: &'a Option<Json>, bytes: usize| match json {
            Some(json) if json.as_str().len() > bytes => omitted,
            json => json.as_ref(),
        };
        Self {
            event_version: "1.11",
            user_identity: &event.user_identity,
            event_time: event.event_time,
            event_source: &event.event_source,
            event_name: text(&event.event_name),
            aws_region: text(&event.aws_region),
            source_ip_address: text(&event.source_ip_address),
            user_agent: event.user_agent.as_deref().map(text),
            error_code: event.error_code.as_deref().map(text),
            error_message: event.error_message.as_deref().map(text),
            request_parameters: limited(&event.request_parameters, limit::PARAMETERS),
            response_elements: limited(&event.response_elements, limit::PARAMETERS),
            additional_event_data: limited(&event.additional_event_data, limit::ADDITIONAL),
            request_id: event.request_id.as_deref().map(text),
            event_id: event.event_id,
            read_only: event.read_only,
            resources: (!event.resources.is_empty()).then_some(event.resources.as_slice()),
            event_type: &event.event_type,
            api_version: event.api_version.as_deref(),
            management_event: event.management_event,
            recipient_account_id: event.recipient_account_id.as_deref(),
            shared_event_id: event.shared_event_id,
            service_event_details: limited(&event.service_event_details, limit::PARAMETERS),
            event_category: &event.event_category,
            tls_details: event.tls_details.as_ref().map(|tls| Tls {
                tls_version: &tls.tls_version,
                cipher_suite: &tls.cipher_suite,
                client_provided_host_header: tls.client_provided_host_header.as_deref().map(text),
            }),
            session_credential_from_console: event
                .session_credential_from_console
                .then_some("true"),
        }
    }
}
