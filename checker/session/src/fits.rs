//! Whether a scenario can run where somebody wants it: what it needs, compared with what is offered there, before anything is made.
//!
//! Pure, but for how large this machine is.

use std::cmp::Ordering;
use std::fmt;

use grade::Scenario;
use grade::compare_quantities;
use grade::needs::{Container, Needs, NodeGroup};
use provider::{Offer, Provider};

use crate::caller::Caller;
use crate::failure::{Failure, Result};

/// Something that a scenario needs and a provider does not offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// Node groups of its own.
    NodeGroups(Vec<NodeGroup>),
    /// Subnets that run out of addresses.
    Subnets(Vec<String>),
    /// Volumes that live in a zone.
    Volumes(Vec<String>),
    /// Objects outside of its namespaces.
    ClusterWide(Vec<String>),
    /// Namespaces whose names may be somebody's.
    Namespaces(Vec<String>),
    /// A look at what is not its own.
    Whole(Vec<String>),
    /// To know who wrote what.
    History,
    /// Policies that hold.
    NetworkPolicies,
    /// A configuration of its own for `CoreDNS`.
    Corefile,
    /// Somebody beyond the cluster who answers, or does not.
    Outside(Vec<String>),
    /// A node that is larger than this machine lets one be.
    Room(Vec<Container>),
}

/// What keeps a scenario from running there, this machine's size included; none: nothing.
///
/// # Errors
/// The provider does not say how large this machine is, or the person interrupts.
pub async fn obstacles(
    scenario: &Scenario,
    provider: Provider,
    caller: Caller<'_>,
) -> Result<Vec<Lack>> {
    let needs = grade::needs(scenario);
    let mut lacks = lacks(needs.as_ref(), provider.offers());
    // Who tells how large it is may hang.
    let asking = caller.blocking(
        move |is_to_end, _: &mut dyn FnMut(())| provider.room(is_to_end),
        |()| {},
    );
    if let Some((cpu, memory)) = asking.await? {
        lacks.extend(lacks_room(needs.as_ref(), (&cpu, &memory)));
    }
    Ok(lacks)
}

/// What is not offered of what is needed. Written work needs nothing.
#[must_use]
pub fn lacks(needs: Option<&Needs>, offers: &[Offer]) -> Vec<Lack> {
    let Some(needs) = needs else {
        return Vec::new();
    };
    let mut lacks = Vec::new();
    if !offers.contains(&Offer::NodeGroups) && !needs.node_groups.is_empty() {
        lacks.push(Lack::NodeGroups(needs.node_groups.clone()));
    }
    let mut named = |offer: Offer, needed: &[String], lack: fn(Vec<String>) -> Lack| {
        if !offers.contains(&offer) && !needed.is_empty() {
            lacks.push(lack(needed.to_vec()));
        }
    };
    named(Offer::Subnets, &needs.tight_subnets, Lack::Subnets);
    named(Offer::Volumes, &needs.volumes, Lack::Volumes);
    named(Offer::ClusterWide, &needs.cluster_wide, Lack::ClusterWide);
    named(
        Offer::AnyNamespace,
        &needs.named_namespaces,
        Lack::Namespaces,
    );
    named(Offer::Whole, &needs.looked_at, Lack::Whole);
    named(Offer::Outside, &needs.outside, Lack::Outside);
    if needs.history && !offers.contains(&Offer::History) {
        lacks.push(Lack::History);
    }
    if needs.network_policies && !offers.contains(&Offer::NetworkPolicies) {
        lacks.push(Lack::NetworkPolicies);
    }
    if needs.corefile && !offers.contains(&Offer::Corefile) {
        lacks.push(Lack::Corefile);
    }
    lacks
}

/// The same for a machine whose nodes have so much at most: quantities of processors and of memory.
#[must_use]
pub fn lacks_room(needs: Option<&Needs>, (cpu, memory): (&str, &str)) -> Option<Lack> {
    let is_more =
        |asked: &str, there: &str| compare_quantities(asked, there).is_none_or(Ordering::is_gt);
    let containers = needs?.containers.iter();
    let too_large = containers.filter(|it| is_more(&it.cpu, cpu) || is_more(&it.memory, memory));
    let too_large: Vec<Container> = too_large.cloned().collect();
    (!too_large.is_empty()).then_some(Lack::Room(too_large))
}

/// That a scenario cannot run there; `None` when it can.
///
/// The reasons name what the scenario is made of, which is part of what a learner is to find out; so they are told only of a variant that was asked for by name.
#[must_use]
pub fn refusal(lacks: &[Lack], provider: &str, variant_named: bool) -> Option<Failure> {
    let (first, others) = lacks.split_first()?;
    let mut text = format!("this variant cannot run on `{provider}`");
    if variant_named {
        let others = others.iter().map(|lack| format!("; {lack}"));
        text.push_str(&format!(": {first}{}", others.collect::<String>()));
    }
    Some(Failure::bad_input(text).hint("`labctl list` says what runs where"))
}

impl Lack {
    /// The kind of lack without what it is about: the same for every seed.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NodeGroups(_) => "node groups of its own",
            Self::Subnets(_) => "a subnet that runs out of addresses",
            Self::Volumes(_) => "a volume that lives in one zone",
            Self::ClusterWide(_) => "objects outside of its namespaces",
            Self::Namespaces(_) => "namespaces of these names",
            Self::Whole(_) => "a look at the whole cluster",
            Self::History => "to know who wrote what",
            Self::NetworkPolicies => "NetworkPolicies that hold",
            Self::Corefile => "a CoreDNS that is configured beforehand",
            Self::Outside(_) => "a world outside that is always alike",
            Self::Room(_) => "larger nodes than this machine has room for",
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = match self {
            Self::NodeGroups(groups) => {
                let groups = groups.iter();
                let told =
                    groups.map(|it| format!("{} x {} `{}`", it.nodes, it.instance_type, it.name));
                told.collect()
            }
            Self::Room(containers) => {
                let containers = containers.iter();
                let told = containers.map(|it| {
                    let who = match it.pods {
                        1 => "a Pod".to_owned(),
                        pods => format!("{pods} Pods"),
                    };
                    format!(
                        "{who} of {} may ask for {} of processor and {} of memory",
                        it.of, it.cpu, it.memory
                    )
                });
                told.collect()
            }
            Self::Subnets(names) | Self::Namespaces(names) | Self::Outside(names) => {
                names.iter().map(|name| format!("`{name}`")).collect()
            }
            Self::Volumes(names) | Self::ClusterWide(names) | Self::Whole(names) => names.clone(),
            Self::History => vec!["by its audit log".to_owned()],
            Self::NetworkPolicies => vec!["by its nodes".to_owned()],
            Self::Corefile => vec!["as EKS' add-on can be".to_owned()],
        };
        let list: Vec<String> = list;
        write!(formatter, "it needs {} ({})", self.kind(), list.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs() -> Needs {
        Needs {
            node_groups: vec![NodeGroup {
                name: "general".to_owned(),
                nodes: 2,
                instance_type: "m5.large".to_owned(),
            }],
            tight_subnets: vec!["private-a".to_owned()],
            volumes: Vec::new(),
            cluster_wide: vec!["PriorityClass `first`".to_owned()],
            named_namespaces: vec!["shop".to_owned()],
            looked_at: vec!["Node".to_owned()],
            history: true,
            network_policies: true,
            corefile: true,
            outside: vec!["api.example.com".to_owned()],
            containers: vec![Container {
                of: "Deployment `cart`".to_owned(),
                pods: 2,
                cpu: "2300m".to_owned(),
                memory: "9Gi".to_owned(),
            }],
        }
    }

    #[test]
    fn what_is_not_offered_is_refused_with_every_reason() {
        let lacks = lacks(Some(&needs()), Provider::Context.offers());
        let refused = refusal(&lacks, "context", true).unwrap();
        assert_eq!(
            refused.message,
            "this variant cannot run on `context`: it needs node groups of its own (2 x m5.large `general`); it needs a subnet that runs out of addresses (`private-a`); it needs objects outside of its namespaces (PriorityClass `first`); it needs namespaces of these names (`shop`); it needs a look at the whole cluster (Node); it needs a world outside that is always alike (`api.example.com`); it needs to know who wrote what (by its audit log); it needs NetworkPolicies that hold (by its nodes); it needs a CoreDNS that is configured beforehand (as EKS' add-on can be)"
        );
        let untold = refusal(&lacks, "context", false).unwrap();
        assert_eq!(untold.message, "this variant cannot run on `context`");
    }

    #[test]
    fn each_provider_refuses_its_own() {
        let on_kind = lacks(Some(&needs()), Provider::Kind.offers());
        let outside = vec!["api.example.com".to_owned()];
        assert_eq!(
            on_kind,
            [
                Lack::Subnets(vec!["private-a".to_owned()]),
                Lack::Outside(outside),
                Lack::Corefile
            ]
        );
        assert_eq!(lacks(Some(&needs()), Provider::Sandbox.offers()), []);
        for provider in Provider::ALL {
            assert_eq!(lacks(None, provider.offers()), []);
        }
        assert!(refusal(&[], "kind", true).is_none());
    }

    #[test]
    fn what_no_node_of_this_machine_holds_is_refused() {
        for (room, fits) in [
            (("4000m", "15000Mi"), true),
            (("2000m", "15000Mi"), false),
            (("4000m", "8000Mi"), false),
        ] {
            let lack = lacks_room(Some(&needs()), room);
            assert_eq!(lack.is_none(), fits, "{room:?}");
        }
        assert_eq!(lacks_room(None, ("1", "1")), None);
    }
}
