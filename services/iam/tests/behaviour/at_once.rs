//! Calls that run at the same time: quotas and references hold whatever the order.

use crate::house::{Answer, House};
use std::sync::Arc;

type Parameters = Vec<(&'static str, String)>;

/// Calls of the root user, all started before the first is awaited.
async fn at_once(house: &Arc<House>, calls: Vec<(&'static str, Parameters)>) -> Vec<Answer> {
    let running: Vec<_> = calls
        .into_iter()
        .map(|(action, parameters)| {
            let house = Arc::clone(house);
            tokio::spawn(async move {
                let parameters: Vec<_> = parameters
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()))
                    .collect();
                house.call(&house.root, action, &parameters).await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for call in running {
        answers.push(call.await.unwrap());
    }
    answers
}

fn named(user: &str) -> Parameters {
    vec![("UserName", user.into())]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_user_never_gets_a_third_key() {
    let house = Arc::new(House::new());
    for round in 0..10 {
        let user = format!("user{round}");
        house.done("CreateUser", &[("UserName", &user)]).await;
        let answers = at_once(
            &house,
            (0..6).map(|_| ("CreateAccessKey", named(&user))).collect(),
        )
        .await;
        let made = answers.iter().filter(|answer| answer.status == 200).count();
        let refused = answers
            .iter()
            .filter(|answer| answer.code() == "LimitExceeded")
            .count();
        assert_eq!((made, refused), (2, 4));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_name_is_given_once() {
    let house = Arc::new(House::new());
    for round in 0..10 {
        let spellings = [
            format!("user{round}"),
            format!("USER{round}"),
            format!("User{round}"),
        ];
        let calls = spellings
            .iter()
            .map(|name| ("CreateUser", named(name)))
            .collect();
        let answers = at_once(&house, calls).await;
        assert_eq!(
            answers.iter().filter(|answer| answer.status == 200).count(),
            1
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_hangs_on_a_user_or_group_that_is_gone() {
    let house = Arc::new(House::new());
    for round in 0..20 {
        let (user, group) = (format!("user{round}"), format!("group{round}"));
        house.done("CreateUser", &[("UserName", &user)]).await;
        house.done("CreateGroup", &[("GroupName", &group)]).await;
        let member = vec![("UserName", user.clone()), ("GroupName", group.clone())];
        let calls = vec![
            ("AddUserToGroup", member),
            ("DeleteGroup", vec![("GroupName", group.clone())]),
            ("CreateAccessKey", named(&user)),
            ("DeleteUser", named(&user)),
        ];
        at_once(&house, calls).await;
        let user_is_there = house.keys("iam.user").contains(&user);
        let group_is_there = house.keys("iam.group").contains(&group);
        let member = format!("{group}\u{1}{user}");
        if house.keys("iam.group-member").contains(&member) {
            assert!(
                user_is_there && group_is_there,
                "a membership without its ends"
            );
        }
    }
    // Each key that is left belongs to a user that is left, or to the root user.
    let users = house.keys("iam.user").len();
    assert!(house.keys("iam.access-key").len() <= users + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_users_are_created_at_once() {
    let house = Arc::new(House::new());
    let calls = (0..200)
        .map(|number| ("CreateUser", named(&format!("user{number}"))))
        .collect();
    let answers = at_once(&house, calls).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(house.keys("iam.user").len(), 200);
}
