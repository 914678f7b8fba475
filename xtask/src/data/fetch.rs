//! Fetching the pinned packages with the registries' own clients.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

use super::{BOTOCORE_SHA256, BOTOCORE_VERSION, NpmPackage};

#[derive(Deserialize)]
struct Packed {
    filename: String,
    integrity: String,
}

/// Downloads and unpacks an npm package; returns the directory of its files.
///
/// `npm pack` computes `integrity` from the tarball that it wrote, so comparing it with the pin checks the bytes.
pub(super) fn npm(package: &NpmPackage, sources: &Path) -> anyhow::Result<PathBuf> {
    let specifier = format!("{}@{}", package.name, package.version);
    let output = run("npm", ["pack", "--silent", "--json", &specifier], sources)?;
    let packed: Vec<Packed> = serde_json::from_str(&output).context("npm pack printed no JSON")?;
    let [packed] = packed.as_slice() else {
        bail!(
            "npm pack {specifier} made {} tarballs, not one",
            packed.len()
        );
    };
    ensure!(
        packed.integrity == package.integrity,
        "{specifier} has integrity {}, the pin says {}",
        packed.integrity,
        package.integrity
    );
    let directory = emptied(&sources.join(package.name.replace(['@', '/'], "_")))?;
    run(
        "tar",
        [
            OsStr::new("xzf"),
            OsStr::new(&packed.filename),
            OsStr::new("-C"),
            directory.as_os_str(),
        ],
        sources,
    )?;
    Ok(directory.join("package"))
}

/// Downloads and unpacks botocore's wheel; returns the directory that holds `botocore/`.
pub(super) fn botocore(sources: &Path) -> anyhow::Result<PathBuf> {
    let requirement = format!("botocore=={BOTOCORE_VERSION} --hash=sha256:{BOTOCORE_SHA256}\n");
    fs::write(sources.join("requirements.txt"), requirement)?;
    run(
        "python3",
        [
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--requirement",
            "requirements.txt",
        ],
        sources,
    )?;
    let directory = emptied(&sources.join("botocore"))?;
    let wheel = format!("botocore-{BOTOCORE_VERSION}-py3-none-any.whl");
    run(
        "python3",
        [
            OsStr::new("-m"),
            OsStr::new("zipfile"),
            OsStr::new("-e"),
            OsStr::new(&wheel),
            directory.as_os_str(),
        ],
        sources,
    )?;
    Ok(directory)
}

fn emptied(directory: &Path) -> anyhow::Result<PathBuf> {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    fs::create_dir_all(directory)?;
    Ok(directory.to_owned())
}

fn run<A: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = A>,
    directory: &Path,
) -> anyhow::Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .output()
        .with_context(|| format!("cannot start {program}"))?;
    ensure!(
        output.status.success(),
        "{program} failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8(output.stdout)?)
}
