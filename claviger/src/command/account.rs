//! `claviger account`: asks the running server, or opens the data directory of a stopped one.

use super::remote::Remote;
use crate::accounts;
use crate::assemble::{House, service_event};
use crate::config::Config;
use crate::server::{Client, ClientError};
use anyhow::{Context, bail};
use arn::AccountId;
use http::Method;
use http::request::Parts;
use kernel::{Clock, SystemClock};
use sigv4::{Credentials, Signing};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use store::Tx;

const PATH: &str = "/_claviger/accounts";

/// Commands on accounts.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Account {
    /// Make an account and print the access key of its root user, once.
    Create {
        /// A name for people.
        #[arg(long)]
        name: String,
        /// Its 12 digits [default: random].
        #[arg(long)]
        id: Option<AccountId>,
        #[command(flatten)]
        place: Place,
    },
    /// List the accounts.
    List {
        #[command(flatten)]
        place: Place,
    },
}

/// Where the accounts are.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    #[command(flatten)]
    remote: Remote,
    /// The data directory of a stopped server, instead of an endpoint.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Account {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let answer = match &self {
            Self::Create { name, id, place } => match &place.data {
                Some(data) => create_offline(data, *id, name)?,
                None => {
                    let body =
                        serde_json::json!({ "name": name, "id": id.map(|id| id.to_string()) });
                    ask(&place.remote.client()?, Method::POST, &body.to_string())?
                }
            },
            Self::List { place } => match &place.data {
                Some(data) => list_offline(data)?,
                None => ask(&place.remote.client()?, Method::GET, "")?,
            },
        };
        super::print(&format!("{answer:#}\n"))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Sends a signed request and gives the answer, or its error.
fn ask(client: &Client, method: Method, body: &str) -> anyhow::Result<serde_json::Value> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let id = variable("AWS_ACCESS_KEY_ID").context("AWS_ACCESS_KEY_ID is not set")?;
    let secret = variable("AWS_SECRET_ACCESS_KEY").context("AWS_SECRET_ACCESS_KEY is not set")?;
    let token = variable("AWS_SESSION_TOKEN");
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let sign = |parts: &mut Parts, body: &[u8]| {
        let mut credentials = Credentials::new(&id, &secret);
        credentials.session_token = token.as_deref();
        let region = region.as_deref().unwrap_or("us-east-1");
        let signing = Signing::new(region, "claviger", SystemClock.now().as_second());
        sigv4::sign_headers(&kernel::Provider, parts, body, &credentials, &signing)?;
        Ok(())
    };
    let (status, body) = client.send(method, PATH, body, &sign).map_err(|error| {
        let silent = error.downcast_ref::<ClientError>().is_some();
        if silent {
            error.context("is the server stopped? then name its --data directory")
        } else {
            error
        }
    })?;
    let answer: serde_json::Value =
        serde_json::from_slice(&body).context("the server's answer is not JSON")?;
    if status.is_success() {
        return Ok(answer);
    }
    let message = answer
        .get("message")
        .or_else(|| answer.get("Message"))
        .and_then(serde_json::Value::as_str);
    bail!("{status}: {}", message.unwrap_or("no message"))
}

fn open(data: &std::path::Path) -> anyhow::Result<House> {
    if !data.is_dir() {
        bail!("{} is not a data directory", data.display());
    }
    House::reopen(&Config::of_data(data)?)
}

fn create_offline(
    data: &std::path::Path,
    id: Option<AccountId>,
    name: &str,
) -> anyhow::Result<serde_json::Value> {
    let sound =
        (1..=50).contains(&name.len()) && name.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    anyhow::ensure!(sound, "a name has 1 to 50 printable ASCII characters");
    let house = open(data)?;
    let host = &house.host;
    let mut tx = Tx::begin(Arc::clone(&host.store), host.store.revision());
    let now = host.clock.now();
    let new = accounts::create(&mut tx, &host.keyring, host.random.as_ref(), now, id, name)?;
    let account: AccountId = new.record.id.parse()?;
    tx.stage_outbox(service_event(
        "CreateAccount",
        Some(account),
        host.random.as_ref(),
        host.clock.as_ref(),
    ));
    host.store.commit(tx.into_commit()).wait()?;
    house.close();
    Ok(serde_json::json!({
        "account": describe(&new.record),
        "accessKeyId": new.access_key_id,
        "secretAccessKey": new.secret.expose(),
    }))
}

fn list_offline(data: &std::path::Path) -> anyhow::Result<serde_json::Value> {
    let house = open(data)?;
    let mut tx = Tx::begin(Arc::clone(&house.host.store), house.host.store.revision());
    let accounts: Vec<_> = accounts::list(&mut tx)?.iter().map(describe).collect();
    house.close();
    Ok(serde_json::json!({ "accounts": accounts }))
}

fn describe(record: &kernel::AccountRecord) -> serde_json::Value {
    serde_json::json!({ "id": record.id, "name": record.name, "created": accounts::time(record.created) })
}
