//! Names of controls and of their checks, and the grammar they obey: `FAM-NNN` for a control of
//! our own, `STD-name` for a check of a published standard, `<control>/<target>` for a check on a
//! target. Knows nothing of files; everybody who cites a control uses these types.

use std::{fmt, str::FromStr, sync::Arc};

use super::Target;

/// The id of a control: three capital letters, a hyphen, three digits (`RET-003`).
///
/// A check that a published standard registers under a name of its own keeps that name after the
/// hyphen (`PSS-hostPorts`): a small letter, then letters, digits and underscores. The id alone
/// says so that such a check is judged only where its framework is asked for.
///
/// Cloning is cheap, since every finding carries one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ControlId(Arc<str>);

impl ControlId {
    /// The id as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The family, that is the letters before the hyphen (`RET`).
    pub fn family(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// The name under which a published standard registers this check (`hostPorts`); none for
    /// a control of our own.
    pub fn standard_check(&self) -> Option<&str> {
        let (_, name) = self.0.split_once('-')?;
        name.starts_with(|first: char| first.is_ascii_lowercase()).then_some(name)
    }
}

impl fmt::Display for ControlId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for ControlId {
    type Err = ControlIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_number = |name: &str| name.len() == 3 && name.bytes().all(|b| b.is_ascii_digit());
        let is_name = |name: &str| {
            name.starts_with(|first: char| first.is_ascii_lowercase())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        let well_formed = text.split_once('-').is_some_and(|(family, name)| {
            family.len() == 3
                && family.bytes().all(|b| b.is_ascii_uppercase())
                && (is_number(name) || is_name(name))
        });
        if well_formed {
            Ok(Self(text.into()))
        } else {
            Err(ControlIdError { text: text.to_owned() })
        }
    }
}

/// What is said of a text that is no control id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a control id: three capital letters, a hyphen, three digits (`RET-003`)")]
pub struct ControlIdError {
    text: String,
}

/// The id of a check: a control on one target (`RET-003/s3`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckId {
    /// The control.
    pub control: ControlId,
    /// The target it is checked on.
    pub target: Target,
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.control, self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_grammar_is_accepted() {
        for (good, check) in [
            ("RET-003", None),
            ("POD-019", None),
            ("ZZZ-999", None),
            ("PSS-hostPorts", Some("hostPorts")),
            ("PSS-procMount_restricted", Some("procMount_restricted")),
        ] {
            let id = good.parse::<ControlId>().unwrap();
            assert_eq!((id.to_string().as_str(), id.standard_check()), (good, check));
        }
        for bad in [
            "",
            "RET",
            "RET-3",
            "RET-0003",
            "ret-003",
            "RETA-003",
            "RET-00a",
            "RET_003",
            "RET-003 ",
            "PSS-",
            "PSS-HostPorts",
            "PSS-host-ports",
            "PSS-host ports",
            "PSSA-hostPorts",
            "PSS-hôte",
        ] {
            let error = bad.parse::<ControlId>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{bad}`")), "{error}");
        }
    }

    #[test]
    fn a_check_is_a_control_on_a_target() {
        let check = CheckId { control: "RET-003".parse().unwrap(), target: Target::S3 };
        assert_eq!(check.to_string(), "RET-003/s3");
        assert_eq!(check.control.family(), "RET");
    }
}
