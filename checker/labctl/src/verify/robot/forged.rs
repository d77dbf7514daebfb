//! Evidence that somebody makes: words that show the cause and that no part of Kubernetes found. None makes a diagnosis right.

use super::way::Way;

/// Stands for a line that shows the cause and did not occur, with quotes and backslashes as in JSON; known when a case is played.
pub(in crate::verify) const LINE: &str = "%line%";

pub(super) const WAYS: &[Way] = &[
    Way {
        name: "write an event about one of its Pods",
        files: &[(
            "event.yaml",
            "{apiVersion: v1, kind: Event, metadata: {name: seen, namespace: '%namespace%'}, type: Warning, reason: FailedScheduling, message: \"%line%\", source: {component: default-scheduler}, reportingComponent: default-scheduler, involvedObject: {apiVersion: v1, kind: Pod, namespace: '%namespace%', name: POD}}",
        )],
        run: &[
            "sed -i \"s/name: POD/name: $(kubectl -n %namespace% get pods -l %selector% -o jsonpath='{.items[0].metadata.name}')/\" event.yaml",
            "kubectl create -f event.yaml",
        ],
    },
    Way {
        name: "write an event about another object",
        files: &[(
            "event.yaml",
            "{apiVersion: v1, kind: Event, metadata: {name: seen, namespace: default}, type: Warning, reason: Refused, message: \"%line%\", source: {component: kubelet}, involvedObject: {apiVersion: v1, kind: Node, name: '%node%'}}",
        )],
        run: &["kubectl create -f event.yaml"],
    },
    Way {
        name: "rewrite an event that is there",
        files: &[("event.yaml", "message: \"%line%\"")],
        run: &[
            "kubectl -n %namespace% patch $(kubectl -n %namespace% get events -o name | head -1) --patch-file event.yaml",
        ],
    },
    Way {
        name: "say it in an annotation",
        files: &[(
            "annotation.yaml",
            "metadata: {annotations: {seen: \"%line%\"}}",
        )],
        run: &["kubectl -n %namespace% patch deployment %workload% --patch-file annotation.yaml"],
    },
    Way {
        name: "let a Pod of one's own log it",
        files: &[(
            "pod.yaml",
            "{apiVersion: v1, kind: Pod, metadata: {name: '%workload%-seen'}, spec: {restartPolicy: Never, containers: [{name: '%container%', image: '%image%', command: [env], env: [{name: SEEN, value: \"%line%\"}]}]}}",
        )],
        run: &[
            "kubectl -n %namespace% create -f pod.yaml",
            "kubectl -n %namespace% wait --for=jsonpath='{.status.phase}'=Succeeded pod/%workload%-seen --timeout=20s",
        ],
    },
    Way {
        name: "let an ephemeral container log it",
        files: &[("container.yaml", "{env: [{name: SEEN, value: \"%line%\"}]}")],
        run: &[
            "kubectl -n %namespace% debug $(kubectl -n %namespace% get pods -l %companion-selector% -o name | head -1) --image=%image% -c %container% --custom=container.yaml --profile=general --attach=false -- env",
            "kubectl -n %namespace% wait --for=jsonpath='{.status.ephemeralContainerStatuses[0].state.terminated.reason}'=Completed pods -l %companion-selector% --timeout=5s || true",
        ],
    },
    Way {
        name: "let a companion log it for a moment",
        files: &[
            (
                "container.yaml",
                "spec: {template: {spec: {containers: [{name: '%companion-container%', command: [env], env: [{name: SEEN, value: \"%line%\"}]}]}}}",
            ),
            ("companion.json", "%companion-object%"),
        ],
        run: &[
            "kubectl -n %namespace% patch deployment %companion% --patch-file container.yaml",
            "for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kubectl -n %namespace% logs deployment/%companion% --all-pods 2>/dev/null | grep -q SEEN= && break; sleep 0.3; done",
            "kubectl replace -f companion.json",
        ],
    },
    Way {
        name: "let a companion's probe say it for a moment",
        files: &[
            (
                "probe.yaml",
                "spec: {template: {spec: {containers: [{name: '%companion-container%', readinessProbe: {httpGet: null, periodSeconds: 1, exec: {command: [cat, \"%line%\"]}}}]}}}",
            ),
            ("companion.json", "%companion-object%"),
        ],
        run: &[
            "kubectl -n %namespace% patch deployment %companion% --patch-file probe.yaml",
            "for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kubectl -n %namespace% get events -o jsonpath='{.items[*].reason}' | grep -q Unhealthy && break; sleep 0.3; done",
            "kubectl replace -f companion.json",
        ],
    },
];
