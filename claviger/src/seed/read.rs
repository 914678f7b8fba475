//! From the tree to what the file says. Everything that is wrong is found at once.

use super::node::Node;
use super::problem::Problem;
use super::reader::{Environment, Reader};
use super::spec::{AccountSpec, At, GroupSpec, KeySpec, PolicySpec, RoleSpec, Seed, UserSpec};
use arn::AccountId;
use policy::DocumentKind;
use std::collections::HashSet;

/// Reads a file. What is left out because it is wrong is told in the problems.
pub(super) fn seed(root: &Node, file: &str, environment: Environment<'_>) -> (Seed, Vec<Problem>) {
    let mut reader = Reader {
        file,
        environment,
        problems: Vec::new(),
        broken: HashSet::new(),
        literal_secrets: false,
    };
    let mut seed = Seed::default();
    if let Some(mut fields) = reader.fields(root, "a seed file") {
        match fields.optional("accounts") {
            Some(accounts) => seed.accounts = reader.each(accounts, Reader::account),
            None => reader.missing(&fields, "accounts"),
        }
        reader.finish(fields);
    }
    seed.broken = reader.broken;
    seed.literal_secrets = reader.literal_secrets;
    (seed, reader.problems)
}

impl Reader<'_> {
    fn account(&mut self, node: &Node) -> Option<AccountSpec> {
        let mut fields = self.fields(node, "an account")?;
        let id = self.optional_text(&mut fields, "id").and_then(|text| {
            match AccountId::parse(&text.value) {
                Ok(value) => Some(At {
                    value,
                    span: text.span,
                }),
                Err(_) => {
                    self.problem(&text.span, "an account id has 12 digits");
                    None
                }
            }
        });
        let name = self.name(&mut fields);
        let alias = self.optional_text(&mut fields, "alias");
        let policies = self.list(fields.optional("policies"), Self::policy);
        let groups = self.list(fields.optional("groups"), Self::group);
        let users = self.list(fields.optional("users"), Self::user);
        let roles = self.list(fields.optional("roles"), Self::role);
        let keys = self.list(fields.optional("keys"), Self::kms_key);
        self.finish(fields);
        Some(AccountSpec {
            id,
            name: name?,
            alias,
            policies,
            groups,
            users,
            roles,
            keys,
        })
    }

    fn policy(&mut self, node: &Node) -> Option<PolicySpec> {
        let mut fields = self.fields(node, "a policy")?;
        let name = self.name(&mut fields);
        let path = self.optional_text(&mut fields, "path");
        let description = self.optional_text(&mut fields, "description");
        let document = self.needed_document(&mut fields, "document", DocumentKind::Identity);
        let tags = self.tags(&mut fields);
        self.finish(fields);
        let (name, document) = self.whole(name?, document)?;
        Some(PolicySpec {
            name,
            path,
            description,
            document,
            tags,
        })
    }

    fn group(&mut self, node: &Node) -> Option<GroupSpec> {
        let mut fields = self.fields(node, "a group")?;
        let name = self.name(&mut fields);
        let path = self.optional_text(&mut fields, "path");
        let permissions = self.permissions(&mut fields);
        self.finish(fields);
        Some(GroupSpec {
            name: name?,
            path,
            permissions,
        })
    }

    fn user(&mut self, node: &Node) -> Option<UserSpec> {
        let mut fields = self.fields(node, "a user")?;
        let name = self.name(&mut fields);
        let path = self.optional_text(&mut fields, "path");
        let tags = self.tags(&mut fields);
        let groups = self.list(fields.optional("groups"), Self::text);
        let permissions = self.permissions(&mut fields);
        let boundary = self.optional_text(&mut fields, "boundary");
        let password = self.secret(&mut fields, "password", "password_env");
        let access_keys = self.list(fields.optional("access_keys"), Self::access_key);
        self.finish(fields);
        Some(UserSpec {
            name: name?,
            path,
            tags,
            groups,
            permissions,
            boundary,
            password,
            access_keys,
        })
    }

    fn role(&mut self, node: &Node) -> Option<RoleSpec> {
        let mut fields = self.fields(node, "a role")?;
        let name = self.name(&mut fields);
        let path = self.optional_text(&mut fields, "path");
        let description = self.optional_text(&mut fields, "description");
        let trust = self.needed_document(&mut fields, "trust", DocumentKind::Trust);
        let permissions = self.permissions(&mut fields);
        let boundary = self.optional_text(&mut fields, "boundary");
        let max_session_duration = self.number(
            &mut fields,
            "max_session_duration",
            "max_session_duration is a number of seconds",
        );
        let tags = self.tags(&mut fields);
        self.finish(fields);
        let (name, trust) = self.whole(name?, trust)?;
        Some(RoleSpec {
            name,
            path,
            description,
            trust,
            permissions,
            boundary,
            max_session_duration,
            tags,
        })
    }

    fn access_key(&mut self, node: &Node) -> Option<KeySpec> {
        let mut fields = self.fields(node, "an access key")?;
        let told = self.problems.len();
        let has_id = fields.left.iter().any(|(key, _)| key.name == "id");
        let id = self.optional_text(&mut fields, "id");
        let secret = self.secret(&mut fields, "secret", "secret_env");
        let status = self.optional_text(&mut fields, "status");
        let active = status
            .as_ref()
            .and_then(|status| match status.value.as_str() {
                "Active" => Some(true),
                "Inactive" => Some(false),
                _ => {
                    self.problem(
                        &status.span,
                        "the status of an access key is Active or Inactive",
                    );
                    None
                }
            });
        let span = fields.span.clone();
        self.finish(fields);
        match (id, secret) {
            _ if self.problems.len() > told => None,
            (Some(id), Some(secret)) => Some(KeySpec::Fixed { id, secret, active }),
            (Some(id), None) => {
                self.problem(
                    &id.span,
                    "an access key with an id needs its secret or secret_env",
                );
                None
            }
            (None, Some(secret)) => {
                self.problem(&secret.span, "an access key with a secret needs its id");
                None
            }
            (None, None) if has_id || status.is_some() => {
                self.problem(&span, "an access key without an id has no other fields");
                None
            }
            (None, None) => Some(KeySpec::Any(span)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::node;
    use super::super::problem::tests::plain;
    use super::*;

    /// Bytes between the places that are damaged. With 1 the test takes half a minute.
    const STEP: usize = 37;

    fn problems(file: &str) -> Vec<Problem> {
        let environment = |name: &str| (name == "GOOD").then(|| "from-the-environment".to_owned());
        seed(&node::parse(file).unwrap(), file, &environment).1
    }

    fn marks(file: &str) -> Vec<(String, String)> {
        let told = problems(file);
        told.into_iter()
            .map(|problem| (file.get(problem.span).unwrap().to_owned(), problem.message))
            .collect()
    }

    #[test]
    fn the_example_of_the_documentation_is_read() {
        let page = include_str!("../../../docs/seed.md");
        for (fence, least) in [("```yaml\n", 2), ("```json\n", 1)] {
            let example = page
                .split(fence)
                .nth(1)
                .unwrap()
                .split("```")
                .next()
                .unwrap();
            // Base64 too, as material is.
            let environment = |_: &str| Some("A".repeat(44));
            let (seed, problems) = seed(&node::parse(example).unwrap(), example, &environment);
            assert_eq!(problems, [], "{}", plain(example, &problems));
            assert_eq!(seed.accounts.len(), least);
        }
    }

    /// Whatever is changed in a file, reading it ends with a tree or with what is wrong, and no
    /// secret is shown.
    #[test]
    fn damaged_files_are_read_without_panic() {
        const DAMAGE: [&str; 12] = [
            "", "\u{e9}", "\"", "{", "- ", "\n", "&a ", "*a", "\t", "\u{0}", "|\n", "\r",
        ];
        let page = include_str!("../../../docs/seed.md");
        for (fence, secret) in [
            ("```yaml\n", "secret: hidden"),
            ("```json\n", "secret\": \"hidden"),
        ] {
            let example = page
                .split(fence)
                .nth(1)
                .unwrap()
                .split("```")
                .next()
                .unwrap();
            let example = example
                .replace("secret_env: ALICE_SECRET", secret)
                .replace("secret_env\": \"READER_SECRET", secret);
            assert!(example.contains(secret));
            for at in (0..example.len()).step_by(STEP) {
                for with in DAMAGE {
                    let mut damaged = example.clone();
                    damaged.replace_range(at..at + usize::from(with.is_empty()), with);
                    let problems = match node::parse(&damaged) {
                        Ok(root) => seed(&root, &damaged, &|_| None).1,
                        Err(problem) => vec![problem],
                    };
                    let shown = plain(&damaged, &problems);
                    assert!(
                        !damaged.contains(secret) || !shown.contains("hidden"),
                        "{shown}"
                    );
                }
            }
        }
    }

    #[test]
    fn unknown_fields_are_told_with_the_one_that_was_meant() {
        let file =
            "accounts:\n  - name: a\n    usres: []\n    users:\n      - {name: u, colour: red}\n";
        let told = problems(file);
        assert_eq!(
            marks(file)[0],
            ("colour".into(), "a user has no field colour".into())
        );
        assert_eq!(
            marks(file)[1],
            ("usres".into(), "an account has no field usres".into())
        );
        assert_eq!(told[1].help.as_deref(), Some("did you mean users?"));
        let shown = plain(file, &told);
        assert!(
            shown.contains("seed.yaml:3:5") && shown.contains("seed.yaml:5:19"),
            "{shown}"
        );
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let file = "accounts:\n- id: 12\n  name: a\n  users:\n  - path: /x/\n  - {name: [b], groups: c}\n  \
                    roles:\n  - {name: r}\n  policies:\n  - {name: p, document: {Version: 2012-10-17}}\n";
        let told: Vec<_> = marks(file)
            .into_iter()
            .map(|(_, message)| message)
            .collect();
        let wanted = [
            "an account id has 12 digits",
            "policy document: Statement is missing",
            "a user needs name",
            "this is a text, not a list",
            "this is a list, not a text",
            "a role needs trust",
        ];
        assert_eq!(told, wanted);
    }

    #[test]
    fn access_keys_are_whole_or_left_to_the_server() {
        let file = |key: &str| {
            format!("accounts: [{{name: a, users: [{{name: u, access_keys: [{key}]}}]}}]")
        };
        assert_eq!(marks(&file("{}")), []);
        assert_eq!(
            marks(&file("{id: AKIA, secret_env: GOOD, status: Inactive}")),
            []
        );
        let refused = |key: &str| marks(&file(key))[0].1.clone();
        assert_eq!(
            refused("{id: AKIA}"),
            "an access key with an id needs its secret or secret_env"
        );
        assert_eq!(
            refused("{secret: x}"),
            "an access key with a secret needs its id"
        );
        assert_eq!(
            refused("{id: A, secret_env: NONE}"),
            "the environment has no NONE"
        );
        assert_eq!(
            refused("{id: A, secret: x, secret_env: GOOD}"),
            "secret and secret_env exclude each other"
        );
        assert_eq!(
            refused("{id: A, secret: x, status: on}"),
            "the status of an access key is Active or Inactive"
        );
        assert_eq!(
            refused("{status: Active}"),
            "an access key without an id has no other fields"
        );
        assert_eq!(
            refused("{id: A, secret: x, sceret: y}"),
            "an access key has no field sceret"
        );
        assert_eq!(
            refused("{id: A, secret:hidden}"),
            "an access key has no field secret"
        );
    }

    #[test]
    fn ids_and_names_need_no_quotes() {
        let file =
            "accounts: [{id: 000000000012, name: yes, users: [{name: 7, tags: {a: 1, b: }}]}]";
        let (seed, problems) = seed(&node::parse(file).unwrap(), file, &|_| None);
        assert_eq!(problems, []);
        let account = &seed.accounts[0];
        assert_eq!(account.id.as_ref().unwrap().value.as_str(), "000000000012");
        assert_eq!(
            (
                account.name.value.as_str(),
                account.users[0].name.value.as_str()
            ),
            ("yes", "7")
        );
        let tags = &account.users[0].tags.as_ref().unwrap().value;
        assert_eq!(
            tags.iter()
                .map(|tag| tag.value.as_str())
                .collect::<Vec<_>>(),
            ["1", ""]
        );
    }
}
