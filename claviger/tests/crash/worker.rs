//! One client: what it does, what it was told, and what must hence be there.

use super::Stage;
use super::common::caller::{Answer, Caller};
use super::dice::Dice;
use super::trail::Acknowledged;
use std::collections::{BTreeMap, BTreeSet};

const MOST_USERS: usize = 4;
const MOST_KEYS: usize = 2;

/// A user as its worker was told that it is.
#[derive(Default)]
struct User {
    /// Secrets by access key id.
    keys: BTreeMap<String, String>,
    /// Indices of the stage's policies.
    attached: BTreeSet<usize>,
    is_member: bool,
}

/// A change of a user.
#[derive(Debug, Clone, PartialEq)]
enum Change {
    CreateUser,
    DeleteUser,
    CreateKey,
    DeleteKey(String),
    Attach(usize),
    Detach(usize),
    Join,
    Leave,
}

/// A client with users of its own.
pub(crate) struct Worker {
    number: usize,
    dice: Dice,
    made: usize,
    users: BTreeMap<String, User>,
    /// The change that was under way when the server was killed.
    unknown: Option<(String, Change)>,
    acknowledged: Vec<Acknowledged>,
}

impl Worker {
    pub(crate) fn new(number: usize, seed: u64) -> Self {
        let dice = Dice::new(seed);
        Self {
            number,
            dice,
            made: 0,
            users: BTreeMap::new(),
            unknown: None,
            acknowledged: Vec::new(),
        }
    }

    pub(crate) fn user_names(&self) -> Vec<String> {
        self.users.keys().cloned().collect()
    }

    /// The calls that were answered since this was asked last.
    pub(crate) fn take_acknowledged(&mut self) -> Vec<Acknowledged> {
        std::mem::take(&mut self.acknowledged)
    }

    /// Works until the server is gone.
    pub(crate) fn work(&mut self, stage: &Stage, address: &str) {
        let mut root = stage.root(address);
        loop {
            let outcome = if self.dice.below(4) == 0 {
                self.look(address, &mut root)
            } else {
                let (name, change) = self.choose(stage);
                self.change(stage, &mut root, &name, change)
            };
            if outcome.is_err() {
                return;
            }
        }
    }

    fn choose(&mut self, stage: &Stage) -> (String, Change) {
        let names = self.user_names();
        if names.is_empty() || (names.len() < MOST_USERS && self.dice.below(4) == 0) {
            self.made += 1;
            return (
                format!("user-{}-{}", self.number, self.made),
                Change::CreateUser,
            );
        }
        let name = self.dice.pick(&names).clone();
        let user = &self.users[&name];
        let policy = usize::try_from(self.dice.below(stage.policies.len() as u64)).unwrap();
        let change = match self.dice.below(8) {
            0 | 1 if user.keys.len() < MOST_KEYS => Change::CreateKey,
            0..=2 if !user.keys.is_empty() => {
                Change::DeleteKey(user.keys.keys().next().unwrap().clone())
            }
            3 | 4 if user.is_member => Change::Leave,
            3 | 4 => Change::Join,
            7 if user.keys.is_empty() && user.attached.is_empty() && !user.is_member => {
                Change::DeleteUser
            }
            _ if user.attached.contains(&policy) => Change::Detach(policy),
            _ => Change::Attach(policy),
        };
        (name, change)
    }

    /// Makes a change. Remembers it as unknown where the server is gone.
    fn change(
        &mut self,
        stage: &Stage,
        root: &mut Caller,
        name: &str,
        change: Change,
    ) -> std::io::Result<()> {
        let user = ("UserName", name);
        let group = ("GroupName", stage.group);
        let arn = |policy: usize| ("PolicyArn", stage.policies[policy].as_str());
        let (action, fields) = match &change {
            Change::CreateUser => ("CreateUser", vec![user]),
            Change::DeleteUser => ("DeleteUser", vec![user]),
            Change::CreateKey => ("CreateAccessKey", vec![user]),
            Change::DeleteKey(id) => ("DeleteAccessKey", vec![user, ("AccessKeyId", id.as_str())]),
            Change::Attach(policy) => ("AttachUserPolicy", vec![user, arn(*policy)]),
            Change::Detach(policy) => ("DetachUserPolicy", vec![user, arn(*policy)]),
            Change::Join => ("AddUserToGroup", vec![user, group]),
            Change::Leave => ("RemoveUserFromGroup", vec![user, group]),
        };
        match self.told(root, action, &fields, 200) {
            Ok(answer) => {
                self.learn(name, change, Some(&answer));
                Ok(())
            }
            Err(error) => {
                self.unknown = Some((name.to_owned(), change));
                Err(error)
            }
        }
    }

    /// Calls an operation and notes that it was answered.
    fn told(
        &mut self,
        caller: &mut Caller,
        action: &str,
        fields: &[(&str, &str)],
        status: u16,
    ) -> std::io::Result<Answer> {
        let answer = caller.call(action, fields)?;
        assert_eq!(
            answer.status, status,
            "{action} {fields:?}: {}",
            answer.body
        );
        self.acknowledged.push(Acknowledged::of(action, &answer));
        Ok(answer)
    }

    /// A change is done.
    fn learn(&mut self, name: &str, change: Change, answer: Option<&Answer>) {
        if change == Change::DeleteUser {
            self.users.remove(name);
            return;
        }
        let user = self.users.entry(name.to_owned()).or_default();
        match change {
            Change::CreateUser | Change::DeleteUser => {}
            Change::CreateKey => {
                let answer = answer.expect("only an answer has a secret");
                let value = |name| answer.value(name).unwrap();
                user.keys
                    .insert(value("AccessKeyId"), value("SecretAccessKey"));
            }
            Change::DeleteKey(id) => drop(user.keys.remove(&id)),
            Change::Attach(policy) => drop(user.attached.insert(policy)),
            Change::Detach(policy) => drop(user.attached.remove(&policy)),
            Change::Join => user.is_member = true,
            Change::Leave => user.is_member = false,
        }
    }

    /// Reads a user, with the root user's key and with its own: the first policy allows
    /// that, and nothing allows it to list users.
    fn look(&mut self, address: &str, root: &mut Caller) -> std::io::Result<()> {
        let names = self.user_names();
        if names.is_empty() {
            return Ok(());
        }
        let name = self.dice.pick(&names).clone();
        self.told(root, "GetUser", &[("UserName", &name)], 200)?;
        self.use_keys(address, &name)
    }

    fn use_keys(&mut self, address: &str, name: &str) -> std::io::Result<()> {
        let user = &self.users[name];
        let may_read = if user.attached.contains(&0) { 200 } else { 403 };
        for (id, secret) in user.keys.clone() {
            let mut own = Caller::new(address, (&id, &secret));
            let identity = self.told(&mut own, "GetCallerIdentity", &[], 200)?;
            let arn = identity.value("Arn").unwrap();
            assert!(
                arn.ends_with(&format!(":user/{name}")),
                "{id} of {name} is {arn}"
            );
            self.told(&mut own, "GetUser", &[("UserName", name)], may_read)?;
            self.told(&mut own, "ListUsers", &[], 403)?;
        }
        Ok(())
    }

    /// Compares everything with what was told.
    pub(crate) fn verify(&mut self, stage: &Stage, address: &str) {
        let mut root = stage.root(address);
        self.settle(stage, &mut root);
        for name in self.user_names() {
            let state = self
                .read(stage, &mut root, &name)
                .unwrap_or_else(|| panic!("{name} is lost"));
            let user = &self.users[&name];
            let keys: BTreeSet<_> = user.keys.keys().cloned().collect();
            assert_eq!(
                (&state.keys, &state.attached, state.is_member),
                (&keys, &user.attached, user.is_member),
                "{name}"
            );
            self.use_keys(address, &name).unwrap();
        }
    }

    /// Finds out whether the change that was under way is done. It is, or it is not.
    fn settle(&mut self, stage: &Stage, root: &mut Caller) {
        let Some((name, change)) = self.unknown.take() else {
            return;
        };
        let state = self.read(stage, root, &name);
        let done = match (&change, &state) {
            (Change::CreateUser, state) => state.is_some(),
            (Change::DeleteUser, state) => state.is_none(),
            (_, None) => panic!("{name} is lost"),
            (Change::CreateKey, Some(state)) => {
                // Nobody knows the secret of a key that came to be: away with it.
                let known = self.users[&name].keys.keys().cloned().collect();
                let more: Vec<_> = state.keys.difference(&known).cloned().collect();
                assert!(more.len() <= 1, "one call made {more:?}");
                for id in more {
                    self.told(
                        root,
                        "DeleteAccessKey",
                        &[("UserName", &name), ("AccessKeyId", &id)],
                        200,
                    )
                    .unwrap();
                }
                false
            }
            (Change::DeleteKey(id), Some(state)) => !state.keys.contains(id),
            (Change::Attach(policy), Some(state)) => state.attached.contains(policy),
            (Change::Detach(policy), Some(state)) => !state.attached.contains(policy),
            (Change::Join, Some(state)) => state.is_member,
            (Change::Leave, Some(state)) => !state.is_member,
        };
        if done {
            self.learn(&name, change, None);
        }
    }

    /// A user as the server shows it; `None` where there is none.
    fn read(&mut self, stage: &Stage, root: &mut Caller, name: &str) -> Option<State> {
        let user = [("UserName", name)];
        let found = root.call("GetUser", &user).unwrap();
        self.acknowledged.push(Acknowledged::of("GetUser", &found));
        if found.status == 404 {
            return None;
        }
        assert_eq!(found.status, 200, "{}", found.body);
        let keys = self.told(root, "ListAccessKeys", &user, 200).unwrap();
        let attached = self
            .told(root, "ListAttachedUserPolicies", &user, 200)
            .unwrap();
        let groups = self.told(root, "ListGroupsForUser", &user, 200).unwrap();
        let position = |arn: &String| {
            stage
                .policies
                .iter()
                .position(|policy| policy == arn)
                .unwrap()
        };
        Some(State {
            keys: keys.values("AccessKeyId").into_iter().collect(),
            attached: attached.values("PolicyArn").iter().map(position).collect(),
            is_member: groups.values("GroupName").contains(&stage.group.to_owned()),
        })
    }
}

/// A user as the server shows it.
struct State {
    keys: BTreeSet<String>,
    attached: BTreeSet<usize>,
    is_member: bool,
}
