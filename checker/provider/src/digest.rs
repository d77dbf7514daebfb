//! SHA-256 as text.

use sha2::{Digest as _, Sha256};

/// The digest in 64 hexadecimal digits.
pub(crate) fn hexadecimal(bytes: impl AsRef<[u8]>) -> String {
    let digest = Sha256::digest(bytes);
    let mut text = String::with_capacity(2 * digest.len());
    for byte in digest {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
