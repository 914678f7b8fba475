//! `claviger serve`.

use crate::assemble::{self, House};
use crate::config::Config;
use crate::seal::Sealed;
use crate::server::{RETRY_SECONDS, Server, Site};
use crate::{banner, last_use, logging, seed};
use anyhow::Context;
use clap::builder::PossibleValuesParser;
use kernel::Kernel;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::MissedTickBehavior;

/// How often it is looked for background work that is due.
const CHORES: Duration = Duration::from_secs(2);

/// Options of `claviger serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// A TOML file with any of the options below; also CLAVIGER_CONFIG.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:4566]. Port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The data directory [default: ./claviger-data].
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// The region of the server [default: us-east-1].
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The first account of a new data directory [default: random; with --dev 000000000000].
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Development: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or test and test, are an
    /// administrator's. Policies count all the same. Loopback only.
    #[arg(long)]
    dev: bool,
    /// Keep everything in memory.
    #[arg(long)]
    ephemeral: bool,
    /// What happens to calls that no policy allows [default: strict]. soft answers them and logs
    /// "would deny". Loopback only.
    #[arg(long, value_name = "MODE", value_parser = PossibleValuesParser::new(["strict", "soft"]))]
    enforce: Option<String>,
    /// A certificate chain in PEM: serve https.
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<String>,
    /// The certificate's private key in PEM.
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// A file of accounts, users, groups, roles, policies and keys to start with.
    #[arg(long, value_name = "FILE")]
    seed: Option<String>,
    /// How log lines are written to standard error [default: text].
    #[arg(long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(["text", "json"]))]
    log_format: Option<String>,
    /// What is logged, such as warn, info or debug [default: info; each call is debug, and logged with --dev].
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// The most connections at one time; more wait [default: 800].
    #[arg(long, value_name = "NUMBER")]
    max_connections: Option<String>,
    /// The largest request body in bytes [default: 2097152].
    #[arg(long, value_name = "BYTES")]
    max_body: Option<String>,
    #[command(flatten)]
    opening: super::seal::Opening,
    /// Where no slot of the seal opens: answer 503 and try the slots again every 2 seconds, instead
    /// of ending with exit code 3. A secret that is wrong ends the server all the same.
    #[arg(long)]
    wait_for_unseal: bool,
    /// A file to write the endpoint to when the server is ready.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<String>,
    /// Start although events are missing at the end of the audit trail, and record that. For one
    /// start: neither a configuration file nor the environment has it.
    #[arg(long)]
    accept_shortened_trail: bool,
}

impl Serve {
    fn flags(&self) -> Vec<(&'static str, String)> {
        let on = |flag: bool| flag.then(|| "true".to_owned());
        let all = [
            ("listen", self.listen.clone()),
            ("data", self.data.clone()),
            ("region", self.region.clone()),
            ("account", self.account.clone()),
            ("dev", on(self.dev)),
            ("ephemeral", on(self.ephemeral)),
            ("enforce", self.enforce.clone()),
            ("tls-cert", self.tls_cert.clone()),
            ("tls-key", self.tls_key.clone()),
            ("seed", self.seed.clone()),
            ("log-format", self.log_format.clone()),
            ("log", self.log.clone()),
            ("max-connections", self.max_connections.clone()),
            ("max-body", self.max_body.clone()),
            ("ready-file", self.ready_file.clone()),
            ("wait-for-unseal", on(self.wait_for_unseal)),
        ];
        all.into_iter()
            .chain(self.opening.flags())
            .filter_map(|(key, text)| text.map(|text| (key, text)))
            .collect()
    }

    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let mut config = Config::load(
            self.config.as_deref(),
            &|name| std::env::var(name).ok(),
            self.flags(),
        )?;
        config.accept_shortened_trail = self.accept_shortened_trail;
        logging::start(config.log_format, &config.log);
        // Before there is any key and any other thread.
        if let Err(cause) = crate::memory::refuse_swap()
            && !config.dev
        {
            tracing::warn!(cause, "keys in memory can be swapped out to a disk");
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        // First what can fail for want of a port or a file: an account that begins shows its
        // key once, and must not do so for nothing.
        let tls = config.tls();
        let bound = Server::bind(config.listen, tls.as_ref(), config.max_connections);
        let server = runtime.block_on(bound)?;
        let house = match House::open(&config) {
            Err(error) if config.wait_for_unseal && may_open_later(&error) => {
                tracing::warn!("sealed, waiting: {error:#}");
                match runtime.block_on(server.sealed(unsealed(&config)))? {
                    Some(house) => house,
                    None => return Ok(ExitCode::SUCCESS),
                }
            }
            opened => opened?,
        };
        let served = runtime.block_on(serve(&config, &house, server));
        runtime.shutdown_timeout(crate::server::DRAIN);
        house.close();
        served?;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    }
}

fn may_open_later(error: &anyhow::Error) -> bool {
    let sealed = error.downcast_ref::<Sealed>();
    sealed.is_some_and(|sealed| sealed.passing)
}

/// Tries the slots again and again; `None` where the process is asked to stop.
async fn unsealed(config: &Config) -> anyhow::Result<Option<House>> {
    let mut stop = Box::pin(stop_signal()?);
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(RETRY_SECONDS)) => {}
            () = &mut stop => return Ok(None),
        }
        let config = config.clone();
        let opened = tokio::task::spawn_blocking(move || House::open(&config)).await?;
        let house = match opened {
            Err(error) if may_open_later(&error) => continue,
            opened => opened?,
        };
        return Ok(tokio::select! {
            biased;
            // It came while the slots were tried.
            () = &mut stop => {
                house.close();
                None
            }
            () = std::future::ready(()) => Some(house),
        });
    }
}

async fn serve(config: &Config, house: &House, server: Server) -> anyhow::Result<()> {
    // Before anything is shown or served, so that no stop is missed.
    let mut stop = Box::pin(stop_signal()?);
    let endpoint = server.endpoint()?;
    super::print(&banner::text(config, house, &endpoint)?)?;
    let kernel = Arc::new(Kernel::new(Arc::clone(&house.host), assemble::registry()));
    if let Some(file) = &config.seed {
        let stopping = AtomicBool::new(false);
        let mut seeding = std::pin::pin!(seed::apply(&kernel, file, config.dev, &stopping));
        tokio::select! {
            seeded = &mut seeding => seeded?,
            () = &mut stop => {
                stopping.store(true, Ordering::Release);
                return seeding.await;
            }
        }
    }
    let site = Arc::new(Site::new(Arc::clone(&kernel), house, config)?);
    super::print(&format!("listening on {endpoint}\n"))?;
    if let Some(file) = &config.ready_file {
        announce(file, &endpoint)?;
    }
    let flushing = tokio::spawn(flush_last_uses(Arc::clone(&house.host)));
    let chores = tokio::spawn(do_chores(kernel));
    server.run(site, stop).await;
    chores.abort();
    flushing.abort();
    Ok(())
}

/// Writes the endpoint whole or not at all: whoever waits for the file reads it at once.
fn announce(file: &Path, endpoint: &str) -> anyhow::Result<()> {
    let partial = file.with_extension("partial");
    std::fs::write(&partial, format!("{endpoint}\n"))
        .and_then(|()| std::fs::rename(&partial, file))
        .with_context(|| format!("cannot write {}", file.display()))
}

/// Resolves when the process is asked to stop.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: running requests end first");
    })
}

async fn flush_last_uses(host: Arc<kernel::Host>) {
    let mut tick = tokio::time::interval(last_use::INTERVAL);
    tick.tick().await;
    loop {
        tick.tick().await;
        let host = Arc::clone(&host);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || last_use::flush(&host)).await {
            tracing::warn!(%error, "last uses could not be written");
        }
    }
}

/// Does the services' background work as it becomes due, beside the threads that serve calls.
async fn do_chores(kernel: Arc<Kernel>) {
    let mut tick = tokio::time::interval(CHORES);
    // A round that took long is not made up for.
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let kernel = Arc::clone(&kernel);
        if let Err(error) = tokio::task::spawn_blocking(move || kernel.run_chores()).await {
            tracing::error!(%error, "background work ended early; it is tried again");
        }
    }
}
