//! `claviger policy evaluate`.

use super::explanation;
use super::members::Wrong;
use super::question::Answer;
use super::scenario::Scenario;
use anyhow::Context as _;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// The longest scenario, in bytes.
const MAX_SCENARIO: usize = 64 * 1024 * 1024;

/// Options of `claviger policy evaluate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Evaluate {
    /// A file with one scenario, or with JSON lines [default: standard input].
    file: Option<PathBuf>,
    /// Say why, for people: the statements that decided, those that nearly matched, and what is
    /// missing for an allow.
    #[arg(long)]
    explain: bool,
}

impl Evaluate {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let out = io::stdout().lock();
        let terminal = out.is_terminal();
        let mut answers = Answers {
            out: BufWriter::with_capacity(1 << 16, out),
            explain: self.explain,
            terminal,
        };
        let done = match &self.file {
            None => answers.lines(BufReader::with_capacity(1 << 20, io::stdin().lock())),
            Some(file) => {
                let shown = || format!("cannot read {}", file.display());
                let mut text = String::new();
                File::open(file)
                    .and_then(|mut file| file.read_to_string(&mut text))
                    .with_context(shown)?;
                if is_one(&text) {
                    let good = ignore_closed(answers.one(&text, 1).and_then(|good| {
                        answers.out.flush()?;
                        Ok(good)
                    }))?;
                    return Ok(match good {
                        Some(false) => ExitCode::FAILURE,
                        _ => ExitCode::SUCCESS,
                    });
                }
                answers.lines(text.as_bytes())
            }
        };
        ignore_closed(done)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Whether a file is one scenario, perhaps on many lines, and not JSON lines.
fn is_one(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    lines.next().is_none() || serde_json::from_str::<IgnoredAny>(first).is_err()
}

/// A reader that has gone away ends the command quietly.
fn ignore_closed<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where answers go.
struct Answers<W: Write> {
    out: BufWriter<W>,
    explain: bool,
    terminal: bool,
}

impl<W: Write> Answers<W> {
    /// Answers line by line, each before the next one is waited for.
    fn lines<R: Read>(&mut self, input: R) -> io::Result<()> {
        let mut input = BufReader::new(input);
        let mut line = Vec::new();
        for number in 1_usize.. {
            if input.buffer().is_empty() {
                self.out.flush()?;
            }
            line.clear();
            let limit = u64::try_from(MAX_SCENARIO + 1).unwrap_or(u64::MAX);
            if input.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if line.len() > MAX_SCENARIO && line.last() != Some(&b'\n') {
                skip_line(&mut input)?;
                let wrong = Wrong::Form(format!("the line has more than {MAX_SCENARIO} bytes"));
                self.wrong(Value::Null, number, &wrong)?;
                continue;
            }
            match std::str::from_utf8(&line) {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => {
                    self.one(text.trim_start_matches('\u{feff}'), number)?;
                }
                Err(_) => self.wrong(
                    Value::Null,
                    number,
                    &Wrong::Form("the line is not UTF-8".to_owned()),
                )?,
            }
        }
        self.out.flush()
    }

    /// Answers one scenario. Gives whether it could be decided.
    fn one(&mut self, text: &str, number: usize) -> io::Result<bool> {
        let scenario = match Scenario::read(text, self.explain) {
            Ok(scenario) => scenario,
            Err(wrong) => {
                self.wrong(Scenario::id(text), number, &wrong)?;
                return Ok(false);
            }
        };
        let id = Scenario::id(text);
        let explanation = scenario.explain();
        let refused = scenario.refused.first();
        if self.explain {
            for wrong in &scenario.refused {
                self.wrong(id.clone(), number, wrong)?;
            }
        }
        // Nobody is allowed by documents of which one cannot be.
        if let Some(wrong) = refused
            && explanation.decision.is_allowed()
        {
            if !self.explain {
                self.wrong(id, number, wrong)?;
            }
            return Ok(false);
        }
        if self.explain {
            let shown = explanation::text(&id, &scenario, &explanation, self.terminal);
            self.out.write_all(shown.as_bytes())?;
        } else {
            let mut answer = Answer::new(id, &explanation);
            answer.line = refused.map(|_| number);
            answer.error = refused.map(Wrong::to_string);
            serde_json::to_writer(&mut self.out, &answer)?;
            self.out.write_all(b"\n")?;
        }
        Ok(refused.is_none())
    }

    fn wrong(&mut self, id: Value, line: usize, wrong: &Wrong) -> io::Result<()> {
        if self.explain {
            let shown = explanation::wrong(&id, line, wrong, self.terminal);
            return self.out.write_all(shown.as_bytes());
        }
        let answer = json!({"id": id, "line": line, "error": wrong.to_string()});
        writeln!(self.out, "{answer}")
    }
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &str) -> Vec<Value> {
        let mut answers = Answers {
            out: BufWriter::new(Vec::new()),
            explain: false,
            terminal: false,
        };
        answers.lines(input.as_bytes()).unwrap();
        let out = String::from_utf8(answers.out.into_inner().unwrap()).unwrap();
        out.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The decision and layer for a scenario with this request and these policies.
    fn decide(request: &str, policies: &str) -> (String, String) {
        let line = format!(r#"{{"id":1,"request":{{{request}}}{policies}}}"#);
        let answer = answers(&line).remove(0);
        let text = |name: &str| {
            answer
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_else(|| panic!("{answer}"))
                .to_owned()
        };
        (text("decision"), text("layer"))
    }

    fn is(found: (String, String), decision: &str, layer: &str) {
        assert_eq!((found.0.as_str(), found.1.as_str()), (decision, layer));
    }

    const ALL: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    const BOB: &str = r#""principal":"arn:aws:iam::111111111111:user/bob","action":"s3:GetObject","resource":"arn:aws:s3:::b/k""#;

    #[test]
    fn wrong_scenarios_are_errors_of_their_line() {
        let good = format!(r#"{{"id":"good","request":{{{BOB}}},"identity_policies":[{ALL}]}}"#);
        let bad = [
            "not json".to_owned(),
            "[]".to_owned(),
            r#"{"id":"x"}"#.to_owned(),
            good.replace("s3:GetObject\"", "s3:GetObject\",\"action\":\"x\""),
            good.replace("\"Allow\"", "\"allow\""),
            good.replace("identity_policies", "identity_policy"),
            good.replace("\"principal\"", "\"principals\""),
            good.replace("user/bob", "user/*"),
            format!(r#"{{"id":1,"request":{{{BOB},"context":{{"a:b":{{}}}}}}}}"#),
            format!(r#"{{"id":1,"request":{{{BOB},"context":{{"a:b":"1","A:b":"2"}}}}}}"#),
            format!(r#"{{"id":1,"request":{{{BOB}}},"scps":[{ALL}]}}"#),
        ];
        for bad in bad {
            let answers = answers(&format!("{bad}\n\n{good}\n"));
            assert_eq!(answers.len(), 2, "{bad}");
            assert!(
                answers[0]["error"].is_string() && answers[0]["line"] == 1,
                "{bad}: {}",
                answers[0]
            );
            assert_eq!(answers[1]["decision"], "Allow", "{bad}");
        }
    }

    #[test]
    fn documents_that_aws_refuses_are_errors_and_never_allow() {
        let statement = |effect: &str, condition: &str| {
            format!(
                r#"{{"Statement":{{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{{"{condition}":{{"a:b":"c"}}}}}}}}"#
            )
        };
        for (documents, decision) in [
            (
                format!("{},{ALL}", statement("Deny", "StringIs")),
                Some("ExplicitDeny"),
            ),
            (statement("Allow", "StringIs"), Some("ImplicitDeny")),
            (format!("{},{ALL}", statement("Allow", "StringIs")), None),
        ] {
            let line =
                format!(r#"{{"id":1,"request":{{{BOB}}},"identity_policies":[{documents}]}}"#);
            let answers = answers(&line);
            assert_eq!(answers.len(), 1);
            let answer = &answers[0];
            assert!(answer["error"].as_str().unwrap().contains("StringIs") && answer["line"] == 1);
            assert_eq!(answer["decision"].as_str(), decision, "{answer}");
        }
    }

    #[test]
    fn organizations_do_not_bind_the_roles_of_services() {
        let role = BOB.replace(
            "user/bob",
            "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        );
        let policies = format!(r#","identity_policies":[{ALL}],"scps":[[]],"rcps":[[]]"#);
        is(decide(&role, &policies), "Allow", "identity");
        is(
            decide(&role.replace("aws-service-role", "other"), &policies),
            "ImplicitDeny",
            "rcp",
        );
    }

    #[test]
    fn answers_name_the_statements() {
        let deny = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"No","Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#;
        let line = format!(
            r#"{{"id":{{"a":1}},"note":"mine","request":{{{BOB}}},"identity_policies":[{ALL},{deny}],"scps":[[{ALL}],[{ALL}]]}}"#
        );
        let answer = answers(&line).remove(0);
        let at = deny.find(r#"{"Sid""#).unwrap();
        let expected = json!({
            "id": {"a": 1}, "decision": "ExplicitDeny", "layer": "identity",
            "statements": [{"layer": "identity", "policy": "identity_policies[1]", "index": 1, "sid": "No",
                            "effect": "Deny", "span": [at, deny.len() - 2]}],
        });
        assert_eq!(answer, expected);
    }

    #[test]
    fn layers_and_principals() {
        let identity = format!(r#","identity_policies":[{ALL}]"#);
        is(decide(BOB, ""), "ImplicitDeny", "identity");
        is(decide(BOB, &identity), "Allow", "identity");
        is(
            decide(BOB, &format!(r#"{identity},"scps":[[{ALL}],[]]"#)),
            "ImplicitDeny",
            "scp",
        );
        is(
            decide(BOB, &format!(r#"{identity},"scps":null,"rcps":[[]]"#)),
            "ImplicitDeny",
            "rcp",
        );
        let other = r#"{"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}"#;
        is(
            decide(BOB, &format!(r#"{identity},"permission_boundary":{other}"#)),
            "ImplicitDeny",
            "permission_boundary",
        );
        let role = BOB.replace(
            "iam::111111111111:user/bob",
            "sts::111111111111:assumed-role/r/s",
        );
        is(
            decide(&role, &format!(r#"{identity},"session_policy":{other}"#)),
            "ImplicitDeny",
            "session",
        );
        is(decide(&role, &identity), "Allow", "identity");
        let foreign = format!(r#"{BOB},"resource_account":"222222222222""#);
        is(decide(&foreign, &identity), "ImplicitDeny", "resource");
        let public = r#","resource_policy":{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}}"#;
        is(
            decide(&foreign, &format!("{identity}{public}")),
            "Allow",
            "resource",
        );
        let anonymous = r#""principal":{"type":"anonymous"},"action":"s3:GetObject","resource":"arn:aws:s3:::b/k""#;
        is(decide(anonymous, public), "Allow", "resource");
        is(decide(anonymous, &identity), "ImplicitDeny", "resource");
        let service = r#""principal":"sns.amazonaws.com","action":"sqs:SendMessage","resource":"arn:aws:sqs:eu-west-1:111111111111:q""#;
        let to_service = r#","resource_policy":{"Statement":{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}}"#;
        is(decide(service, to_service), "Allow", "resource");
    }

    #[test]
    fn trust_and_key_policies_follow_their_own_rules() {
        let assume = BOB
            .replace("s3:GetObject", "sts:AssumeRole")
            .replace("arn:aws:s3:::b/k", "arn:aws:iam::111111111111:role/r");
        let identity = format!(r#","identity_policies":[{ALL}]"#);
        is(decide(&assume, &identity), "ImplicitDeny", "trust");
        let trust = r#","resource_policy":{"Statement":{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}}"#;
        is(decide(&assume, trust), "ImplicitDeny", "identity");
        is(
            decide(&assume, &format!("{identity}{trust}")),
            "Allow",
            "identity",
        );
        let decrypt = BOB.replace("s3:GetObject", "kms:Decrypt").replace(
            "arn:aws:s3:::b/k",
            "arn:aws:kms:eu-west-1:111111111111:key/k",
        );
        is(decide(&decrypt, &identity), "ImplicitDeny", "resource");
        let key = r#","resource_policy":{"Statement":{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"kms:*","Resource":"*"}}"#;
        is(
            decide(&decrypt, &format!("{identity}{key}")),
            "Allow",
            "identity",
        );
    }

    #[test]
    fn keys_are_derived_unless_the_context_is_complete() {
        let own = r#","identity_policies":[{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username}","Condition":{"StringEquals":{"aws:ResourceAccount":"111111111111"}}}}]"#;
        let request = BOB.replace("b/k", "b/bob");
        is(decide(&request, own), "Allow", "identity");
        is(
            decide(&format!(r#"{request},"context_is_complete":true"#), own),
            "ImplicitDeny",
            "identity",
        );
        is(
            decide(
                &format!(r#"{request},"context":{{"AWS:UserName":"eve"}}"#),
                own,
            ),
            "ImplicitDeny",
            "identity",
        );
    }

    #[test]
    fn actions_without_resources_need_a_star() {
        let list = BOB.replace("s3:GetObject", "s3:ListAllMyBuckets");
        let arn = r#","identity_policies":[{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::*"}}]"#;
        is(decide(&list, arn), "ImplicitDeny", "identity");
        is(
            decide(&format!(r#"{list},"resource_level_action":true"#), arn),
            "Allow",
            "identity",
        );
    }
}
