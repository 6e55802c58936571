//! All data source types.

mod controls;

use crate::context::Context;
use crate::data_source::DataSource;

/// Every data source type.
pub fn all(context: &Context) -> Vec<Box<dyn DataSource>> {
    vec![Box::new(controls::Controls::new(context.clone()))]
}
