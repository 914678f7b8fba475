//! What the operator reads when the server starts.

use crate::assemble::{DataDirectory, House, developer, enforcement_word};
use crate::config::Config;
use kernel::Enforcement;
use std::fmt::{self, Write};

/// The banner, before the server answers. It shows a new root key, once; no other secret but the ones of `--dev`
/// that everybody knows.
pub(crate) fn text(config: &Config, house: &House, endpoint: &str) -> Result<String, fmt::Error> {
    let settings = &house.host.settings;
    let mut banner = String::new();
    writeln!(banner, "claviger {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(banner, "  account      {}", settings.account)?;
    writeln!(banner, "  region       {}", settings.region)?;
    writeln!(banner, "  store        {}", store(config))?;
    writeln!(
        banner,
        "  enforcement  {}",
        enforcement_word(settings.enforcement)
    )?;
    writeln!(banner, "  root key     {}", root_key(config, house))?;
    if settings.enforcement == Enforcement::Soft {
        writeln!(
            banner,
            "\n  !! SOFT ENFORCEMENT: nothing is denied. Calls that policies do not allow are"
        )?;
        writeln!(banner, "  !! answered and logged as \"would deny\".")?;
    }
    if config.dev {
        dev(&mut banner, config)?;
    }
    if let Some(key) = &house.first_key {
        writeln!(
            banner,
            "\n  The root user's access key, shown this once and kept nowhere in clear:\n"
        )?;
        exports(
            &mut banner,
            endpoint,
            &settings.region,
            &key.id,
            key.secret.expose(),
        )?;
    } else if config.root.is_some() {
        writeln!(
            banner,
            "\n  The root user's access key comes from the environment."
        )?;
    }
    writeln!(banner)?;
    Ok(banner)
}

fn store(config: &Config) -> String {
    if config.ephemeral {
        "memory: everything is gone when the server stops".to_owned()
    } else {
        config.data.display().to_string()
    }
}

fn root_key(config: &Config, house: &House) -> String {
    match house.opened_by.as_deref() {
        None => "in memory".to_owned(),
        Some("file") => {
            let file = DataDirectory::new(&config.data).root_key();
            format!(
                "{} (keep a copy elsewhere, or make a recovery slot: `claviger seal add recovery`)",
                file.display()
            )
        }
        Some(slot) => format!("opened by slot '{slot}' of the seal"),
    }
}

fn dev(banner: &mut String, config: &Config) -> fmt::Result {
    let key = developer(config);
    writeln!(
        banner,
        "\n  !! DEVELOPMENT MODE: whoever reaches this address is an administrator with access key"
    )?;
    if config.developer.is_some() {
        writeln!(
            banner,
            "  !! {} and the secret of AWS_SECRET_ACCESS_KEY.",
            key.id
        )?;
    } else {
        writeln!(
            banner,
            "  !! {} and secret {}.",
            key.id,
            key.secret.expose()
        )?;
    }
    writeln!(
        banner,
        "  !! A 12-digit access key with that secret is an administrator of that account."
    )
}

fn exports(
    banner: &mut String,
    endpoint: &str,
    region: &str,
    id: &str,
    secret: &str,
) -> fmt::Result {
    writeln!(banner, "    export AWS_ENDPOINT_URL={endpoint}")?;
    writeln!(
        banner,
        "    export AWS_REGION={region} AWS_DEFAULT_REGION={region}"
    )?;
    writeln!(banner, "    export AWS_ACCESS_KEY_ID={id}")?;
    writeln!(banner, "    export AWS_SECRET_ACCESS_KEY={secret}")
}
