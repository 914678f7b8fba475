//! Service models out of the botocore package.

use super::model::Model;
use super::selection::{Selection, Service, prune};
use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Botocore's `data` directory, unpacked.
pub(crate) struct Botocore {
    data: PathBuf,
    version: String,
    endpoints: serde_json::Value,
}

impl Botocore {
    /// Opens a wheel, an unpacked wheel, or (without a path) the pinned version, downloaded with
    /// pip into `target/botocore`.
    pub(crate) fn open(root: &Path, version: &str, path: Option<&Path>) -> Result<Self> {
        let cache = root.join("target/botocore");
        let given = match path {
            Some(path) => path.to_owned(),
            None => download(&cache, version)?,
        };
        let unpacked = if given.is_dir() {
            given
        } else {
            unpack(&cache, &given)?
        };
        let data = ["botocore/data", "data", "."]
            .iter()
            .map(|below| unpacked.join(below))
            .find(|data| data.join("endpoints.json").is_file())
            .with_context(|| format!("no botocore data in {}", unpacked.display()))?;
        let endpoints = serde_json::from_str(&fs::read_to_string(data.join("endpoints.json"))?)?;
        Ok(Self {
            data,
            version: version.into(),
            endpoints,
        })
    }

    /// A service's whole model, as botocore has it.
    pub(crate) fn model(&self, service: &Service) -> Result<Model> {
        let path = self.data.join(&service.model).join("service-2.json.gz");
        let file = File::open(&path).with_context(|| path.display().to_string())?;
        let mut model: Model = serde_json::from_reader(GzDecoder::new(file))
            .with_context(|| path.display().to_string())?;
        model.source = format!("botocore {}", self.version);
        model.global = self.is_global(&model.metadata.endpoint_prefix);
        for (name, values) in &service.values {
            let shape = model.shapes.get_mut(name);
            shape
                .with_context(|| format!("{} has no shape {name}", service.model))?
                .values = values.clone();
        }
        Ok(model)
    }

    /// Botocore's endpoint list says that the service has no regional endpoints. `sts` has a
    /// global endpoint beside its regional ones and does not count.
    fn is_global(&self, endpoint_prefix: &str) -> bool {
        self.endpoints
            .pointer("/partitions/0/services")
            .and_then(|services| services.get(endpoint_prefix))
            .and_then(|service| service.get("isRegionalized"))
            == Some(&serde_json::Value::Bool(false))
    }
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?} failed: {status}");
    Ok(())
}

fn download(cache: &Path, version: &str) -> Result<PathBuf> {
    let wheel = cache.join(format!("botocore-{version}-py3-none-any.whl"));
    if !wheel.is_file() {
        fs::create_dir_all(cache)?;
        run(Command::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--dest"])
            .arg(cache)
            .arg(format!("botocore=={version}")))?;
    }
    Ok(wheel)
}

fn unpack(cache: &Path, wheel: &Path) -> Result<PathBuf> {
    let name = wheel
        .file_stem()
        .with_context(|| format!("{} is no wheel", wheel.display()))?;
    let directory = cache.join(name);
    if !directory.join("botocore/data/endpoints.json").is_file() {
        run(Command::new("python3")
            .args(["-m", "zipfile", "-e"])
            .arg(wheel)
            .arg(&directory))?;
    }
    Ok(directory)
}

/// Writes `models/SERVICE.json` for every selected service.
pub(crate) fn import(root: &Path, selection: &Selection, path: Option<&Path>) -> Result<()> {
    let botocore = Botocore::open(root, &selection.botocore, path)?;
    for (id, service) in &selection.services {
        let whole = botocore.model(service)?;
        let kept = service.kept(&whole)?;
        let mut text = serde_json::to_string_pretty(&prune(whole, &kept)?)?;
        text.push('\n');
        fs::write(super::model_path(root, id), text)?;
    }
    Ok(())
}
