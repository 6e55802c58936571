//! The webhook as the API server meets it: reviews in, answers out, and everything that is no
//! review. `admit`, `bypass`, `mutate` and `refuse` drive the router in process; `contain` puts a judge of
//! its own in the place of the catalog's; `serve` starts the whole server; `binary` runs
//! it as a process; `contained` makes one panic that was built as releases are; `evidence` reads
//! what is left behind.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "what a test does not find fails it"
)]

mod admit;
mod binary;
mod bypass;
mod contain;
mod contained;
mod evidence;
mod mutate;
mod refuse;
mod serve;
