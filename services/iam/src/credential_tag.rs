//! Tags of MFA devices, server certificates and identity providers: the operations are the same for each.

use crate::api::operations::{
    ListMFADeviceTags, ListOpenIDConnectProviderTags, ListSAMLProviderTags,
    ListServerCertificateTags, TagMFADevice, TagOpenIDConnectProvider, TagSAMLProvider,
    TagServerCertificate, UntagMFADevice, UntagOpenIDConnectProvider, UntagSAMLProvider,
    UntagServerCertificate,
};
use crate::api::types::{
    ListMFADeviceTagsOutput, ListOpenIDConnectProviderTagsOutput, ListSAMLProviderTagsOutput,
    ListServerCertificateTagsOutput,
};
use crate::entity::TagRecord;
use crate::mfa::MfaDevice;
use crate::open_id_connect_provider::OpenIdConnectProviderRecord;
use crate::saml_provider::SamlProviderRecord;
use crate::server_certificate::ServerCertificateRecord;
use crate::{IamError, page, tag};
use kernel::{Call, Check, Operation, Plan, Registry};
use schema::OperationShape;

/// Adds the operations on these tags to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<ListMFADeviceTags>()
        .serve::<ListOpenIDConnectProviderTags>()
        .serve::<ListSAMLProviderTags>()
        .serve::<ListServerCertificateTags>()
        .serve::<TagMFADevice>()
        .serve::<TagOpenIDConnectProvider>()
        .serve::<TagSAMLProvider>()
        .serve::<TagServerCertificate>()
        .serve::<UntagMFADevice>()
        .serve::<UntagOpenIDConnectProvider>()
        .serve::<UntagSAMLProvider>()
        .serve::<UntagServerCertificate>();
}

/// A record with tags, found by what the request calls it.
pub(crate) trait Taggable: Sized {
    /// An action on the record, with its tags where it exists.
    fn check(call: &mut Call, action: &'static str, id: &str) -> Result<Check, IamError>;

    /// The record; `NoSuchEntity` where there is none.
    fn find(call: &mut Call, id: &str) -> Result<Self, IamError>;

    /// Its tags.
    fn tags(&mut self) -> &mut Vec<TagRecord>;

    /// Stages the record.
    fn store(&self, call: &mut Call) -> Result<(), IamError>;
}

macro_rules! tag_operations {
    ($record:ty, $id:ident, $tag:ident $tag_action:literal, $untag:ident $untag_action:literal, $list:ident $list_action:literal -> $page:ident) => {
        impl Operation for $tag {
            type Error = IamError;

            fn plan(
                call: &mut Call,
                input: &<Self as OperationShape>::Input,
            ) -> Result<Plan, IamError> {
                let check = <$record>::check(call, $tag_action, &input.$id)?;
                Ok(Plan::new(
                    check.request_tags(tag::request_pairs(Some(&input.tags))),
                ))
            }

            async fn handle(
                call: &mut Call,
                input: <Self as OperationShape>::Input,
            ) -> Result<<Self as OperationShape>::Output, IamError> {
                let mut record = <$record>::find(call, &input.$id)?;
                tag::merge(record.tags(), input.tags)?;
                record.store(call)?;
                Ok(Default::default())
            }
        }

        impl Operation for $untag {
            type Error = IamError;

            fn plan(
                call: &mut Call,
                input: &<Self as OperationShape>::Input,
            ) -> Result<Plan, IamError> {
                let check = <$record>::check(call, $untag_action, &input.$id)?;
                Ok(Plan::new(check.tag_keys(input.tag_keys.clone())))
            }

            async fn handle(
                call: &mut Call,
                input: <Self as OperationShape>::Input,
            ) -> Result<<Self as OperationShape>::Output, IamError> {
                let mut record = <$record>::find(call, &input.$id)?;
                tag::remove(record.tags(), &input.tag_keys);
                record.store(call)?;
                Ok(Default::default())
            }
        }

        impl Operation for $list {
            type Error = IamError;

            fn plan(
                call: &mut Call,
                input: &<Self as OperationShape>::Input,
            ) -> Result<Plan, IamError> {
                <$record>::check(call, $list_action, &input.$id).map(Plan::new)
            }

            async fn handle(
                call: &mut Call,
                input: <Self as OperationShape>::Input,
            ) -> Result<$page, IamError> {
                let mut record = <$record>::find(call, &input.$id)?;
                let tags = tag::shown(record.tags());
                let page = page::of_list(
                    tags,
                    |tag| tag.key.clone(),
                    input.max_items,
                    input.marker.as_deref(),
                )?;
                Ok($page {
                    is_truncated: Some(page.is_truncated()),
                    marker: page.marker,
                    tags: page.items,
                })
            }
        }
    };
}

tag_operations!(
    MfaDevice, serial_number,
    TagMFADevice "iam:TagMFADevice",
    UntagMFADevice "iam:UntagMFADevice",
    ListMFADeviceTags "iam:ListMFADeviceTags" -> ListMFADeviceTagsOutput
);
tag_operations!(
    ServerCertificateRecord, server_certificate_name,
    TagServerCertificate "iam:TagServerCertificate",
    UntagServerCertificate "iam:UntagServerCertificate",
    ListServerCertificateTags "iam:ListServerCertificateTags" -> ListServerCertificateTagsOutput
);
tag_operations!(
    OpenIdConnectProviderRecord, open_id_connect_provider_arn,
    TagOpenIDConnectProvider "iam:TagOpenIDConnectProvider",
    UntagOpenIDConnectProvider "iam:UntagOpenIDConnectProvider",
    ListOpenIDConnectProviderTags "iam:ListOpenIDConnectProviderTags" -> ListOpenIDConnectProviderTagsOutput
);
tag_operations!(
    SamlProviderRecord, saml_provider_arn,
    TagSAMLProvider "iam:TagSAMLProvider",
    UntagSAMLProvider "iam:UntagSAMLProvider",
    ListSAMLProviderTags "iam:ListSAMLProviderTags" -> ListSAMLProviderTagsOutput
);
