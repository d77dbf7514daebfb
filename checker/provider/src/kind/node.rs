//! What tells a node of kind apart from another: what EKS and AWS's cloud controller write of it.
//!
//! As `sandbox/eks/dress.go` has it, so that a lab's nodes look alike everywhere.

use std::collections::BTreeMap;

use crate::digest::hexadecimal;
use crate::sandbox::config::Node;
use crate::site::Wanted;

/// How the ids of zones shorten the directions in the names of regions.
const DIRECTIONS: [(&str, &str); 9] = [
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
    ("central", "c"),
    ("northeast", "ne"),
    ("southeast", "se"),
    ("northwest", "nw"),
    ("southwest", "sw"),
];

/// The labels of a node: its group's own, and those that a kubelet may write of itself.
pub(super) fn labels(wanted: &Wanted, node: &Node) -> BTreeMap<String, String> {
    let mut labels = node.labels.clone();
    let (zone, region) = (zone(wanted, node), wanted.region.as_str());
    let digits = hexadecimal(format!("image/{region}"));
    let image = format!("ami-0{}", &digits[..16]);
    for (key, value) in [
        ("eks.amazonaws.com/nodegroup", node.node_group.as_str()),
        ("eks.amazonaws.com/nodegroup-image", &image),
        ("eks.amazonaws.com/capacityType", &node.capacity_type),
        ("node.kubernetes.io/instance-type", &node.instance_type),
        ("beta.kubernetes.io/instance-type", &node.instance_type),
        ("topology.kubernetes.io/region", region),
        ("failure-domain.beta.kubernetes.io/region", region),
        ("topology.kubernetes.io/zone", zone),
        ("failure-domain.beta.kubernetes.io/zone", zone),
        ("topology.k8s.aws/zone-id", &zone_id(zone)),
    ] {
        labels.insert(key.to_owned(), value.to_owned());
    }
    labels
}

/// As AWS has it: an instance id that follows from the node's name.
pub(super) fn provider_id(wanted: &Wanted, node: &Node) -> String {
    let digits = hexadecimal(format!("instance/{}", node.name));
    format!("aws:///{}/i-0{}", zone(wanted, node), &digits[..16])
}

/// The AWS-wide id of a zone: `euw1-az1` for `eu-west-1a`; the letters go in order, as in the sandbox.
fn zone_id(zone: &str) -> String {
    let id = || {
        let (region, letter) = zone.split_at_checked(zone.len().checked_sub(1)?)?;
        let (rest, number) = region.rsplit_once('-')?;
        let (area, direction) = rest.split_once('-')?;
        let (_, short) = DIRECTIONS.iter().find(|(long, _)| *long == direction)?;
        let place = letter.bytes().next()?.checked_sub(b'a')? + 1;
        Some(format!("{area}{short}{number}-az{place}"))
    };
    id().unwrap_or_else(|| zone.to_owned())
}

fn zone<'a>(wanted: &'a Wanted, node: &Node) -> &'a str {
    let subnet = wanted.subnets.iter().find(|it| it.name == node.subnet);
    subnet.map_or("", |subnet| &subnet.zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `zoneID` of the sandbox gives.
    #[test]
    fn a_zones_id_is_the_sandboxs() {
        for (zone, expected) in [
            ("eu-west-1a", "euw1-az1"),
            ("us-east-1c", "use1-az3"),
            ("ap-southeast-2b", "apse2-az2"),
            ("nowhere", "nowhere"),
        ] {
            assert_eq!(zone_id(zone), expected);
        }
    }
}
