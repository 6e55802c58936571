//! The catalog built into the library: packed by `build.rs`, decoded once, at the first use.

use std::sync::{Arc, LazyLock};

use super::{Catalog, LoadError, LoadErrors, files, load};
use crate::{control::Version, source::SourceError};

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog.packed"));

static CATALOG: LazyLock<Result<Arc<Catalog>, LoadErrors>> = LazyLock::new(|| {
    let files = files()?;
    load::load(&files, &[], None).map(Arc::new)
});

pub(super) fn catalog() -> Result<Arc<Catalog>, LoadErrors> {
    CATALOG.clone()
}

/// The files as packed.
pub(super) fn files() -> Result<Vec<files::File>, LoadErrors> {
    files::unpack(PACKED).ok_or_else(|| {
        let error = SourceError::new("catalog.packed", "the packed catalog is damaged");
        LoadErrors(vec![LoadError::from(error)])
    })
}

/// The version of the catalog is that of the package.
pub(super) fn version() -> Version {
    let number = |text: &str| text.parse().unwrap_or_default();
    Version {
        numbers: [
            number(env!("CARGO_PKG_VERSION_MAJOR")),
            number(env!("CARGO_PKG_VERSION_MINOR")),
            number(env!("CARGO_PKG_VERSION_PATCH")),
        ],
    }
}
