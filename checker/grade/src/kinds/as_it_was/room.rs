//! Whether what an engineer added to a namespace leaves its workloads the room to run, to roll out and to be evicted.
//!
//! Told from what is written, not from a status: while a Pod is replaced there is one more or one less for a moment.

use serde_json::Value;

use super::cluster::Cluster;
use crate::fields;
use crate::placement;

/// How far a sum of amounts may be off.
const ROUNDING: f64 = 1e-9;

/// Suffixes of amounts as Kubernetes writes them.
const SUFFIXES: [(&str, f64); 12] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
];

/// Resources of Pods that a quota counts, by the names that it has for them: what of a container, and which.
const COUNTED: [(&str, &str, &str); 6] = [
    ("cpu", "requests", "cpu"),
    ("memory", "requests", "memory"),
    ("requests.cpu", "requests", "cpu"),
    ("requests.memory", "requests", "memory"),
    ("limits.cpu", "limits", "cpu"),
    ("limits.memory", "limits", "memory"),
];

/// Why a disruption budget lets no Pod go; `None` when it lets one of its Pods go, or has none.
pub(super) fn of_budget(budget: &Value, cluster: &Cluster<'_>) -> Option<String> {
    let namespace = fields::namespace(budget);
    let workloads = cluster.workloads(namespace);
    let picked: Vec<&Value> = workloads.filter(|it| is_budget_of(budget, it)).collect();
    let replicas: i64 = picked.iter().map(|it| replicas(it)).sum();
    let of = |field: &str| rounded_up(budget.pointer(&format!("/spec/{field}"))?, replicas);
    let goes = match (of("minAvailable"), of("maxUnavailable")) {
        (Some(least), _) => replicas - least,
        (None, Some(most)) => most,
        (None, None) => replicas,
    };
    if replicas > 0 && goes < 1 {
        return Some("it lets none of its Pods go".to_owned());
    }
    // The API server evicts no Pod that two budgets pick, whatever they let go.
    let mut others = cluster.of_kind("PodDisruptionBudget", namespace);
    let other = others.find(|other| {
        fields::name(other) != fields::name(budget)
            && picked.iter().any(|it| is_budget_of(other, it))
    })?;
    let name = fields::name(other);
    Some(format!(
        "`{name}` picks the same Pods, and what two budgets pick is never evicted"
    ))
}

fn is_budget_of(budget: &Value, workload: &Value) -> bool {
    let labels = workload.pointer("/spec/template/metadata/labels");
    placement::picks(budget.pointer("/spec/selector"), labels)
}

/// A number, or a share of the replicas, which Kubernetes rounds up.
fn rounded_up(value: &Value, replicas: i64) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => {
            let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
            Some((percent * replicas + 99) / 100)
        }
        _ => None,
    }
}

fn replicas(workload: &Value) -> i64 {
    fields::number(workload, "/spec/replicas").unwrap_or(1)
}

fn containers(workload: &Value) -> &[Value] {
    fields::list(workload, "/spec/template/spec/containers")
}

/// Why a quota leaves no room for the workloads of its namespace and one Pod more of each; `None` when it does.
pub(super) fn of_quota(quota: &Value, cluster: &Cluster<'_>) -> Option<String> {
    let hard = quota.pointer("/spec/hard")?.as_object()?;
    hard.iter().find_map(|(resource, most)| {
        let of_pods = COUNTED.iter().find(|(name, ..)| name == resource);
        let most = amount(most)?;
        let needed = match of_pods {
            Some((_, of, resource)) => needed(quota, cluster, |it| asked(it, of, resource)),
            None if matches!(resource.as_str(), "pods" | "count/pods") => {
                needed(quota, cluster, |_| Some(1.0))
            }
            None => {
                let used = quota.pointer("/status/used").and_then(|it| it.get(resource));
                Ok(used.and_then(amount).unwrap_or_default())
            }
        };
        match needed {
            Err(name) => Some(format!(
                "it counts `{resource}`, of which `{name}` states nothing: its next Pods are refused"
            )),
            Ok(needed) if needed > most * (1.0 + ROUNDING) => {
                Some(format!("it leaves no room in `{resource}` for one Pod more of each workload"))
            }
            Ok(_) => None,
        }
    })
}

/// What the workloads of a namespace need with one Pod more of each; the name of one whose Pods do not state it.
fn needed<'a>(
    quota: &Value,
    cluster: &Cluster<'a>,
    of_container: impl Fn(&Value) -> Option<f64>,
) -> Result<f64, &'a str> {
    let mut workloads = cluster.workloads(fields::namespace(quota));
    workloads.try_fold(0.0, |sum, workload| {
        let amounts = containers(workload).iter().map(&of_container);
        let each: Option<f64> = amounts.sum();
        #[expect(clippy::cast_precision_loss, reason = "no workload has 2^52 replicas")]
        let pods = (replicas(workload) + 1) as f64;
        each.map(|each| sum + pods * each)
            .ok_or(fields::name(workload))
    })
}

/// Why a limit range refuses or changes the next Pods of its namespace; `None` when they fit.
pub(super) fn of_limits(limits: &Value, cluster: &Cluster<'_>) -> Option<String> {
    let namespace = fields::namespace(limits);
    let mut rules = fields::list(limits, "/spec/limits").iter();
    rules.find_map(|rule| {
        let mut workloads = cluster.workloads(namespace);
        workloads.find_map(|workload| {
            let fits = match fields::text(rule, "/type") {
                "Container" => containers(workload).iter().all(|it| is_within(rule, &[it])),
                "Pod" => is_within(rule, &containers(workload).iter().collect::<Vec<_>>()),
                _ => true,
            };
            let name = fields::name(workload);
            (!fits).then(|| format!("the next Pods of `{name}` do not fit into it"))
        })
    })
}

/// Whether a container, or those of a Pod together, keep to a rule, with what it gives where nothing is stated.
fn is_within(rule: &Value, containers: &[&Value]) -> bool {
    ["cpu", "memory"].iter().all(|resource| {
        let bound = |of: &str| amount(rule.get(of)?.get(*resource)?);
        let sum = |of: &str, given: Option<f64>| {
            let amounts = containers.iter().map(|it| asked(it, of, resource).or(given));
            amounts.sum::<Option<f64>>()
        };
        let most = bound("max");
        let limit = sum("limits", bound("default").or(most));
        let request = sum("requests", bound("defaultRequest").or(bound("default")).or(most));
        let over = |amount: Option<f64>, most: Option<f64>| {
            matches!((amount, most), (Some(amount), Some(most)) if amount > most)
        };
        let ratio = match (limit, request) {
            (Some(limit), Some(request)) if request > 0.0 => Some(limit / request),
            _ => None,
        };
        !over(limit, most)
            && !over(bound("min"), request)
            && !over(request, limit)
            && !over(ratio, bound("maxLimitRequestRatio"))
            && (most.is_none() || limit.is_some())
    })
}

/// What a container asks for; a limit counts as a request where none is stated.
fn asked(container: &Value, of: &str, resource: &str) -> Option<f64> {
    let stated = |of: &str| amount(container.pointer(&format!("/resources/{of}/{resource}"))?);
    stated(of).or_else(|| stated("limits"))
}

/// An amount as Kubernetes writes it, such as `250m`; `None` when it is none.
fn amount(value: &Value) -> Option<f64> {
    let text = match value {
        Value::Number(number) => return number.as_f64(),
        Value::String(text) => text.as_str(),
        _ => return None,
    };
    let scaled = SUFFIXES.iter().find_map(|(suffix, factor)| {
        let number: f64 = text.strip_suffix(suffix)?.parse().ok()?;
        Some(number * factor)
    });
    scaled.or_else(|| text.parse().ok())
}
