//! A request's body within bounds: its own size, and the bytes that all bodies together may hold.
//!
//! Bytes are reserved as they come in, so that announcing much costs the others nothing. Knows no
//! JSON. Called by `admission`.

use std::sync::Arc;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Why there is no body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BodyError {
    /// Larger than one review may be.
    TooLarge,
    /// Too much is held for others.
    Busy,
    /// The caller went away or broke the protocol.
    Broken,
}

/// A body and the room reserved for it.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

/// Reads all of `body`, which may have at most `limit` bytes.
pub(super) async fn read(
    mut body: Body,
    limit: usize,
    room: &Arc<Semaphore>,
) -> Result<Held, BodyError> {
    let mut reserved: Option<OwnedSemaphorePermit> = None;
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
        if first.len() + rest.len() + data.len() > limit {
            return Err(BodyError::TooLarge);
        }
        let size = u32::try_from(data.len()).map_err(|_| BodyError::TooLarge)?;
        let more = Arc::clone(room).try_acquire_many_owned(size).map_err(|_| BodyError::Busy)?;
        match &mut reserved {
            Some(permit) => permit.merge(more),
            None => reserved = Some(more),
        }
        if first.is_empty() && rest.is_empty() {
            first = data; // most bodies come in one piece: no copy
            continue;
        }
        if rest.is_empty() {
            rest.extend_from_slice(&std::mem::take(&mut first));
        }
        rest.extend_from_slice(&data);
    }
    let bytes = if rest.is_empty() { first } else { rest.freeze() };
    Ok(Held { bytes, _room: reserved })
}
