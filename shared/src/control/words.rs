//! The closed word lists of the catalog: severity, mode, target, action, environment,
//! classification. Each has one spelling, used in files, flags, reports and evidence alike.
//! No judgement here; `decision` says what the words lead to.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is said of a word that is not in its list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not {what}: one of {known}")]
pub struct UnknownWord {
    word: String,
    what: &'static str,
    known: String,
}

/// Declares an enum whose variants have one spelling each, in a meaningful order.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($(#[$variant_meta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The one spelling.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|known| known.as_str()).collect();
                    UnknownWord { word: word.to_owned(), what: $what, known: known.join(", ") }
                })
            }
        }
    };
}

words! {
    /// How bad a failure is; the least severe sorts first.
    Severity, "a severity" {
        /// Inventory only.
        Info = "info",
        /// Hygiene.
        Low = "low",
        /// Weakens defence in depth, availability or evidence.
        Medium = "medium",
        /// One further failure away from critical, or a named requirement plainly unmet.
        High = "high",
        /// Loss or exposure of regulated data, takeover, destruction of records.
        Critical = "critical",
    }
}

impl Severity {
    /// This severity raised (or, when negative, lowered) by `levels`, within the list.
    #[must_use]
    pub fn shifted(self, levels: i8) -> Self {
        let top = Self::ALL.len().saturating_sub(1);
        let at = (self as usize).saturating_add_signed(isize::from(levels)).min(top);
        Self::ALL.get(at).copied().unwrap_or(self)
    }
}

words! {
    /// How far a bank may move a control.
    Mode, "a mode" {
        /// Cannot be switched off or loosened by configuration.
        Mandatory = "mandatory",
        /// Active; parameters and enforcement move inside what is declared.
        Configurable = "configurable",
        /// Warns or audits, never denies.
        Advisory = "advisory",
    }
}

words! {
    /// What a check judges.
    Target, "a target" {
        /// Everything that carries a pod specification.
        Pod = "pod",
        /// `probity_s3_bucket`.
        S3 = "s3",
        /// `probity_kms_key`.
        Kms = "kms",
    }
}

impl Target {
    /// Whether subjects of this target come from Terraform, where values can be unknown.
    pub const fn is_terraform(self) -> bool {
        !matches!(self, Self::Pod)
    }

    /// The Terraform resource type of this target.
    pub const fn resource_type(self) -> Option<&'static str> {
        match self {
            Self::Pod => None,
            Self::S3 => Some("probity_s3_bucket"),
            Self::Kms => Some("probity_kms_key"),
        }
    }
}

words! {
    /// What happens because of a finding; the mildest sorts first.
    Action, "an action" {
        /// Recorded.
        Audit = "audit",
        /// Recorded and said.
        Warn = "warn",
        /// Refused.
        Deny = "deny",
    }
}

words! {
    /// Where a subject lives; the least strict sorts first.
    Environment, "an environment" {
        /// Development and sandboxes.
        Dev = "dev",
        /// The rehearsal of production.
        Staging = "staging",
        /// Production, shared services and recovery sites.
        Production = "production",
    }
}

words! {
    /// How confidential the data of a subject is; the least strict sorts first.
    Classification, "a classification" {
        /// Published on purpose.
        Public = "public",
        /// For employees.
        Internal = "internal",
        /// Customer and business data.
        Confidential = "confidential",
        /// Keys, authentication secrets, the most sensitive data.
        Restricted = "restricted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_one_spelling_and_an_order() {
        for severity in Severity::ALL {
            assert_eq!(severity.as_str().parse::<Severity>().unwrap(), *severity);
        }
        assert!(Severity::Critical > Severity::High && Severity::Low > Severity::Info);
        assert!(Action::Deny > Action::Warn && Action::Warn > Action::Audit);
        assert!(Environment::Production > Environment::Staging);
        let error = "prod".parse::<Environment>().unwrap_err().to_string();
        assert_eq!(error, "`prod` is not an environment: one of dev, staging, production");
    }

    #[test]
    fn a_shift_stays_within_the_list() {
        assert_eq!(Severity::Medium.shifted(1), Severity::High);
        assert_eq!(Severity::Critical.shifted(1), Severity::Critical);
        assert_eq!(Severity::Medium.shifted(-1), Severity::Low);
        assert_eq!(Severity::Info.shifted(-1), Severity::Info);
    }
}
