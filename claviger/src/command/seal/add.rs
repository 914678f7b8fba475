//! `claviger seal add`.

use super::Place;
use super::workshop::Workshop;
use crate::config::Config;
use crate::seal::{Kms, Secrets, new_passphrase};
use anyhow::{Context, bail, ensure};
use crypto::{
    Lock, NewSlot, RecoveryText, SecretString, SlotKey, SlotKind, TokenAddress,
    random_environment_key,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// The variable of an env slot, where none is named.
const VARIABLE: &str = "CLAVIGER_SEAL_KEY";

/// Options of `claviger seal add`.
#[derive(Debug, clap::Args)]
pub(crate) struct Add {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, clap::Subcommand)]
enum Kind {
    /// The file root.key, readable by its owner only. Opens without anybody's help.
    File(Common),
    /// A key in a variable of the server's environment: 32 random bytes in base64 or hexadecimal.
    ///
    /// Where the variable is set its content is taken; else a key is made and printed once.
    Env {
        /// The variable's name.
        #[arg(long, value_name = "NAME", default_value = VARIABLE)]
        variable: String,
        #[command(flatten)]
        common: Common,
    },
    /// A passphrase of 12 characters or more (Argon2id, 256 MiB, 3 passes).
    Passphrase {
        /// A file with the new passphrase; else it is asked for.
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
    /// An AES or RSA key that never leaves a PKCS#11 token. The PIN is that of --seal-pin-file.
    Pkcs11 {
        #[command(flatten)]
        token: Token,
        #[command(flatten)]
        common: Common,
    },
    /// A key of AWS KMS, or of another server with its API. Credentials are those of
    /// CLAVIGER_SEAL_AWS_ACCESS_KEY_ID and so on, or AWS_ACCESS_KEY_ID and so on; they need
    /// kms:Encrypt now and kms:Decrypt at each start.
    AwsKms {
        /// The endpoint [default: https://kms.REGION.amazonaws.com].
        #[arg(long, value_name = "URL")]
        endpoint: Option<String>,
        /// The key's region.
        #[arg(long, value_name = "REGION", default_value = "us-east-1")]
        region: String,
        /// The key's id, ARN or alias.
        #[arg(long, value_name = "ID")]
        key_id: String,
        /// Certificates in PEM that an https endpoint is trusted by [default: the system's].
        #[arg(long, value_name = "FILE")]
        ca: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// A text for paper, printed this once, which opens when all other slots are lost.
    Recovery(Common),
}

#[derive(Debug, clap::Args)]
struct Common {
    /// A name for the slot [default: its kind].
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, clap::Args)]
struct Token {
    /// pkcs11:token=TOKEN;object=KEY?module-path=FILE, instead of the three below.
    #[arg(long, value_name = "URI", conflicts_with_all = ["module", "token", "key"])]
    uri: Option<String>,
    /// The module, such as /usr/lib/softhsm/libsofthsm2.so.
    #[arg(long, value_name = "FILE")]
    module: Option<String>,
    /// The token's label.
    #[arg(long, value_name = "LABEL")]
    token: Option<String>,
    /// The token's serial number, where two have one label.
    #[arg(long, value_name = "NUMBER")]
    serial: Option<String>,
    /// The key's label.
    #[arg(long, value_name = "LABEL")]
    key: Option<String>,
    /// Make an AES-256 key of that label in the token, where there is none.
    #[arg(long)]
    create_key: bool,
}

impl Token {
    fn address(&self) -> anyhow::Result<TokenAddress> {
        if let Some(uri) = &self.uri {
            return Ok(TokenAddress::parse(uri)?);
        }
        let named = |value: &Option<String>, flag| {
            let value = value.clone().filter(|value| !value.is_empty());
            value.with_context(|| {
                format!(
                    "name the key by --uri, or by --module, --token and --key: --{flag} is missing"
                )
            })
        };
        Ok(TokenAddress {
            module: named(&self.module, "module")?,
            token: named(&self.token, "token")?,
            serial: self.serial.clone(),
            key: named(&self.key, "key")?,
        })
    }
}

/// A slot to be made: its lock, its key, and what is printed about it once.
struct Made {
    lock: Lock,
    key: Option<SlotKey>,
    told: String,
}

impl Add {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let (common, kind) = match &self.kind {
            Kind::File(common) => (common, SlotKind::File),
            Kind::Env { common, .. } => (common, SlotKind::Env),
            Kind::Passphrase { common, .. } => (common, SlotKind::Passphrase),
            Kind::Pkcs11 { common, .. } => (common, SlotKind::Pkcs11),
            Kind::AwsKms { common, .. } => (common, SlotKind::AwsKms),
            Kind::Recovery(common) => (common, SlotKind::Recovery),
        };
        let config = common.place.config()?;
        let mut shop = Workshop::open_or_begin(&config)?;
        let id = match &common.id {
            Some(id) => id.clone(),
            None => shop.seal.free_id(kind),
        };
        // Before anything is asked of a token or another KMS.
        if shop.seal.slot(&id).is_ok() {
            bail!("there is a slot '{id}' already: name another one with --id");
        }
        let made = self.kind.make(&config, &shop, &id)?;
        shop.record("AddSealSlot", &id, kind)?;
        let new = NewSlot {
            id: &id,
            lock: &made.lock,
            key: made.key.as_ref(),
            created: &shop.now(),
        };
        shop.files
            .add(&mut shop.seal, &shop.unsealed, &new, shop.random.as_ref())?;
        let told = format!(
            "added slot '{id}'; it opens root key {}\n",
            shop.unsealed.root_key_id()
        );
        crate::command::print(&format!("{told}{}", made.told))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Kind {
    fn make(&self, config: &Config, shop: &Workshop, id: &str) -> anyhow::Result<Made> {
        let random = shop.random.as_ref();
        match self {
            Self::File(_) => Ok(Made {
                lock: Lock::file(),
                key: None,
                told: String::new(),
            }),
            Self::Env { variable, .. } => of_environment(shop, variable),
            Self::Passphrase {
                new_passphrase_file,
                ..
            } => {
                let text = new_passphrase(new_passphrase_file.as_deref())?;
                Made::of_text(Lock::passphrase(&text, random)?, &text, String::new())
            }
            Self::Recovery(_) => {
                let text = RecoveryText::random(random);
                let told = recovery_sheet(shop, id, text.expose());
                Made::of_text(Lock::recovery(random), &text, told)
            }
            Self::Pkcs11 { token, .. } => {
                let pin = Secrets::new(&config.seal, true).pin()?;
                let key = SlotKey::random(random);
                let wrapped = token
                    .address()?
                    .wrap(&pin, token.create_key, &key, random)?;
                // The token must give back what it took.
                let key = wrapped.unwrap(&pin)?;
                Ok(Made::of_key(Lock::token(wrapped), key))
            }
            Self::AwsKms {
                endpoint,
                region,
                key_id,
                ca,
                ..
            } => {
                let endpoint = match endpoint {
                    Some(endpoint) => endpoint.clone(),
                    None => format!("https://kms.{region}.amazonaws.com"),
                };
                let kms = Kms::of_new_slot(&endpoint, region, ca.as_deref())?;
                let context = BTreeMap::from([
                    ("claviger:seed".to_owned(), shop.seal.seed_id().to_string()),
                    ("claviger:slot".to_owned(), id.to_owned()),
                ]);
                let key = SlotKey::random(random);
                let wrapped = kms.encrypt(&endpoint, key_id, context, &key, ca.as_deref())?;
                // The KMS must give back what it took.
                let key = kms.decrypt(&wrapped)?;
                Ok(Made::of_key(Lock::kms(wrapped), key))
            }
        }
    }
}

impl Made {
    fn of_text(lock: Lock, text: &SecretString, told: String) -> anyhow::Result<Self> {
        let key = Some(lock.key(text)?);
        Ok(Self { lock, key, told })
    }

    fn of_key(lock: Lock, key: SlotKey) -> Self {
        Self {
            lock,
            key: Some(key),
            told: String::new(),
        }
    }
}

/// Takes the key that the variable has, or makes one and tells it.
fn of_environment(shop: &Workshop, variable: &str) -> anyhow::Result<Made> {
    ensure!(is_name(variable), "'{variable}' is no name of a variable");
    let random = shop.random.as_ref();
    let lock = Lock::environment(variable, random);
    let given = std::env::var(variable).ok();
    if let Some(text) = given.filter(|text| !text.is_empty()) {
        return Made::of_text(lock, &SecretString::new(text), String::new());
    }
    let text = random_environment_key(random);
    let told = format!(
        "its key, shown this once: start the server with\n\n    {variable}={}\n\n",
        text.expose()
    );
    Made::of_text(lock, &text, told)
}

fn is_name(variable: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !variable.is_empty() && variable.bytes().all(sound)
}

/// What goes to paper.
fn recovery_sheet(shop: &Workshop, id: &str, text: &str) -> String {
    let mut sheet = format!(
        "\n  CLAVIGER RECOVERY    slot {id}    seed {}\n\n",
        shop.seal.seed_id()
    );
    for line in text.lines() {
        sheet.push_str(&format!("    {line}\n"));
    }
    sheet.push_str(
        "\n  Shown this once and kept nowhere in clear. Write it down or print it, and keep it away from the data.\n  \
         Whoever has it and the data directory, or a backup, can open everything. To use it, put it into a file and\n  \
         name that with --seal-recovery-file, for `claviger serve` or `claviger seal add file`.\n",
    );
    sheet
}
