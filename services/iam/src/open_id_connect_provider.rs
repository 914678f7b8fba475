//! OpenID Connect providers, whose tokens `AssumeRoleWithWebIdentity` takes.
//!
//! Nothing is fetched from a provider: where a request gives no thumbprints, none are kept.

use crate::api::operations::{
    AddClientIDToOpenIDConnectProvider, CreateOpenIDConnectProvider, DeleteOpenIDConnectProvider,
    GetOpenIDConnectProvider, ListOpenIDConnectProviders, RemoveClientIDFromOpenIDConnectProvider,
    UpdateOpenIDConnectProviderThumbprint,
};
use crate::api::types::{
    AddClientIDToOpenIDConnectProviderInput, AddClientIDToOpenIDConnectProviderOutput,
    CreateOpenIDConnectProviderInput, CreateOpenIDConnectProviderOutput,
    DeleteOpenIDConnectProviderInput, DeleteOpenIDConnectProviderOutput,
    GetOpenIDConnectProviderInput, GetOpenIDConnectProviderOutput, ListOpenIDConnectProvidersInput,
    ListOpenIDConnectProvidersOutput, OpenIDConnectProviderListEntry,
    RemoveClientIDFromOpenIDConnectProviderInput, RemoveClientIDFromOpenIDConnectProviderOutput,
    UpdateOpenIDConnectProviderThumbprintInput, UpdateOpenIDConnectProviderThumbprintOutput,
};
use crate::credential_tag::Taggable;
use crate::entity::TagRecord;
use crate::{IamError, quota, tag, time};
use jiff::Timestamp;
use kernel::{Call, Check, Entity, Operation, Plan, Registry};
use serde::{Deserialize, Serialize};

/// Quota "OpenId Connect providers per account" ("IAM and AWS STS quotas").
const MAX_PROVIDERS: usize = 100;
/// Quota "Client IDs per OpenId Connect provider".
const MAX_CLIENTS: usize = 100;
/// Thumbprints of a provider ("CreateOpenIDConnectProvider").
const MAX_THUMBPRINTS: usize = 5;

/// Adds the operations on OpenID Connect providers to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<AddClientIDToOpenIDConnectProvider>()
        .serve::<CreateOpenIDConnectProvider>()
        .serve::<DeleteOpenIDConnectProvider>()
        .serve::<GetOpenIDConnectProvider>()
        .serve::<ListOpenIDConnectProviders>()
        .serve::<RemoveClientIDFromOpenIDConnectProvider>()
        .serve::<UpdateOpenIDConnectProviderThumbprint>();
}

/// An OpenID Connect provider. It is kept under its URL without `https://`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenIdConnectProviderRecord {
    /// The URL without `https://`: host and path.
    pub url: String,
    /// Client ids (audiences), in the order they were added.
    #[serde(default)]
    pub client_ids: Vec<String>,
    /// SHA-1 fingerprints of certificates, in lower case.
    #[serde(default)]
    pub thumbprints: Vec<String>,
    /// When it was created.
    pub created: Timestamp,
    /// Its tags, in the order they were set.
    #[serde(default)]
    pub tags: Vec<TagRecord>,
}

impl Entity for OpenIdConnectProviderRecord {
    const KIND: &'static str = "iam.oidc-provider";
}

impl Taggable for OpenIdConnectProviderRecord {
    fn check(call: &mut Call, action: &'static str, id: &str) -> Result<Check, IamError> {
        let check = Check::new(action, id.to_owned());
        Ok(match load(call, id)? {
            Some(record) => check.resource_tags(tag::pairs(&record.tags)),
            None => check,
        })
    }

    fn find(call: &mut Call, id: &str) -> Result<Self, IamError> {
        load(call, id)?.ok_or_else(|| {
            IamError::NoSuchEntity(format!("OpenIDConnect Provider not found for arn {id}"))
        })
    }

    fn tags(&mut self) -> &mut Vec<TagRecord> {
        &mut self.tags
    }

    fn store(&self, call: &mut Call) -> Result<(), IamError> {
        Ok(call.save(&self.url, self)?)
    }
}

fn arn(call: &Call, url: &str) -> String {
    format!("{}{url}", arn_start(call))
}

fn arn_start(call: &Call) -> String {
    format!(
        "arn:{}:iam::{}:oidc-provider/",
        call.partition().as_str(),
        call.account()
    )
}

/// A provider of the caller's account by its ARN.
fn load(call: &mut Call, arn: &str) -> Result<Option<OpenIdConnectProviderRecord>, IamError> {
    let start = arn_start(call);
    match arn.strip_prefix(&start) {
        Some(url) if !url.is_empty() && !url.contains('\0') => Ok(call.load(url)?),
        _ => Ok(None),
    }
}

/// The host and path of a provider's URL.
fn checked_url(url: &str) -> Result<&str, IamError> {
    const INVALID: &str = "Invalid Open ID Connect Provider URL";
    let invalid = || IamError::InvalidInput(format!("{INVALID}."));
    let Some((scheme, rest)) = url.split_once("://").filter(|(_, rest)| !rest.is_empty()) else {
        return Err(IamError::Validation(INVALID.into()));
    };
    if scheme != "https" {
        return Err(IamError::InvalidInput(format!(
            "{INVALID}. The URL must begin with https://."
        )));
    }
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    let label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // Neither user, port, query nor fragment: what follows the host is a path of printable characters.
    let path =
        |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '"' | '<' | '>' | '\\' | '*');
    if host.split('.').all(label) && rest.chars().all(path) {
        Ok(rest)
    } else {
        Err(invalid())
    }
}

fn checked_clients(clients: Vec<String>) -> Result<Vec<String>, IamError> {
    let mut unique: Vec<String> = Vec::with_capacity(clients.len());
    for client in clients {
        if !unique.contains(&client) {
            unique.push(client);
        }
    }
    if unique.len() > MAX_CLIENTS {
        Err(too_many_clients())
    } else {
        Ok(unique)
    }
}

fn too_many_clients() -> IamError {
    IamError::LimitExceeded(format!(
        "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {MAX_CLIENTS}"
    ))
}

fn checked_thumbprints(thumbprints: Vec<String>) -> Result<Vec<String>, IamError> {
    if thumbprints.len() > MAX_THUMBPRINTS {
        return Err(IamError::InvalidInput(
            "Thumbprint list must contain fewer than 5 entries.".into(),
        ));
    }
    Ok(thumbprints
        .into_iter()
        .map(|thumbprint| thumbprint.to_lowercase())
        .collect())
}

impl Operation for CreateOpenIDConnectProvider {
    type Error = IamError;

    fn plan(call: &mut Call, input: &CreateOpenIDConnectProviderInput) -> Result<Plan, IamError> {
        let url = input
            .url
            .split_once("://")
            .map_or(input.url.as_str(), |(_, rest)| rest);
        let arn = arn(call, url);
        let tags = || tag::request_pairs(input.tags.as_ref());
        let plan = Plan::new(
            Check::new("iam:CreateOpenIDConnectProvider", arn.clone()).request_tags(tags()),
        );
        // Tags at creation need their own permission ("Tagging OpenID Connect (OIDC) identity providers").
        Ok(match tags().next() {
            Some(_) => {
                plan.and(Check::new("iam:TagOpenIDConnectProvider", arn).request_tags(tags()))
            }
            None => plan,
        })
    }

    async fn handle(
        call: &mut Call,
        input: CreateOpenIDConnectProviderInput,
    ) -> Result<CreateOpenIDConnectProviderOutput, IamError> {
        let thumbprints = checked_thumbprints(input.thumbprint_list.unwrap_or_default())?;
        let client_ids = checked_clients(input.client_id_list.unwrap_or_default())?;
        let url = checked_url(&input.url)?.to_owned();
        let tags = tag::checked(input.tags.unwrap_or_default())?;
        if call.load::<OpenIdConnectProviderRecord>(&url)?.is_some() {
            return Err(IamError::EntityAlreadyExists(format!(
                "Provider with url {} already exists.",
                input.url
            )));
        }
        quota::room_under::<OpenIdConnectProviderRecord>(
            call,
            "",
            MAX_PROVIDERS,
            "OpenIdConnectProvidersPerAccount",
        )?;
        let record = OpenIdConnectProviderRecord {
            url,
            client_ids,
            thumbprints,
            created: time::seconds(call.now),
            tags,
        };
        record.store(call)?;
        Ok(CreateOpenIDConnectProviderOutput {
            open_id_connect_provider_arn: Some(arn(call, &record.url)),
            tags: (!record.tags.is_empty()).then(|| tag::shown(&record.tags)),
        })
    }
}

impl Operation for GetOpenIDConnectProvider {
    type Error = IamError;

    fn plan(call: &mut Call, input: &GetOpenIDConnectProviderInput) -> Result<Plan, IamError> {
        OpenIdConnectProviderRecord::check(
            call,
            "iam:GetOpenIDConnectProvider",
            &input.open_id_connect_provider_arn,
        )
        .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: GetOpenIDConnectProviderInput,
    ) -> Result<GetOpenIDConnectProviderOutput, IamError> {
        let record = OpenIdConnectProviderRecord::find(call, &input.open_id_connect_provider_arn)?;
        Ok(GetOpenIDConnectProviderOutput {
            tags: Some(tag::shown(&record.tags)),
            url: Some(record.url),
            client_id_list: Some(record.client_ids),
            thumbprint_list: Some(record.thumbprints),
            create_date: Some(record.created),
        })
    }
}

impl Operation for ListOpenIDConnectProviders {
    type Error = IamError;

    fn plan(_call: &mut Call, _input: &ListOpenIDConnectProvidersInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new("iam:ListOpenIDConnectProviders", "*")))
    }

    async fn handle(
        call: &mut Call,
        _input: ListOpenIDConnectProvidersInput,
    ) -> Result<ListOpenIDConnectProvidersOutput, IamError> {
        let records = call.list::<OpenIdConnectProviderRecord>("", None, MAX_PROVIDERS)?;
        Ok(ListOpenIDConnectProvidersOutput {
            open_id_connect_provider_list: Some(
                records
                    .iter()
                    .map(|(_, record)| OpenIDConnectProviderListEntry {
                        arn: Some(arn(call, &record.url)),
                    })
                    .collect(),
            ),
        })
    }
}

impl Operation for AddClientIDToOpenIDConnectProvider {
    type Error = IamError;

    fn plan(
        call: &mut Call,
        input: &AddClientIDToOpenIDConnectProviderInput,
    ) -> Result<Plan, IamError> {
        const ACTION: &str = "iam:AddClientIDToOpenIDConnectProvider";
        OpenIdConnectProviderRecord::check(call, ACTION, &input.open_id_connect_provider_arn)
            .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: AddClientIDToOpenIDConnectProviderInput,
    ) -> Result<AddClientIDToOpenIDConnectProviderOutput, IamError> {
        let mut record =
            OpenIdConnectProviderRecord::find(call, &input.open_id_connect_provider_arn)?;
        if !record.client_ids.contains(&input.client_id) {
            if record.client_ids.len() >= MAX_CLIENTS {
                return Err(too_many_clients());
            }
            record.client_ids.push(input.client_id);
            record.store(call)?;
        }
        Ok(AddClientIDToOpenIDConnectProviderOutput {})
    }
}

impl Operation for RemoveClientIDFromOpenIDConnectProvider {
    type Error = IamError;

    fn plan(
        call: &mut Call,
        input: &RemoveClientIDFromOpenIDConnectProviderInput,
    ) -> Result<Plan, IamError> {
        const ACTION: &str = "iam:RemoveClientIDFromOpenIDConnectProvider";
        OpenIdConnectProviderRecord::check(call, ACTION, &input.open_id_connect_provider_arn)
            .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: RemoveClientIDFromOpenIDConnectProviderInput,
    ) -> Result<RemoveClientIDFromOpenIDConnectProviderOutput, IamError> {
        let mut record =
            OpenIdConnectProviderRecord::find(call, &input.open_id_connect_provider_arn)?;
        record
            .client_ids
            .retain(|client| *client != input.client_id);
        record.store(call)?;
        Ok(RemoveClientIDFromOpenIDConnectProviderOutput {})
    }
}

impl Operation for UpdateOpenIDConnectProviderThumbprint {
    type Error = IamError;

    fn plan(
        call: &mut Call,
        input: &UpdateOpenIDConnectProviderThumbprintInput,
    ) -> Result<Plan, IamError> {
        const ACTION: &str = "iam:UpdateOpenIDConnectProviderThumbprint";
        OpenIdConnectProviderRecord::check(call, ACTION, &input.open_id_connect_provider_arn)
            .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: UpdateOpenIDConnectProviderThumbprintInput,
    ) -> Result<UpdateOpenIDConnectProviderThumbprintOutput, IamError> {
        let mut record =
            OpenIdConnectProviderRecord::find(call, &input.open_id_connect_provider_arn)?;
        record.thumbprints = checked_thumbprints(input.thumbprint_list)?;
        record.store(call)?;
        Ok(UpdateOpenIDConnectProviderThumbprintOutput {})
    }
}

impl Operation for DeleteOpenIDConnectProvider {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteOpenIDConnectProviderInput) -> Result<Plan, IamError> {
        const ACTION: &str = "iam:DeleteOpenIDConnectProvider";
        OpenIdConnectProviderRecord::check(call, ACTION, &input.open_id_connect_provider_arn)
            .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeleteOpenIDConnectProviderInput,
    ) -> Result<DeleteOpenIDConnectProviderOutput, IamError> {
        // "DeleteOpenIDConnectProvider": a provider that does not exist is no error.
        if let Some(record) = load(call, &input.open_id_connect_provider_arn)? {
            call.remove::<OpenIdConnectProviderRecord>(&record.url)?;
        }
        Ok(DeleteOpenIDConnectProviderOutput {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_https_with_a_host_and_a_path() {
        assert_eq!(checked_url("https://example.com").unwrap(), "example.com");
        assert_eq!(
            checked_url("https://example.com/realms/a/").unwrap(),
            "example.com/realms/a/"
        );
        for (url, text) in [
            ("example.com", "Invalid Open ID Connect Provider URL"),
            ("https://", "Invalid Open ID Connect Provider URL"),
            (
                "http://example.com",
                "Invalid Open ID Connect Provider URL. The URL must begin with https://.",
            ),
            (
                "https://user@example.com",
                "Invalid Open ID Connect Provider URL.",
            ),
            (
                "https://example.com:8443",
                "Invalid Open ID Connect Provider URL.",
            ),
            (
                "https://example.com/a?b=c",
                "Invalid Open ID Connect Provider URL.",
            ),
            (
                "https://example.com/#a",
                "Invalid Open ID Connect Provider URL.",
            ),
            (
                "https://example..com",
                "Invalid Open ID Connect Provider URL.",
            ),
            (
                "https://exa_mple.com",
                "Invalid Open ID Connect Provider URL.",
            ),
            ("https:///a", "Invalid Open ID Connect Provider URL."),
            (
                "https://example.com/*",
                "Invalid Open ID Connect Provider URL.",
            ),
        ] {
            assert_eq!(checked_url(url).unwrap_err().to_string(), text, "{url}");
        }
    }

    #[test]
    fn lists_have_limits() {
        assert_eq!(checked_thumbprints(vec!["AB".into()]).unwrap(), ["ab"]);
        assert!(checked_thumbprints(vec![String::new(); 6]).is_err());
        assert_eq!(
            checked_clients(vec!["a".into(), "b".into(), "a".into()]).unwrap(),
            ["a", "b"]
        );
        assert!(checked_clients((0..101).map(|n| n.to_string()).collect()).is_err());
    }
}
