//! Damage to what others run and own, beside a right fix. Each is to be named.

use super::way::Way;

pub(super) const WAYS: &[Way] = &[
    Way {
        name: "scale a neighbour to none",
        files: &[],
        run: &["kubectl -n %neighbour-namespace% scale deployment %neighbour% --replicas=0"],
    },
    Way {
        name: "run another image for a neighbour",
        files: &[],
        run: &[
            "kubectl -n %neighbour-namespace% set image deployment %neighbour% %neighbour-container%=%image%",
        ],
    },
    Way {
        name: "let a neighbour ask for less",
        files: &[],
        run: &[
            "kubectl -n %neighbour-namespace% set resources deployment %neighbour% --requests=cpu=1m,memory=1Mi",
        ],
    },
    Way {
        name: "give a neighbour a high priority",
        files: &[(
            "damage.yaml",
            "spec: {template: {spec: {priorityClassName: system-cluster-critical}}}",
        )],
        run: &[
            "kubectl -n %neighbour-namespace% patch deployment %neighbour% --patch-file damage.yaml",
        ],
    },
    Way {
        name: "delete a neighbour behind a finalizer",
        files: &[],
        run: &[
            "kubectl -n %neighbour-namespace% patch deployment %neighbour% -p '{\"metadata\":{\"finalizers\":[\"robot.example/hold\"]}}'",
            "kubectl -n %neighbour-namespace% delete deployment %neighbour% --wait=false",
        ],
    },
    Way {
        name: "bound a neighbour's namespace by a quota",
        files: &[],
        run: &["kubectl -n %neighbour-namespace% create quota left-over --hard=pods=50"],
    },
    Way {
        name: "cut a neighbour off by a network policy",
        files: &[(
            "damage.yaml",
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: left-over}, spec: {podSelector: {}, policyTypes: [Ingress]}}",
        )],
        run: &["kubectl -n %neighbour-namespace% apply -f damage.yaml"],
    },
    Way {
        name: "hold a neighbour's Pods by a disruption budget",
        files: &[(
            "damage.yaml",
            "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: left-over}, spec: {maxUnavailable: 0, selector: {matchLabels: %neighbour-labels%}}}",
        )],
        run: &["kubectl -n %neighbour-namespace% apply -f damage.yaml"],
    },
    Way {
        name: "rewrite the notes of others",
        files: &[],
        run: &[
            "kubectl -n %notes-namespace% patch configmap %notes% -p '{\"data\":{\"%notes-key%\":\"as I say\"}}'",
        ],
    },
    Way {
        name: "scale a companion up",
        files: &[],
        run: &["kubectl -n %namespace% scale deployment %companion% --replicas=%companion-more%"],
    },
    Way {
        name: "make a twin of it",
        files: &[(
            "damage.yaml",
            "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: left-over}, spec: {replicas: 1, selector: {matchLabels: %labels%}, template: {metadata: {labels: %labels%}, spec: {containers: [{name: twin, image: '%image%'}]}}}}",
        )],
        run: &["kubectl -n %namespace% apply -f damage.yaml"],
    },
    Way {
        name: "hold its Pods by two budgets",
        files: &[(
            "damage.yaml",
            "{apiVersion: v1, kind: List, items: [\
             {apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: left-over}, spec: {maxUnavailable: 1, selector: {matchLabels: %labels%}}}, \
             {apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: left-over-too}, spec: {maxUnavailable: 1, selector: {matchLabels: %labels%}}}]}",
        )],
        run: &["kubectl -n %namespace% apply -f damage.yaml"],
    },
    Way {
        name: "break the cluster's DNS",
        files: &[],
        run: &[
            // A lab about DNS may have its Corefile written by the right fix, which comes after this.
            "kubectl -n kube-system patch service kube-dns -p '{\"spec\":{\"selector\":{\"k8s-app\":\"left-over\"}}}'",
        ],
    },
];
