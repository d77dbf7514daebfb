//! Repairs by hand: Pods that run today, made so past what the Deployment says. None solves a lab.

use super::way::Way;

pub(super) const WAYS: &[Way] = &[
    Way {
        name: "bind its Pods to a node by hand",
        files: &[],
        run: &[
            "for pod in $(kubectl -n %namespace% get pods -l %selector% -o jsonpath='{.items[*].metadata.name}'); do \
             echo '{\"apiVersion\":\"v1\",\"kind\":\"Binding\",\"metadata\":{\"name\":\"'$pod'\"},\"target\":{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"name\":\"%home%\"}}' | \
             kubectl create --raw /api/v1/namespaces/%namespace%/pods/$pod/binding -f -; done",
        ],
    },
    Way {
        name: "make Pods with its labels that name a node",
        files: &[("by-hand.json", "%pods-on-a-node%")],
        run: &["kubectl create -f by-hand.json"],
    },
    Way {
        name: "make Pods with its labels that ask for nothing",
        files: &[("by-hand.json", "%pods-anywhere%")],
        run: &["kubectl create -f by-hand.json"],
    },
    Way {
        name: "give its labels to the Pods of a companion",
        files: &[],
        run: &[
            "kubectl -n %namespace% label pods -l %companion-selector% --overwrite %pod-labels%",
        ],
    },
    Way {
        name: "write into every status that all is well",
        files: &[
            ("workload.json", "%status%"),
            (
                "pod.json",
                r#"{"status": {"phase": "Running", "conditions": [
                    {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"},
                    {"type": "ContainersReady", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}"#,
            ),
        ],
        run: &[
            "for pod in $(kubectl -n %namespace% get pods -l %selector% -o name); do kubectl -n %namespace% patch $pod --subresource=status --patch-file pod.json; done",
            "kubectl -n %namespace% patch replicaset %set% --subresource=status --type=merge --patch-file workload.json",
            "kubectl -n %namespace% patch deployment %workload% --subresource=status --type=merge --patch-file workload.json",
        ],
    },
    Way {
        name: "take the taints away until its Pods have nodes",
        files: &[],
        run: &["%untaint%", WAIT, "%taint-again%"],
    },
    Way {
        name: "give the nodes the labels that it wants until its Pods have nodes",
        files: &[],
        run: &["%label%", WAIT, "%label-again%"],
    },
    Way {
        name: "write room into the status of the nodes until its Pods have nodes",
        files: &[],
        run: &["%room%", WAIT],
    },
    Way {
        name: "write into the status of the Pods beside it that they have ended until its Pods have nodes",
        files: &[("ended.json", r#"{"status": {"phase": "Succeeded"}}"#)],
        run: &[
            "for pod in $(kubectl -n %namespace% get pods --field-selector status.phase=Running -o name); do \
             kubectl -n %namespace% patch $pod --subresource=status --patch-file ended.json; done",
            "kubectl -n %namespace% rollout restart deployment %workload%",
            WAIT,
        ],
    },
    Way {
        name: "write into the status of the quotas that nothing is used until its Pods have nodes",
        files: &[],
        run: &[
            "for quota in $(kubectl -n %namespace% get quota -o name); do kubectl -n %namespace% patch $quota --subresource=status --type=merge -p \
             '{\"status\":{\"used\":{\"requests.cpu\":\"0\",\"requests.memory\":\"0\",\"pods\":\"0\"}}}'; done",
            "kubectl -n %namespace% rollout restart deployment %workload%",
            WAIT,
        ],
    },
    Way {
        name: "repair it, and write the Deployment back when its Pods run",
        files: &[("broken.json", "%broken%")],
        run: &["%repair%", "kubectl replace -f broken.json"],
    },
];

/// Until the scheduler has let its Pods in, or will not.
const WAIT: &str = "kubectl -n %namespace% wait --for=condition=PodScheduled pods -l %selector% --timeout=5s || true";
