//! Clusters of the person's own `kind`.

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "whoever makes clusters of kind is to come")
)]
mod images;
