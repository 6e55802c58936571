//! The policy of a key: the account's root and the administrators may look after the key but not
//! use it, users may use it but not change it, services may use it for the account's own
//! resources. Also the way back from a policy found on a key. Used by `probity_kms_key`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Document, Statement, condition, texts};

const ADMINISTRATION: &str = "ProbityAdministration";
const USE: &str = "ProbityUse";
const USE_BY_RESOURCES: &str = "ProbityUseByResources";
const USE_BY_SERVICES: &str = "ProbityUseByServices";

/// Everything that looks after a key; nothing that reads or writes data with it. The trailing
/// words leave `kms:CreateGrant` out: a grant is a way to use the key.
const ADMINISTRATIVE: [&str; 18] = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:Disable*",
    "kms:Enable*",
    "kms:Get*",
    "kms:List*",
    "kms:PutKeyPolicy",
    "kms:ReplicateKey",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
    "kms:UpdatePrimaryRegion",
];

/// What a key is used for.
const USING: [&str; 5] =
    ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];

/// What a key for signatures or message codes is used for.
const SIGNING: [&str; 6] = [
    "kms:DescribeKey",
    "kms:GenerateMac",
    "kms:GetPublicKey",
    "kms:Sign",
    "kms:Verify",
    "kms:VerifyMac",
];

/// What the policy of a key is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPolicy {
    /// Principals that look after the key, beside the account's root.
    pub admins: BTreeSet<String>,
    /// Principals that use the key.
    pub users: BTreeSet<String>,
    /// Short names of the services that use it on behalf of the account (`s3`, `logs`, …).
    pub services: BTreeSet<String>,
}

/// Where a key lives.
#[derive(Clone, Copy, Debug)]
pub struct KeyPlace<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'a str,
    /// The twelve digits.
    pub account: &'a str,
    /// Such as `eu-central-1`.
    pub region: &'a str,
}

impl KeyPlace<'_> {
    fn root(self) -> String {
        format!("arn:{}:iam::{}:root", self.partition, self.account)
    }

    /// The principal of a service: the logs service has one per region.
    fn principal(self, service: &str) -> String {
        match service {
            "logs" => format!("logs.{}.amazonaws.com", self.region),
            _ => format!("{service}.amazonaws.com"),
        }
    }

    /// The short name of a service's principal.
    fn service(self, principal: &str) -> Option<String> {
        let name = principal.strip_suffix(".amazonaws.com")?;
        Some(name.strip_suffix(&format!(".{}", self.region)).unwrap_or(name).to_owned())
    }
}

impl KeyPolicy {
    /// The document for a key of this use (`ENCRYPT_DECRYPT`, `SIGN_VERIFY`, …).
    pub fn document(&self, place: KeyPlace<'_>, usage: &str) -> Document {
        let using = if usage == "ENCRYPT_DECRYPT" { texts(USING) } else { texts(SIGNING) };
        let mut admins = self.admins.clone();
        admins.insert(place.root());
        let mut statements = vec![statement(ADMINISTRATION, "AWS", admins, texts(ADMINISTRATIVE))];
        if !self.users.is_empty() {
            statements.push(statement(USE, "AWS", self.users.clone(), using.clone()));
            statements.push(Statement {
                conditions: BTreeMap::from([condition(
                    "Bool",
                    "kms:GrantIsForAWSResource",
                    "true",
                )]),
                ..statement(USE_BY_RESOURCES, "AWS", self.users.clone(), texts(["kms:CreateGrant"]))
            });
        }
        if !self.services.is_empty() {
            let principals = self.services.iter().map(|name| place.principal(name)).collect();
            statements.push(Statement {
                conditions: BTreeMap::from([condition(
                    "StringEquals",
                    "aws:SourceAccount",
                    place.account,
                )]),
                ..statement(USE_BY_SERVICES, "Service", principals, using)
            });
        }
        Document::new(statements)
    }

    /// What a policy found on a key amounts to; none when it is not one that we would write.
    pub fn of(document: &Document, place: KeyPlace<'_>, usage: &str) -> Option<Self> {
        let principals = |sid: &str, kind: &str| {
            let found = document
                .statements()
                .iter()
                .find(|statement| statement.sid.as_deref() == Some(sid))
                .and_then(|statement| statement.principals.get(kind));
            found.cloned().unwrap_or_default()
        };
        let mut admins = principals(ADMINISTRATION, "AWS");
        admins.retain(|admin| *admin != place.root() && admin != place.account);
        let services = principals(USE_BY_SERVICES, "Service");
        let found = Self {
            admins,
            users: principals(USE, "AWS"),
            services: services.iter().filter_map(|name| place.service(name)).collect(),
        };
        (found.document(place, usage) == *document).then_some(found)
    }
}

fn statement(
    sid: &str,
    kind: &str,
    principals: BTreeSet<String>,
    actions: BTreeSet<String>,
) -> Statement {
    Statement {
        sid: Some(sid.to_owned()),
        allows: true,
        principals: BTreeMap::from([(kind.to_owned(), principals)]),
        actions,
        resources: texts(["*"]),
        ..Statement::default()
    }
}
