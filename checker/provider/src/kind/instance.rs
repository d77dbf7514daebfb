//! How large a node of an EC2 instance type is: the same numbers as the sandbox's, from the same table.
//!
//! `sandbox/eks/instancetype.go` has where the numbers and the sums come from.

use serde::Deserialize;

use crate::go::source;

const MEBIBYTE: u64 = 1 << 20;

/// What a node lets Pods have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// Thousandths of a processor.
    pub(super) processor_millis: u64,
    /// Bytes.
    pub(super) memory: u64,
    /// How many Pods.
    pub(super) pods: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    virtual_cpus: u64,
    memory_mib: u64,
    network_interfaces: u64,
    addresses_per_interface: u64,
}

/// Of a node of this type; `None` for one that the table does not have.
pub(super) fn allocatable(instance_type: &str) -> Option<Size> {
    let rows: Vec<Row> = serde_json::from_slice(source("eks/instance-types.json")).ok()?;
    let row = rows.into_iter().find(|row| row.name == instance_type)?;
    let pods = row.network_interfaces * (row.addresses_per_interface - 1) + 2;
    let nominal = row.memory_mib * MEBIBYTE;
    let reported = (nominal - 142 * MEBIBYTE - nominal * 278 / 10000) / 4096 * 4096;
    let reserved = (255 + 11 * pods + 100) * MEBIBYTE;
    Some(Size {
        processor_millis: row.virtual_cpus * 1000 - reserved_hundredths(row.virtual_cpus) / 100,
        memory: reported - reserved,
        pods,
    })
}

/// Hundredths of a thousandth of a processor.
fn reserved_hundredths(processors: u64) -> u64 {
    let of = |number: u64| match number {
        1 => 6000,
        2 => 1000,
        3 | 4 => 500,
        _ => 250,
    };
    (1..=processors).map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the sandbox's own test has.
    #[test]
    fn a_node_is_as_large_as_in_the_sandbox() {
        for (name, processor_millis, pods) in [
            ("t3.medium", 1930, 17),
            ("m5.large", 1930, 29),
            ("m5.xlarge", 3920, 58),
            ("m5.2xlarge", 7910, 58),
            ("m5.4xlarge", 15890, 234),
        ] {
            let size = allocatable(name).unwrap();
            assert_eq!((size.processor_millis, size.pods), (processor_millis, pods));
        }
        let large = allocatable("m5.large").unwrap();
        assert_eq!(
            large.memory / MEBIBYTE,
            8192 - 142 - 228 - (255 + 11 * 29 + 100)
        );
        assert_eq!(allocatable("m5.huge"), None);
    }
}
