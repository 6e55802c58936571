//! Probity's admission webhook.
