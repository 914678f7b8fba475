//! `cargo xtask coverage`: which of AWS's operations are served, service by service.
//!
//! The numbers come from the services' own registries, for which every service must
//! compile. The other commands must not need that: `codegen` mends services that do not.
//! So the services are linked with the feature `services` only, and the command starts
//! itself again with it.

use anyhow::Result;

/// Counts the operations that are served.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print JSON: by service, the operations that are served and those that are not.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
#[cfg(not(feature = "services"))]
pub(crate) fn run(args: &Args) -> Result<()> {
    use anyhow::ensure;
    let mut command = crate::test::cargo();
    command.args([
        "run",
        "--quiet",
        "--package",
        "xtask",
        "--features",
        "services",
        "--",
        "coverage",
    ]);
    command.args(args.json.then_some("--json"));
    ensure!(command.status()?.success(), "the services cannot be asked");
    Ok(())
}

/// Runs the command.
#[cfg(feature = "services")]
pub(crate) fn run(args: &Args) -> Result<()> {
    use std::io::Write as _;
    let services = served::services();
    let text = if args.json {
        served::json(&services)?
    } else {
        served::table(&services)
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}

#[cfg(feature = "services")]
mod served {
    use kernel::Registry;
    use serde_json::{Map, json};
    use std::collections::BTreeSet;

    /// The widest line of the table's lists, in characters.
    const WIDTH: usize = 110;

    /// One service.
    pub(super) struct Coverage {
        service: &'static str,
        served: BTreeSet<&'static str>,
        unserved: BTreeSet<&'static str>,
    }

    /// All services. The walk in `tests/` proves over the wire that the server serves just these.
    pub(super) fn services() -> Vec<Coverage> {
        let mut registry = Registry::default();
        service_iam::register(&mut registry);
        service_sts::register(&mut registry);
        service_kms::register(&mut registry);
        registry.service(&service_accessanalyzer::api::operations::SERVICE);
        registry.service(&service_shield::api::operations::SERVICE);
        let all = registry.services().iter();
        all.map(|service| {
            let of_service = registry
                .served()
                .filter(|operation| operation.service.id == service.id);
            let served: BTreeSet<_> = of_service.map(|operation| operation.name).collect();
            let generated = service.operations.iter().map(|operation| operation.name);
            let known = generated.chain(service.unserved.iter().map(|operation| operation.name));
            let unserved = known.filter(|name| !served.contains(name)).collect();
            Coverage {
                service: service.id,
                served,
                unserved,
            }
        })
        .collect()
    }

    pub(super) fn json(services: &[Coverage]) -> serde_json::Result<String> {
        let object: Map<_, _> = services
            .iter()
            .map(|coverage| {
                let lists = json!({ "served": coverage.served, "unserved": coverage.unserved });
                (coverage.service.to_owned(), lists)
            })
            .collect();
        Ok(serde_json::to_string_pretty(&object)? + "\n")
    }

    pub(super) fn table(services: &[Coverage]) -> String {
        let mut text = String::from("service          served  total\n");
        for Coverage {
            service,
            served,
            unserved,
        } in services
        {
            let total = served.len() + unserved.len();
            text.push_str(&format!("{service:<16} {:>6} {total:>6}\n", served.len()));
        }
        for Coverage {
            service, unserved, ..
        } in services
            .iter()
            .filter(|coverage| !coverage.unserved.is_empty())
        {
            text.push_str(&format!("\n{service}: not served\n"));
            text.push_str(&folded(unserved));
        }
        text
    }

    /// Names in indented lines.
    fn folded(names: &BTreeSet<&str>) -> String {
        let (mut text, mut line) = (String::new(), String::new());
        for name in names {
            if line.len() + name.len() + 3 > WIDTH {
                text.push_str(&format!(" {line}\n"));
                line.clear();
            }
            line.push(' ');
            line.push_str(name);
        }
        text + " " + &line + "\n"
    }
}
