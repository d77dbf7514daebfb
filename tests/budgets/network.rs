//! What the Pods' network takes: a lookup and a request through a Service, as `curl` in a Pod tells them, and how soon many Pods run.

use std::time::Duration;

use super::support::Home;
use super::{RUNS, row, time};

/// How many requests are made, one after another.
const REQUESTS: usize = 200;

/// How many Pods are wanted at once.
const PODS: usize = 60;

/// In a running session of this name.
pub(super) fn network(home: &Home, session: &str) {
    let kubectl = |line: &str| home.kubectl(session, line);
    kubectl("create deployment web --image=httpd");
    kubectl("expose deployment web --port=80");
    kubectl("run client --image=curlimages/curl --command -- sleep 3600");
    kubectl("rollout status deployment web --timeout=60s");
    kubectl("wait pod client --for=condition=Ready --timeout=60s");
    let said = kubectl(&format!(
        "exec client -- sh -c 'for i in $(seq {REQUESTS}); do curl -s -o /dev/null -w \"%{{time_namelookup}} %{{time_total}}\\n\" http://web/; done'"
    ));
    let seconds = |text: &str| Duration::from_secs_f64(text.parse().unwrap());
    let (lookups, requests) = said
        .lines()
        .map(|line| {
            let (named, total) = line.split_once(' ').unwrap();
            let named = seconds(named);
            (named, seconds(total).saturating_sub(named))
        })
        .unzip();
    row(
        "in a Pod, a lookup of a Service's short name",
        "2 ms",
        lookups,
    );
    row(
        "in a Pod, a request through a Service, without the lookup",
        "2 ms",
        requests,
    );
    // They may run on every node.
    kubectl("create deployment many --image=nginx --replicas=0");
    kubectl(
        r#"patch deployment many -p '{"spec":{"template":{"spec":{"tolerations":[{"operator":"Exists"}]}}}}'"#,
    );
    let starts = (0..RUNS)
        .map(|_| {
            let took = time(|| {
                kubectl(&format!("scale deployment many --replicas={PODS}"));
                kubectl("rollout status deployment many --timeout=120s");
            });
            kubectl("scale deployment many --replicas=0");
            kubectl("wait pod -l app=many --for=delete --timeout=120s");
            took
        })
        .collect();
    row(
        &format!("{PODS} Pods of a Deployment, from `kubectl scale` to all of them ready"),
        "8 s",
        starts,
    );
    kubectl("delete deployment/many deployment/web service/web pod/client --wait=false");
}
