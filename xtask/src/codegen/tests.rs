//! The generator on a small model, and on everything that botocore has of our services.

use super::model::Model;
use super::selection::{Operations, Selection, Service, prune};
use super::{api, botocore, generate, operations, schema, types};
use std::collections::BTreeMap;

const SMALL: &str = r##"{
  "metadata": {"apiVersion": "2020-01-01", "endpointPrefix": "thing", "protocol": "smithy-rpc-v2-cbor",
    "protocols": ["smithy-rpc-v2-cbor", "json"], "jsonVersion": "1.0", "targetPrefix": "Things_2020"},
  "operations": {
    "CreateThing": {"http": {"method": "POST", "requestUri": "/", "responseCode": 201},
      "input": {"shape": "createThingRequest"},
      "output": {"shape": "Thing", "resultWrapper": "CreateThingResult"}, "errors": [{"shape": "Gone"}]},
    "GetThing": {"http": {"method": "GET", "requestUri": "/{Name}"}, "output": {"shape": "Thing"},
      "authtype": "none"},
    "Drop": {"http": {"method": "POST", "requestUri": "/drop"}, "input": {"shape": "OnlyDropped"}}
  },
  "shapes": {
    "createThingRequest": {"type": "structure", "required": ["type", "Name"], "payload": "Body", "members": {
      "type": {"shape": "kind", "documentation": "<p>Prose.</p>"},
      "Name": {"shape": "nameType", "location": "uri", "locationName": "name"},
      "Secret": {"shape": "Password"},
      "When": {"shape": "When", "timestampFormat": "iso8601", "locationName": "when"},
      "Token": {"shape": "nameType", "idempotencyToken": true, "location": "header", "locationName": "x-token"},
      "Body": {"shape": "Thing", "xmlNamespace": {"uri": "urn:x"}, "xmlAttribute": true}}},
    "Thing": {"type": "structure", "union": true, "members": {
      "Not": {"shape": "NotThing"}, "All": {"shape": "Things"}, "Named": {"shape": "ThingMap"},
      "Blob": {"shape": "Raw"}, "Free": {"shape": "Anything"}}},
    "NotThing": {"type": "structure", "required": ["Thing"], "members": {"Thing": {"shape": "Thing"}}},
    "Things": {"type": "list", "member": {"shape": "Thing", "locationName": "item"}, "flattened": true, "max": 10.0},
    "ThingMap": {"type": "map", "key": {"shape": "nameType", "locationName": "k"}, "value": {"shape": "Thing"}},
    "Raw": {"type": "blob"},
    "Anything": {"type": "structure", "document": true, "members": {}},
    "nameType": {"type": "string", "min": 1, "max": 64, "pattern": "[\\w+=,.@-]+"},
    "kind": {"type": "string", "enum": ["RSA_2048", "aws:kms"]},
    "Password": {"type": "string", "sensitive": true},
    "When": {"type": "timestamp"},
    "Gone": {"type": "structure", "members": {"message": {"shape": "nameType"}},
      "error": {"code": "IsGone", "httpStatusCode": 410, "senderFault": true}, "exception": true},
    "OnlyDropped": {"type": "structure", "members": {"Kind": {"shape": "Lost"}}},
    "Lost": {"type": "string"}
  }
}"##;

fn small() -> Model {
    let model: Model = serde_json::from_str(SMALL).unwrap();
    let service = Service {
        model: "thing".into(),
        operations: Operations::Word("all".into()),
        except: vec!["Drop".into()],
        values: Default::default(),
    };
    let kept = service.kept(&model).unwrap();
    prune(model, &kept).unwrap()
}

fn holds(text: &str, wanted: &[&str]) {
    for line in wanted {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
}

#[test]
fn pruning_keeps_names_of_unserved_operations_and_drops_prose_and_their_shapes() {
    let model = small();
    assert!(model.shapes.get("Lost").is_none());
    assert_eq!(
        model
            .unserved
            .iter()
            .map(|gone| gone.name.as_str())
            .collect::<Vec<_>>(),
        ["Drop"]
    );
    let text = serde_json::to_string(&model).unwrap();
    assert!(!text.contains("Prose"));
    let again: Model = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
}

#[test]
fn a_name_that_meets_no_operation_is_refused() {
    let model: Model = serde_json::from_str(SMALL).unwrap();
    for (operations, except) in [
        (Operations::List(vec!["CreateThings".into()]), vec![]),
        (Operations::Word("all".into()), vec!["Make*".into()]),
        (Operations::Word("every".into()), vec![]),
    ] {
        let service = Service {
            model: "thing".into(),
            operations,
            except,
            values: Default::default(),
        };
        assert!(service.kept(&model).is_err());
    }
}

#[test]
fn a_changed_selection_asks_for_a_new_import() {
    let model = small();
    let service = |except: &[&str]| Service {
        model: "thing".into(),
        operations: Operations::Word("all".into()),
        except: except.iter().map(ToString::to_string).collect(),
        values: Default::default(),
    };
    assert!(service(&["Drop"]).check(&model).is_ok());
    assert!(service(&[]).check(&model).is_err());
    assert!(service(&["Drop", "Get*"]).check(&model).is_err());
}

#[test]
fn types_are_plain_structs_and_enumerations() {
    let model = api::complete(small()).unwrap();
    let text = types::write(&api::Api::new("thing", &model).unwrap()).unwrap();
    holds(
        &text,
        &[
            "use schema::{Blob, Document, Timestamp};\nuse std::collections::BTreeMap;",
            "pub type CreateThingOutput = Thing;",
            "pub type GetThingOutput = Thing;",
            // Holds a secret and requires an enumeration: neither Debug nor Default.
            "structures! {\n    pub struct CreateThingInput {\n        pub r#type: Kind,\n        pub name: String,\n        \
             pub secret: Option<String>,\n        pub when: Option<Timestamp>,",
            "    #[derive(Debug, Default)]\n    pub struct GetThingInput {}",
            "pub not: Option<Box<NotThing>>,",
            "pub all: Option<Vec<Thing>>,",
            "pub named: Option<BTreeMap<String, Thing>>,",
            "pub struct NotThing { pub thing: Box<Thing> }",
            "pub enum Kind { Rsa2048 = \"RSA_2048\", AwsKms = \"aws:kms\" }",
        ],
    );
    assert!(!text.contains("Gone"));
}

#[test]
fn schemas_carry_the_traits_of_the_model() {
    let model = api::complete(small()).unwrap();
    let text = schema::write(&api::Api::new("thing", &model).unwrap()).unwrap();
    holds(
        &text,
        &[
            "pub static NAME_TYPE: Schema = Schema::string(\"nameType\").min(1).max(64).pattern(r\"[\\w+=,.@-]+\");",
            "Schema::string(\"kind\").values(&[\"RSA_2048\", \"aws:kms\"]);",
            "Schema::string(\"Password\").sensitive();",
            "Schema::list(\"Things\", &THING).member_name(\"item\").max(10).flattened();",
            "Schema::map(\"ThingMap\", &NAME_TYPE, &THING).entry_names(\"k\", \"value\");",
            "Schema::document(\"Anything\");",
            ".error(\"IsGone\", 410, true).members(&[",
            "Member::new(\"Name\", &NAME_TYPE).uri(\"name\").required()",
            "Member::new(\"When\", &WHEN).wire(\"when\").format(TimestampFormat::Iso8601)",
            "Member::new(\"Token\", &NAME_TYPE).header(\"x-token\").idempotency_token()",
            "Member::new(\"Body\", &THING).attribute().namespace(\"\", \"urn:x\")",
            "Member::new(\"All\", &THINGS).flattened(), ",
            "Schema::structure(\"createThingRequest\").payload(5).members(&[",
            "Schema::structure(\"Thing\").union().members(&[",
            "pub static GET_THING_INPUT: Schema = Schema::structure(\"GetThingInput\");",
        ],
    );
}

#[test]
fn operations_tie_schemas_and_types() {
    let model = api::complete(small()).unwrap();
    let text = operations::write(&api::Api::new("thing", &model).unwrap()).unwrap();
    holds(
        &text,
        &[
            "rpc_name: \"Things_2020\"",
            "protocols: &[Protocol::RpcV2Cbor, Protocol::AwsJson10]",
            "UnservedOperation::new(\"Drop\", \"POST\", \"/drop\")",
            "    CREATE_THING: CreateThing(CreateThingInput) -> CreateThingOutput {\n        \"POST\" \"/\" 201,\n        \
             CREATE_THING_REQUEST -> THING in \"CreateThingResult\",\n        [GONE]\n    }",
            "        \"GET\" \"/{Name}\" 200 unsigned true,\n        GET_THING_INPUT -> THING,\n        []",
        ],
    );
}

#[test]
fn generated_files_do_not_change_when_formatted_again() {
    let root = super::root().unwrap();
    for (name, text) in generate(root, "thing", small()).unwrap() {
        assert_eq!(super::formatted(root, &text).unwrap(), text, "{name}");
    }
}

#[test]
fn the_tree_holds_what_the_generator_writes() {
    let args = super::Args {
        from: None,
        botocore: None,
        check: true,
    };
    super::run(&args).unwrap();
}

/// Every operation of the services that are to come. With `CODEGEN_SCRATCH` set, the files are
/// left in that directory, one crate source tree that `cargo check` can be asked about.
#[test]
fn whole_models_generate() {
    let root = super::root().unwrap();
    let selection = Selection::read(&root.join("models/services.toml")).unwrap();
    let botocore = botocore::Botocore::open(root, &selection.botocore, None).unwrap();
    let scratch = std::env::var_os("CODEGEN_SCRATCH").map(std::path::PathBuf::from);
    let models = BTreeMap::from([
        ("accessanalyzer", "2019-11-01"),
        ("cloudtrail", "2013-11-01"),
        ("guardduty", "2017-11-28"),
        ("iam", "2010-05-08"),
        ("kms", "2014-11-01"),
        ("organizations", "2016-11-28"),
        ("s3", "2006-03-01"),
        ("secretsmanager", "2017-10-17"),
        ("shield", "2016-06-02"),
        ("ssm", "2014-11-06"),
        ("sts", "2011-06-15"),
        ("wafv2", "2019-07-29"),
    ]);
    for (id, version) in models {
        let service = Service {
            model: format!("{id}/{version}"),
            operations: Operations::Word("all".into()),
            except: vec![],
            values: Default::default(),
        };
        let whole = botocore.model(&service).unwrap();
        let kept = service.kept(&whole).unwrap();
        let files = generate(root, id, prune(whole, &kept).unwrap()).unwrap();
        if let Some(scratch) = &scratch {
            std::fs::create_dir_all(scratch.join(id)).unwrap();
            for (name, text) in files {
                std::fs::write(scratch.join(id).join(name), text).unwrap();
            }
        }
    }
}
