//! Which operation a request means.

use crate::error::{Reason, ResolveError};
use crate::fault_fields::structure;
use crate::form::Form;
use crate::{message, rpc_cbor, uri};
use bytes::Bytes;
use http::request::Parts;
use schema::{Location, OperationSchema, Protocol, ServiceSchema};

/// The operation that a request means.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// An operation whose shapes are known.
    Served(&'static OperationSchema),
    /// An operation that AWS has and that is not served yet.
    Unserved {
        /// The service.
        service: &'static ServiceSchema,
        /// The operation's name.
        name: &'static str,
    },
}

impl Target {
    /// The operation's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Served(op) => op.name,
            Self::Unserved { name, .. } => name,
        }
    }
}

/// A resolved request.
#[derive(Debug, Clone, Copy)]
pub struct Resolved {
    /// The protocol in which the request is written and wants its answer.
    pub protocol: Protocol,
    /// The operation.
    pub target: Target,
    /// The service.
    pub service: &'static ServiceSchema,
}

/// Finds the operation of a request.
///
/// `signing_name` is the service in the credential scope, where the request has one. It chooses
/// among services for requests that do not name theirs (method and path, `Action`); a request that
/// names its service by `X-Amz-Target` or by path is resolved by that name. That the scope names
/// the resolved service is for authentication to check, not for this function.
///
/// # Errors
/// [`ResolveError`] for a request that no operation of the services answers.
pub fn resolve(
    services: &[&'static ServiceSchema],
    parts: &Parts,
    body: &Bytes,
    signing_name: Option<&str>,
) -> Result<Resolved, ResolveError> {
    let search = Search {
        services,
        parts,
        signing_name,
    };
    if message::get(&parts.headers, "smithy-protocol").is_some_and(|name| name == rpc_cbor::NAME) {
        return search.by_rpc_path();
    }
    if let Some(target) = parts.headers.get("x-amz-target") {
        return search.by_target(std::str::from_utf8(target.as_bytes()).unwrap_or_default());
    }
    if let Some(found) = search.by_action(body) {
        return found;
    }
    search.by_path()
}

struct Search<'a> {
    services: &'a [&'static ServiceSchema],
    parts: &'a Parts,
    signing_name: Option<&'a str>,
}

impl Search<'_> {
    /// The service in the credential scope; the first of several with one signing name.
    fn signed(&self) -> Option<&'static ServiceSchema> {
        let name = self.signing_name?;
        self.services
            .iter()
            .copied()
            .find(|service| service.signing_name == name)
    }

    fn by_rpc_path(&self) -> Result<Resolved, ResolveError> {
        let protocol = Protocol::RpcV2Cbor;
        // The path may have a prefix of its own in front.
        let found =
            self.parts
                .uri
                .path()
                .rsplit_once("/operation/")
                .and_then(|(front, operation)| {
                    let (_, service) = front.rsplit_once("/service/")?;
                    let service = self.services.iter().copied().find(|known| {
                        known.rpc_name == service
                            && !service.is_empty()
                            && known.protocols.contains(&protocol)
                    })?;
                    Some((service, operation))
                });
        match found {
            Some((service, operation)) => named(service, protocol, operation),
            None => Err(unknown(self.signed(), protocol)),
        }
    }

    fn by_target(&self, target: &str) -> Result<Resolved, ResolveError> {
        let content_type = message::get(&self.parts.headers, "content-type").unwrap_or_default();
        let asked = match content_type.split(';').next().unwrap_or_default().trim() {
            "application/x-amz-json-1.0" => Protocol::AwsJson10,
            _ => Protocol::AwsJson11,
        };
        let (prefix, operation) = target.rsplit_once('.').unwrap_or(("", target));
        let service = self.services.iter().copied().find(|service| {
            !prefix.is_empty()
                && service.target_prefix == prefix
                && json_protocol(service).is_some()
        });
        match service {
            Some(service) => {
                let spoken = service.protocols.contains(&asked);
                named(
                    service,
                    if spoken {
                        asked
                    } else {
                        json_protocol(service).unwrap_or(asked)
                    },
                    operation,
                )
            }
            None => Err(unknown(self.signed(), asked)),
        }
    }

    /// `None` where the request is none of awsQuery.
    fn by_action(&self, body: &Bytes) -> Option<Result<Resolved, ResolveError>> {
        let protocol = Protocol::AwsQuery;
        let speaks = |service: &&'static ServiceSchema| service.protocols.contains(&protocol);
        let signed = self.signed();
        if signed.is_some_and(|service| !service.protocols.contains(&protocol)) {
            return None;
        }
        // An unsigned request with a path is one for a REST service.
        if self.signing_name.is_none() && self.parts.uri.path().len() > 1 {
            return None;
        }
        let fail = |service, reason| {
            Some(Err(ResolveError {
                service,
                protocol,
                reason,
            }))
        };
        let Ok(form) = Form::of_request(self.parts, body) else {
            return if signed.is_some() {
                fail(signed, Reason::Malformed)
            } else {
                None
            };
        };
        let Some(action) = form.first("Action") else {
            return if signed.is_some() {
                fail(signed, Reason::MissingAction)
            } else {
                None
            };
        };
        let version = form.first("Version");
        let candidates = || {
            let signing_name = self.signing_name;
            self.services
                .iter()
                .copied()
                .filter(speaks)
                .filter(move |service| signing_name.is_none_or(|name| service.signing_name == name))
        };
        let matching = || candidates().filter(|service| Some(service.api_version) == version);
        let found = matching().find_map(|service| named(service, protocol, action).ok());
        let nearest = || matching().next().or(signed).or_else(|| candidates().next());
        Some(found.ok_or_else(|| ResolveError {
            service: nearest(),
            protocol,
            reason: Reason::UnknownAction {
                action: action.to_owned(),
                version: version.map(str::to_owned),
            },
        }))
    }

    fn by_path(&self) -> Result<Resolved, ResolveError> {
        let rest = |service: &&'static ServiceSchema| rest_protocol(service).is_some();
        let asked = |service: &&'static ServiceSchema| {
            self.signing_name
                .is_none_or(|name| service.signing_name == name)
        };
        let mut services = self.services.iter().copied().filter(rest).filter(asked);
        let query = Form::of_uri(self.parts).unwrap_or_default();
        let found = services.clone().find_map(|service| {
            let protocol = rest_protocol(&service)?;
            let target = best_fit(service, self.parts, &query)?;
            Some(Resolved {
                protocol,
                target,
                service,
            })
        });
        found.ok_or_else(|| {
            let service = services
                .next()
                .filter(|_| self.signing_name.is_some())
                .or_else(|| self.signed());
            let own = service
                .and_then(|service| rest_protocol(&service).or(service.protocols.first().copied()));
            unknown(service, own.unwrap_or(Protocol::RestJson1))
        })
    }
}

fn unknown(service: Option<&'static ServiceSchema>, protocol: Protocol) -> ResolveError {
    ResolveError {
        service,
        protocol,
        reason: Reason::UnknownOperation,
    }
}

fn json_protocol(service: &ServiceSchema) -> Option<Protocol> {
    let json = |protocol: &&Protocol| matches!(protocol, Protocol::AwsJson10 | Protocol::AwsJson11);
    service.protocols.iter().find(json).copied()
}

fn rest_protocol(service: &&'static ServiceSchema) -> Option<Protocol> {
    let rest = |protocol: &&Protocol| matches!(protocol, Protocol::RestJson1 | Protocol::RestXml);
    service.protocols.iter().find(rest).copied()
}

/// The operation of a name.
fn named(
    service: &'static ServiceSchema,
    protocol: Protocol,
    name: &str,
) -> Result<Resolved, ResolveError> {
    let served = service
        .operations
        .iter()
        .copied()
        .find(|op| op.name == name)
        .map(Target::Served);
    let target = served.or_else(|| {
        let unserved = service.unserved.iter().find(|op| op.name == name)?;
        Some(Target::Unserved {
            service,
            name: unserved.name,
        })
    });
    target
        .map(|target| Resolved {
            protocol,
            target,
            service,
        })
        .ok_or_else(|| unknown(Some(service), protocol))
}

/// How well a request fits an operation; the greater wins. In this order: query parameters of the
/// operation's URI, its required parameters and headers (S3's `UploadPart` beside `PutObject`,
/// `AbortMultipartUpload` beside `DeleteObject`), literal segments of the path.
type Rank = (usize, Option<usize>, usize);

fn best_fit(service: &'static ServiceSchema, parts: &Parts, query: &Form) -> Option<Target> {
    let served = service.operations.iter().copied().filter_map(|op| {
        let (literal_query, literals) = rank(op.http.method, op.http.uri, parts, query)?;
        Some((
            (literal_query, bound_members(op, parts, query), literals),
            Target::Served(op),
        ))
    });
    let unserved = service.unserved.iter().filter_map(|op| {
        let (literal_query, literals) = rank(op.method, op.uri, parts, query)?;
        Some((
            (literal_query, Some(0), literals),
            Target::Unserved {
                service,
                name: op.name,
            },
        ))
    });
    let mut best: Option<(Rank, Target)> = None;
    for (rank, target) in served.chain(unserved) {
        // Of equals the first, so that the model's order decides.
        if best.as_ref().is_none_or(|(known, _)| rank > *known) {
            best = Some((rank, target));
        }
    }
    best.map(|(_, target)| target)
}

fn rank(method: &str, template: &str, parts: &Parts, query: &Form) -> Option<(usize, usize)> {
    if parts.method.as_str() != method {
        return None;
    }
    let literals = uri::fit(template, parts.uri.path())?;
    let mut present = 0;
    for (name, value) in uri::literal_query(template) {
        let found = query.first(name);
        // `x-id` only repeats the operation's name, and many clients leave it out.
        if found.is_none() && name == "x-id" {
            continue;
        }
        let found = found?;
        if value.is_some_and(|value| value != found) {
            return None;
        }
        present += 1;
    }
    Some((present, literals))
}

/// The number of required members in query and headers; `None`, which is less than any number,
/// where one is missing: such an operation answers only where no other fits.
fn bound_members(op: &OperationSchema, parts: &Parts, query: &Form) -> Option<usize> {
    let mut count = 0;
    for member in structure(op.input)
        .members
        .iter()
        .filter(|member| member.required)
    {
        let present = match member.location {
            Location::Query => query.first(member.wire_name).is_some(),
            Location::Header => parts.headers.contains_key(member.wire_name),
            _ => continue,
        };
        if !present {
            return None;
        }
        count += 1;
    }
    Some(count)
}
