//! Many clients on the same things: no change is lost, nothing breaks, and what the API
//! shows from two ends fits together afterwards.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::caller::{Answer, Caller};
use common::{Server, consistency};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

const CLIENTS: usize = 16;
const TURNS: usize = 20;
const KEY: (&str, &str) = ("test", "test");

fn start() -> (Server, Caller) {
    let server = Server::start(&["--dev", "--account", "123456789012"]);
    let root = Caller::new(&server.address, KEY);
    (server, root)
}

fn ok(caller: &mut Caller, action: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = caller.call(action, fields).unwrap();
    assert_eq!(answer.status, 200, "{action} {fields:?}: {}", answer.body);
    answer
}

/// Runs a client of each number at the same time.
fn together(server: &Server, client: impl Fn(usize, &mut Caller) + Sync) {
    std::thread::scope(|scope| {
        for number in 0..CLIENTS {
            let client = &client;
            scope.spawn(move || client(number, &mut Caller::new(&server.address, KEY)));
        }
    });
}

#[test]
fn attachments_of_one_user_are_not_lost() {
    let (server, mut root) = start();
    ok(&mut root, "CreateUser", &[("UserName", "shared")]);
    let policies: Vec<String> = (0..8)
        .map(|number| {
            let document = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}}"#;
            let name = format!("policy-{number}");
            let made = ok(&mut root, "CreatePolicy", &[("PolicyName", &name), ("PolicyDocument", document)]);
            made.value("Arn").unwrap()
        })
        .collect();
    // Half of the clients have a policy each, the other half a tag each: all in one record.
    together(&server, |number, caller| {
        let user = ("UserName", "shared");
        for turn in 0..=TURNS {
            let even = turn % 2 == 0;
            let (element, own) = match policies.get(number) {
                Some(arn) => {
                    let action = if even {
                        "AttachUserPolicy"
                    } else {
                        "DetachUserPolicy"
                    };
                    ok(caller, action, &[user, ("PolicyArn", arn)]);
                    ("PolicyArn", arn.clone())
                }
                None => {
                    let key = format!("tag-{number}");
                    if even {
                        ok(
                            caller,
                            "TagUser",
                            &[
                                user,
                                ("Tags.member.1.Key", &key),
                                ("Tags.member.1.Value", "v"),
                            ],
                        );
                    } else {
                        ok(caller, "UntagUser", &[user, ("TagKeys.member.1", &key)]);
                    }
                    ("Key", key)
                }
            };
            let list = if element == "Key" {
                "ListUserTags"
            } else {
                "ListAttachedUserPolicies"
            };
            let seen = ok(caller, list, &[user]).values(element);
            assert_eq!(
                seen.contains(&own),
                even,
                "a client does not see its own change: {own} in {seen:?}"
            );
        }
    });
    let user = [("UserName", "shared")];
    assert_eq!(
        ok(&mut root, "ListAttachedUserPolicies", &user)
            .values("PolicyArn")
            .len(),
        policies.len()
    );
    assert_eq!(
        ok(&mut root, "ListUserTags", &user).values("Key").len(),
        CLIENTS - policies.len()
    );
    consistency::check(&mut root);
}

#[test]
fn members_of_one_group_are_not_lost() {
    let (server, mut root) = start();
    ok(&mut root, "CreateGroup", &[("GroupName", "shared")]);
    for number in 0..CLIENTS {
        ok(
            &mut root,
            "CreateUser",
            &[("UserName", &format!("user-{number}"))],
        );
    }
    together(&server, |number, caller| {
        let name = format!("user-{number}");
        for turn in 0..TURNS + number % 2 {
            let joins = turn % 2 == 0;
            let action = if joins {
                "AddUserToGroup"
            } else {
                "RemoveUserFromGroup"
            };
            ok(
                caller,
                action,
                &[("GroupName", "shared"), ("UserName", &name)],
            );
            let members = ok(caller, "GetGroup", &[("GroupName", "shared")]).values("UserName");
            assert_eq!(
                members.contains(&name),
                joins,
                "a client does not see its own change: {name} in {members:?}"
            );
        }
    });
    let members: BTreeSet<_> = ok(&mut root, "GetGroup", &[("GroupName", "shared")])
        .values("UserName")
        .into_iter()
        .collect();
    let odd: BTreeSet<_> = (0..CLIENTS)
        .filter(|number| number % 2 == 1)
        .map(|number| format!("user-{number}"))
        .collect();
    assert_eq!(members, odd);
    consistency::check(&mut root);
}

#[test]
fn one_user_is_created_and_deleted_by_one_client_at_a_time() {
    let (server, mut root) = start();
    let (created, deleted) = (AtomicUsize::new(0), AtomicUsize::new(0));
    together(&server, |number, caller| {
        for turn in 0..TURNS {
            // Names are the same whatever their case.
            let name = if number % 2 == 0 { "shared" } else { "SHARED" };
            let creates = (turn + number) % 2 == 0;
            let action = if creates { "CreateUser" } else { "DeleteUser" };
            let answer = caller.call(action, &[("UserName", name)]).unwrap();
            match (creates, answer.status) {
                (true, 200) => drop(created.fetch_add(1, Ordering::Relaxed)),
                (false, 200) => drop(deleted.fetch_add(1, Ordering::Relaxed)),
                (true, 409) => assert_eq!(answer.value("Code").unwrap(), "EntityAlreadyExists"),
                (false, 404) => assert_eq!(answer.value("Code").unwrap(), "NoSuchEntity"),
                (_, status) => panic!("{action}: {status} {}", answer.body),
            }
        }
    });
    let left = ok(&mut root, "ListUsers", &[]).values("UserName").len();
    let (created, deleted) = (created.into_inner(), deleted.into_inner());
    assert!(created > 1 && left <= 1, "{created} created, {left} left");
    assert_eq!(created - deleted, left, "each success changed something");
    consistency::check(&mut root);
}
