//! What a careful engineer adds in their own namespace beside a right fix. None may be refused, and all together leave the lab solved.

use super::way::Way;

pub(super) const WAYS: &[Way] = &[
    Way {
        name: "a budget that lets Pods go",
        files: &[(
            "added.yaml",
            "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: added}, spec: {maxUnavailable: 1, selector: {matchLabels: %labels-without-budget%}}}",
        )],
        run: &["kubectl -n %namespace% apply -f added.yaml"],
    },
    Way {
        name: "a quota with room",
        files: &[],
        run: &["kubectl -n %namespace% create quota added --hard=pods=100,count/configmaps=100"],
    },
    Way {
        name: "a limit range with room",
        files: &[(
            "added.yaml",
            "{apiVersion: v1, kind: LimitRange, metadata: {name: added}, spec: {limits: [{type: Container, min: {memory: 1Mi}}]}}",
        )],
        run: &["kubectl -n %namespace% apply -f added.yaml"],
    },
    Way {
        name: "an autoscaler that keeps the replicas",
        files: &[(
            "added.yaml",
            "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: added}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: '%workload%'}, minReplicas: %replicas%, maxReplicas: %replicas%, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]}}",
        )],
        run: &["kubectl -n %namespace% apply -f added.yaml"],
    },
    Way {
        name: "labels and an annotation",
        files: &[],
        run: &[
            "kubectl -n %namespace% label deployment %workload% on-call=me",
            "kubectl -n %namespace% annotate deployment %workload% seen=by-me",
            "kubectl label namespace %namespace% on-call=me",
            "kubectl -n %namespace% label deployment %companion% on-call=me",
        ],
    },
    Way {
        name: "a Service, a ConfigMap, a Secret, an account and its role",
        files: &[(
            "added.yaml",
            "{apiVersion: v1, kind: Service, metadata: {name: added}, spec: {selector: %labels%, ports: [{port: 80, targetPort: 8080}]}}",
        )],
        run: &[
            "kubectl -n %namespace% apply -f added.yaml",
            "kubectl -n %namespace% create configmap added --from-literal=notes=mine",
            "kubectl -n %namespace% create secret generic added --from-literal=key=mine",
            "kubectl -n %namespace% create serviceaccount added",
            "kubectl -n %namespace% create role added --verb=get --resource=pods",
            "kubectl -n %namespace% create rolebinding added --role=added --serviceaccount=%namespace%:added",
        ],
    },
    Way {
        name: "a Pod to debug with",
        files: &[(
            "added.yaml",
            "{apiVersion: v1, kind: Pod, metadata: {name: added, labels: {for: debugging}}, spec: {containers: [{name: added, image: '%image%', resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 128Mi}}}]}}",
        )],
        run: &["kubectl -n %namespace% apply -f added.yaml"],
    },
    Way {
        name: "a probe and a hook that fit",
        files: &[(
            "added.yaml",
            "spec: {template: {spec: {containers: [{name: '%container%', startupProbe: %probe%, lifecycle: {preStop: {sleep: {seconds: 1}}}}]}}}",
        )],
        run: &["kubectl -n %namespace% patch deployment %workload% --patch-file added.yaml"],
    },
    Way {
        name: "an annotation of its Pods, and fewer old revisions",
        files: &[(
            "added.yaml",
            "spec: {revisionHistoryLimit: 5, template: {metadata: {annotations: {seen: by-me}}, spec: {terminationGracePeriodSeconds: 45}}}",
        )],
        run: &["kubectl -n %namespace% patch deployment %workload% --patch-file added.yaml"],
    },
    Way {
        name: "a wish to be apart from its like",
        files: &[(
            "added.yaml",
            "spec: {template: {spec: {affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: %labels%}}}]}}}}}",
        )],
        run: &["kubectl -n %namespace% patch deployment %workload% --patch-file added.yaml"],
    },
];
