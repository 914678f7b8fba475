//! MFA devices and their codes.

use crate::house::{ACCOUNT, House, Who, allow, user_arn};
use crate::proof;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A device as its user holds it.
struct Device {
    serial: String,
    seed: Vec<u8>,
    base32: String,
}

impl Device {
    async fn new(house: &House, name: &str) -> Self {
        let made = house
            .done(
                "CreateVirtualMFADevice",
                &[("VirtualMFADeviceName", name), ("Path", "/phones/")],
            )
            .await;
        let base32 = STANDARD
            .decode(made.text("Base32StringSeed").unwrap())
            .unwrap();
        let base32 = String::from_utf8(base32).unwrap();
        assert_eq!(base32.len(), 64);
        let png = STANDARD.decode(made.text("QRCodePNG").unwrap()).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
        let mut bits = Vec::new();
        for letter in base32.chars() {
            let index = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).unwrap();
            bits.extend((0..5).rev().map(|bit| index >> bit & 1));
        }
        let seed = bits
            .chunks_exact(8)
            .map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | *bit as u8))
            .collect();
        Self {
            serial: made.text("SerialNumber").unwrap().into(),
            seed,
            base32,
        }
    }

    /// The code so many steps from now (RFC 6238).
    fn code(&self, house: &House, steps: i64) -> String {
        let step = house.now().as_second() / 30 + steps;
        let digest = crypto::hmac_sha1(&self.seed, &step.to_be_bytes());
        let offset = usize::from(digest[19] & 0xf);
        let number = u32::from_be_bytes(digest[offset..offset + 4].try_into().unwrap());
        format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
    }

    async fn enable(&self, house: &House, user: &str) {
        let codes = (self.code(house, -1), self.code(house, 0));
        house
            .done("EnableMFADevice", &self.codes(user, &codes))
            .await;
    }

    fn codes<'a>(&'a self, user: &'a str, codes: &'a (String, String)) -> [(&'a str, &'a str); 4] {
        [
            ("UserName", user),
            ("SerialNumber", &self.serial),
            ("AuthenticationCode1", &codes.0),
            ("AuthenticationCode2", &codes.1),
        ]
    }

    /// What the proof of a code answers: nothing for yes.
    async fn prove(&self, house: &House, who: &Who, code: &str) -> String {
        let parameters = [("SerialNumber", self.serial.as_str()), ("TokenCode", code)];
        let answer = house
            .call_service(proof::SERVICE, who, "Prove", &parameters)
            .await;
        assert!(
            answer.status == 200 || answer.status == 403,
            "{}",
            answer.body
        );
        answer.code().to_owned()
    }
}

#[tokio::test]
async fn a_device_is_enabled_by_two_consecutive_codes_of_its_own() {
    let house = House::new();
    house.done("CreateUser", &[("UserName", "ada")]).await;
    let device = Device::new(&house, "phone").await;
    assert_eq!(
        device.serial,
        format!("arn:aws:iam::{ACCOUNT}:mfa/phones/phone")
    );
    let made_up = ("234567".to_owned(), "987654".to_owned());
    let reversed = (device.code(&house, 0), device.code(&house, -1));
    let old = (device.code(&house, -40), device.code(&house, -39));
    for codes in [made_up, reversed, old] {
        let text = house
            .refused(
                "EnableMFADevice",
                &device.codes("ada", &codes),
                "InvalidAuthenticationCode",
            )
            .await;
        assert_eq!(text, "Authentication code for device is not valid.");
    }
    device.enable(&house, "ada").await;
    let listed = house.done("ListMFADevices", &[("UserName", "ada")]).await;
    assert_eq!(listed.texts("SerialNumber"), [device.serial.as_str()]);
    let assigned = house
        .done("ListVirtualMFADevices", &[("AssignmentStatus", "Assigned")])
        .await;
    assert_eq!(assigned.text("UserName"), Some("ada"));
    assert!(!assigned.body.contains("Seed") && !assigned.body.contains("QRCode"));
    let codes = (device.code(&house, 0), device.code(&house, 1));
    house
        .refused(
            "EnableMFADevice",
            &device.codes("ada", &codes),
            "EntityAlreadyExists",
        )
        .await;
}

#[tokio::test]
async fn a_code_counts_once_and_for_its_owner_only() {
    let house = House::new();
    let ada = house.user("ada", &allow("iam:*", "*")).await;
    let bob = house.user("bob", &allow("iam:*", "*")).await;
    let device = Device::new(&house, "phone").await;
    assert_eq!(
        device.prove(&house, &ada, &device.code(&house, 0)).await,
        "UnknownDevice"
    );
    device.enable(&house, "ada").await;
    assert_eq!(
        device.prove(&house, &ada, &device.code(&house, 0)).await,
        "InvalidCode",
        "the code that enabled the device was used"
    );
    house.wait(30);
    let code = device.code(&house, 0);
    assert_eq!(device.prove(&house, &bob, &code).await, "UnknownDevice");
    assert_eq!(
        device.prove(&house, &house.root, &code).await,
        "UnknownDevice"
    );
    assert_eq!(device.prove(&house, &ada, &code).await, "");
    assert_eq!(
        device.prove(&house, &ada, &code).await,
        "InvalidCode",
        "no replay"
    );
    house.wait(60);
    assert_eq!(
        device.prove(&house, &ada, &device.code(&house, 1)).await,
        "",
        "one step early"
    );
    assert_eq!(
        device.prove(&house, &ada, &device.code(&house, 0)).await,
        "InvalidCode",
        "older than a code that was used"
    );
    house.wait(300);
    assert_eq!(
        device.prove(&house, &ada, &device.code(&house, -2)).await,
        "InvalidCode"
    );
    assert_eq!(
        device.prove(&house, &ada, &device.code(&house, -1)).await,
        ""
    );
    let named = [
        ("UserName", "ada"),
        ("SerialNumber", device.serial.as_str()),
    ];
    house.done("DeactivateMFADevice", &named).await;
    assert_eq!(
        device.prove(&house, &ada, &device.code(&house, 0)).await,
        "UnknownDevice"
    );
}

#[tokio::test]
async fn of_calls_at_once_with_one_code_one_succeeds() {
    let house = House::new();
    let ada = house.user("ada", &allow("iam:*", "*")).await;
    let device = Device::new(&house, "phone").await;
    device.enable(&house, "ada").await;
    house.wait(60);
    let code = device.code(&house, 0);
    let both = tokio::join!(
        device.prove(&house, &ada, &code),
        device.prove(&house, &ada, &code),
        device.prove(&house, &ada, &code)
    );
    let right = [both.0, both.1, both.2]
        .iter()
        .filter(|code| code.is_empty())
        .count();
    assert_eq!(right, 1);
}

#[tokio::test]
async fn guessing_ends_in_pauses() {
    let house = House::new();
    let ada = house.user("ada", &allow("iam:*", "*")).await;
    let device = Device::new(&house, "phone").await;
    device.enable(&house, "ada").await;
    house.wait(60);
    for _ in 0..5 {
        assert_eq!(device.prove(&house, &ada, "").await, "InvalidCode");
    }
    let good = device.code(&house, 0);
    assert_eq!(
        device.prove(&house, &ada, &good).await,
        "InvalidCode",
        "nobody listens"
    );
    house.wait(30);
    let good = device.code(&house, 0);
    assert_eq!(device.prove(&house, &ada, &good).await, "");
}

#[tokio::test]
async fn a_device_with_a_wrong_clock_is_brought_in_step() {
    let house = House::new();
    let ada = house.user("ada", &allow("iam:*", "*")).await;
    let device = Device::new(&house, "phone").await;
    device.enable(&house, "ada").await;
    house.wait(600);
    assert_eq!(
        device.prove(&house, &ada, &device.code(&house, 7)).await,
        "InvalidCode"
    );
    let codes = (device.code(&house, 7), device.code(&house, 8));
    house
        .done("ResyncMFADevice", &device.codes("ada", &codes))
        .await;
    assert_eq!(
        device.prove(&house, &ada, &device.code(&house, 8)).await,
        "InvalidCode"
    );
    assert_eq!(
        device.prove(&house, &ada, &device.code(&house, 9)).await,
        ""
    );
}

#[tokio::test]
async fn a_device_in_use_stays_and_keeps_its_user() {
    let house = House::new();
    house.done("CreateUser", &[("UserName", "ada")]).await;
    let device = Device::new(&house, "phone").await;
    device.enable(&house, "ada").await;
    let serial = [("SerialNumber", device.serial.as_str())];
    house
        .refused("DeleteVirtualMFADevice", &serial, "DeleteConflict")
        .await;
    house
        .refused("DeleteUser", &[("UserName", "ada")], "DeleteConflict")
        .await;
    let named = [("UserName", "ada"), serial[0]];
    house.done("DeactivateMFADevice", &named).await;
    house
        .refused("DeactivateMFADevice", &named, "NoSuchEntity")
        .await;
    house.done("DeleteVirtualMFADevice", &serial).await;
    let text = house
        .refused("DeleteVirtualMFADevice", &serial, "NoSuchEntity")
        .await;
    assert_eq!(
        text,
        format!(
            "VirtualMFADevice with serial number {} doesn't exist.",
            device.serial
        )
    );
    house.done("DeleteUser", &[("UserName", "ada")]).await;
    assert!(house.keys("iam.mfa-device").is_empty());
}

#[tokio::test]
async fn the_root_user_has_devices_too() {
    let house = House::new();
    let device = Device::new(&house, "root").await;
    device.enable(&house, "root").await;
    house.wait(60);
    let root = house.root.clone();
    assert_eq!(
        device.prove(&house, &root, &device.code(&house, 0)).await,
        ""
    );
    let ada = house.user("ada", &allow("iam:*", "*")).await;
    let spoof = [
        ("UserName", "root"),
        ("SerialNumber", device.serial.as_str()),
    ];
    let answer = house.call(&ada, "DeactivateMFADevice", &spoof).await;
    assert_eq!(
        answer.code(),
        "NoSuchEntity",
        "only the root user means itself by that name"
    );
    house.done("DeactivateMFADevice", &spoof[1..]).await;
}

#[tokio::test]
async fn seeds_are_stored_nowhere_in_the_clear() {
    let house = House::new();
    let device = Device::new(&house, "phone").await;
    let everything = house.everything();
    assert!(everything.contains(&device.serial));
    assert!(!everything.contains(&device.base32));
    assert!(!everything.contains(&STANDARD.encode(&device.base32)));
    assert!(!everything.contains(&STANDARD.encode(&device.seed)));
}

#[tokio::test]
async fn devices_are_authorized_by_arn_and_tags() {
    let house = House::new();
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["iam:CreateVirtualMFADevice","iam:ListMFADeviceTags"],
         "Resource":"arn:aws:iam::*:mfa/phones/*"},
        {"Effect":"Allow","Action":"iam:DeleteVirtualMFADevice","Resource":"*",
         "Condition":{"StringEquals":{"aws:ResourceTag/owner":"${aws:username}"}}},
        {"Effect":"Allow","Action":"iam:EnableMFADevice","Resource":"USER"}]}"#;
    let ada = house
        .user("ada", &policy.replace("USER", &user_arn("${aws:username}")))
        .await;
    let name = ("VirtualMFADeviceName", "x");
    let denied = house.call(&ada, "CreateVirtualMFADevice", &[name]).await;
    assert_eq!(denied.code(), "AccessDenied");
    let tagged = [
        name,
        ("Path", "/phones/"),
        ("Tags.member.1.Key", "a"),
        ("Tags.member.1.Value", "b"),
    ];
    let denied = house.call(&ada, "CreateVirtualMFADevice", &tagged).await;
    assert_eq!(denied.code(), "AccessDenied", "tags need iam:TagMFADevice");
    let made = house
        .call(&ada, "CreateVirtualMFADevice", &tagged[..2])
        .await;
    assert_eq!(made.status, 200, "{}", made.body);
    let serial = [("SerialNumber", made.text("SerialNumber").unwrap())];
    assert_eq!(
        house
            .call(&ada, "DeleteVirtualMFADevice", &serial)
            .await
            .code(),
        "AccessDenied"
    );
    assert_eq!(
        house.call(&ada, "TagMFADevice", &serial).await.code(),
        "ValidationError"
    );
    let tag = [
        serial[0],
        ("Tags.member.1.Key", "owner"),
        ("Tags.member.1.Value", "ada"),
    ];
    assert_eq!(
        house.call(&ada, "TagMFADevice", &tag).await.code(),
        "AccessDenied"
    );
    house.done("TagMFADevice", &tag).await;
    assert_eq!(
        house
            .call(&ada, "ListMFADeviceTags", &serial)
            .await
            .texts("Value"),
        ["ada"]
    );
    assert_eq!(
        house
            .call(&ada, "DeleteVirtualMFADevice", &serial)
            .await
            .status,
        200
    );
    let other = [
        ("UserName", "bob"),
        serial[0],
        ("AuthenticationCode1", "123456"),
        ("AuthenticationCode2", "123456"),
    ];
    assert_eq!(
        house.call(&ada, "EnableMFADevice", &other).await.code(),
        "AccessDenied"
    );
}
