//! What a session's folder has before its sandbox starts: the files that the sandbox and the learner need, and the
//! sandbox's configuration.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use grade::Scenario;
use grade::cluster_spec::ClusterSpec;
use provider::{Node, Subnet, Taint, Wanted, make_folder, write_atomically};

use crate::failure::{Failure, Result};
use crate::place::Place;

/// What answers for `aws` and `eksctl`.
const NO_AWS: &str = include_str!("no-aws.sh");

/// What answers for `kubectl` where there is no cluster.
const NO_CLUSTER: &str = include_str!("no-cluster.sh");

/// The files that a sandbox and a learner need.
pub(super) fn lay_out(place: &Place, scenario: &Scenario, program: &Path) -> Result<()> {
    let failed = |path: PathBuf| {
        move |error: std::io::Error| {
            Failure::bad_input(format!("failed to write `{}`: {error}", path.display()))
        }
    };
    lay_out_work(place, scenario)?;
    let kubectl = place.bin().join("kubectl");
    if std::fs::read_link(&kubectl).ok().as_deref() != Some(program) {
        // It may not be there, and then there is nothing to remove.
        let _ = std::fs::remove_file(&kubectl);
        symlink(program, &kubectl).map_err(failed(kubectl))?;
    }
    Ok(())
}

/// The files of a learner who writes and has no cluster.
pub(super) fn lay_out_folder(place: &Place, scenario: &Scenario) -> Result<()> {
    lay_out_work(place, scenario)?;
    let kubectl = place.bin().join("kubectl");
    // A session of this name may have had one before.
    let _ = std::fs::remove_file(&kubectl);
    program(&kubectl, NO_CLUSTER)
}

/// The learner's own folder, and what stands before programs that would ask a real account.
fn lay_out_work(place: &Place, scenario: &Scenario) -> Result<()> {
    for folder in [place.work(), place.bin()] {
        make_folder(&folder)?;
    }
    // An earlier labctl left that to the umask.
    set_permissions(place.folder(), Permissions::from_mode(0o700)).map_err(|error| {
        let folder = place.folder().display();
        Failure::bad_input(format!("failed to write `{folder}`: {error}"))
    })?;
    hand_out(place, scenario)?;
    for name in ["aws", "eksctl"] {
        program(&place.bin().join(name), NO_AWS)?;
    }
    Ok(())
}

fn program(path: &Path, text: &str) -> Result<()> {
    write_atomically(path, text.as_bytes())?;
    set_permissions(path, Permissions::from_mode(0o700)).map_err(|error| {
        Failure::bad_input(format!("failed to write `{}`: {error}", path.display()))
    })
}

/// The files that the learner begins with.
pub(super) fn hand_out(place: &Place, scenario: &Scenario) -> Result<()> {
    for (name, content) in &scenario.start {
        let path = place.work().join(name);
        // The learner's own version stays.
        if !path.exists() {
            write_atomically(&path, content)?;
        }
    }
    Ok(())
}

/// What cluster the scenario wants.
pub(super) fn wanted(scenario: &Scenario, spec: &ClusterSpec) -> Wanted {
    let subnets = spec.subnets.iter().map(|subnet| Subnet {
        name: subnet.name.clone(),
        id: subnet.id.clone(),
        zone: subnet.zone.clone(),
        cidr: subnet.cidr.clone(),
    });
    let nodes = spec.nodes.iter().map(|node| Node {
        name: node.name.clone(),
        address: node.address.to_string(),
        subnet: node.subnet.clone(),
        instance_type: node.instance_type.clone(),
        node_group: node.node_group.clone(),
        capacity_type: node.capacity_type.name().to_owned(),
        labels: node.labels.clone(),
        taints: node.taints.iter().map(taint).collect(),
    });
    Wanted {
        cluster_name: scenario.lab.clone(),
        region: spec.region.clone(),
        kubernetes: spec.kubernetes.clone(),
        subnets: subnets.collect(),
        nodes: nodes.collect(),
        network_policies: spec.network_policies,
        corefile: spec.corefile.clone(),
        mute_domains: spec.mute_domains.clone(),
        models: scenario.images.clone(),
        models_from: "scenarios/images/".to_owned(),
    }
}

fn taint(taint: &grade::cluster_spec::Taint) -> Taint {
    Taint {
        key: taint.key.clone(),
        value: taint.value.clone(),
        effect: taint.effect.name().to_owned(),
    }
}
