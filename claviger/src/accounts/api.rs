//! Claviger's own operations on accounts, as a service like any other: signed, decided
//! and recorded. AWS has no such operations outside AWS Organizations.

/// Shapes.
mod schema {
    use ::schema::{Member, Schema};

    pub(super) static ACCOUNT: Schema = Schema::structure("Account").members(&[
        Member::new("id", &TEXT).required(),
        Member::new("name", &TEXT).required(),
        Member::new("created", &TEXT).required(),
    ]);
    pub(super) static ACCOUNT_ID: Schema = Schema::string("AccountId").pattern("[0-9]{12}");
    pub(super) static ACCOUNT_NAME: Schema = Schema::string("AccountName")
        .min(1)
        .max(50)
        .pattern("[ -~]*");
    pub(super) static ACCOUNTS: Schema = Schema::list("Accounts", &ACCOUNT);
    pub(super) static CREATE_ACCOUNT_REQUEST: Schema = Schema::structure("CreateAccountRequest")
        .members(&[
            Member::new("name", &ACCOUNT_NAME).required(),
            Member::new("id", &ACCOUNT_ID),
        ]);
    pub(super) static CREATE_ACCOUNT_RESPONSE: Schema = Schema::structure("CreateAccountResponse")
        .members(&[
            Member::new("account", &ACCOUNT).required(),
            Member::new("accessKeyId", &TEXT).required(),
            Member::new("secretAccessKey", &SECRET).required(),
        ]);
    pub(super) static LIST_ACCOUNTS_REQUEST: Schema = Schema::structure("ListAccountsRequest");
    pub(super) static LIST_ACCOUNTS_RESPONSE: Schema = Schema::structure("ListAccountsResponse")
        .members(&[Member::new("accounts", &ACCOUNTS).required()]);
    pub(super) static SECRET: Schema = Schema::string("SecretAccessKey").sensitive();
    pub(super) static TEXT: Schema = Schema::string("Text");
}

/// What the operations receive and return.
#[allow(
    missing_docs,
    unreachable_pub,
    reason = "the macro declares public fields"
)]
pub(crate) mod types {
    ::schema::structures! {
        #[derive(Debug, Default)]
        pub struct Account { pub id: String, pub name: String, pub created: String }
        #[derive(Debug, Default)]
        pub struct CreateAccountInput { pub name: String, pub id: Option<String> }
        pub struct CreateAccountOutput {
            pub account: Account,
            pub access_key_id: String,
            pub secret_access_key: String,
        }
        #[derive(Debug, Default)]
        pub struct ListAccountsInput {}
        #[derive(Debug, Default)]
        pub struct ListAccountsOutput { pub accounts: Vec<Account> }
    }
}

/// The service and its operations.
#[allow(
    missing_docs,
    unreachable_pub,
    reason = "the macro declares public statics"
)]
pub(crate) mod operations {
    use ::schema::{Protocol, ServiceSchema};

    /// The service.
    pub static SERVICE: ServiceSchema = ServiceSchema {
        id: "claviger",
        endpoint_prefix: "claviger",
        signing_name: "claviger",
        api_version: "2026-11-24",
        target_prefix: "",
        rpc_name: "",
        protocols: &[Protocol::RestJson1],
        xml_namespace: "",
        global: true,
        operations: OPERATIONS,
        unserved: &[],
    };

    ::schema::operations! {SERVICE:
        CREATE_ACCOUNT: CreateAccount(CreateAccountInput) -> CreateAccountOutput {
            "POST" "/_claviger/accounts" 201,
            CREATE_ACCOUNT_REQUEST -> CREATE_ACCOUNT_RESPONSE,
            []
        }
        LIST_ACCOUNTS: ListAccounts(ListAccountsInput) -> ListAccountsOutput {
            "GET" "/_claviger/accounts" 200,
            LIST_ACCOUNTS_REQUEST -> LIST_ACCOUNTS_RESPONSE,
            []
        }
    }
}
