//! A text without what every cluster gives anew: names that Kubernetes makes, addresses, ids, times.
//!
//! So that two texts which say the same are the same. Knows nothing of what they are about.

use std::sync::LazyLock;

use regex::Regex;

/// What is given anew, and what stands for it.
const ANEW: [(&str, &str); 8] = [
    (
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
        "<uid>",
    ),
    (r"\b[0-9a-f]{64}\b", "<id>"),
    (r"\bip(-\d+){4}[a-z0-9.-]*", "<node>"),
    // Who asks does so from a port of its own.
    (r"\b\d{1,3}(\.\d{1,3}){3}:\d+->", "<address>->"),
    (r"\b\d{1,3}(\.\d{1,3}){3}\b", "<address>"),
    (r"\b\d+m\d+(\.\d+)?s\b", "<time>"),
    (r"\b\d+(\.\d+)?(s|ms|µs)\b", "<time>"),
    // Of Kubernetes' own letters: a template's hash, and the last part of a Pod's name.
    (
        r"-[bcdfghjklmnpqrstvwxz2456789]{5,10}(-[bcdfghjklmnpqrstvwxz2456789]{5})?(?<end>[^a-z0-9]|$)",
        "-<hash>$end",
    ),
];

static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let patterns = ANEW.into_iter();
    patterns
        .filter_map(|(pattern, by)| Some((Regex::new(pattern).ok()?, by)))
        .collect()
});

/// `cart-7d9f8b6c5-x2x4z` is `cart-<hash>`.
pub(super) fn plain(text: &str) -> String {
    let patterns = PATTERNS.iter();
    patterns.fold(text.to_owned(), |text, (pattern, by)| {
        pattern.replace_all(&text, *by).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_anew_is_alike_and_all_else_stays() {
        assert_eq!(PATTERNS.len(), ANEW.len(), "a pattern cannot be read");
        for (text, expected) in [
            (
                "Successfully assigned shop/cart-7d9f8b6c5-x2x4z to ip-10-0-1-7.eu-west-1.compute.internal",
                "Successfully assigned shop/cart-<hash> to <node>",
            ),
            (
                "back-off 1m20s restarting failed container=cart pod=cart-5b6c5d9f8-2xz4x_shop(0f0e1a2b-1111-2222-3333-444455556666)",
                "back-off <time> restarting failed container=cart pod=cart-<hash>_shop(<uid>)",
            ),
            (
                "Readiness probe failed: Get \"http://10.244.3.2:8080/healthz\": dial tcp 10.244.3.2:8080: connect: connection refused",
                "Readiness probe failed: Get \"http://<address>:8080/healthz\": dial tcp <address>:8080: connect: connection refused",
            ),
            (
                "read tcp 10.0.0.1:51458->10.244.3.2:8080: read: connection reset by peer",
                "read tcp <address>-><address>:8080: read: connection reset by peer",
            ),
            (
                "0/6 nodes are available: 2 Insufficient cpu, 4 node(s) had untolerated taint(s).",
                "0/6 nodes are available: 2 Insufficient cpu, 4 node(s) had untolerated taint(s).",
            ),
            (
                "requested: requests.cpu=500m, limited: requests.cpu=2",
                "requested: requests.cpu=500m, limited: requests.cpu=2",
            ),
        ] {
            assert_eq!(plain(text), expected);
        }
    }
}
