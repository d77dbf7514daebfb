//! Cluster-wide objects that are left behind beside a right fix. Each concerns everybody, and is to be named.

use super::way::Way;

/// One object that is left behind.
const fn left(name: &'static str, file: &'static [(&'static str, &'static str)]) -> Way {
    Way {
        name,
        files: file,
        run: &["kubectl apply -f left-over.yaml"],
    }
}

pub(super) const WAYS: &[Way] = &[
    left(
        "leave a validating admission policy behind",
        &[(
            "left-over.yaml",
            "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: left-over}, spec: {failurePolicy: Ignore, matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}, validations: [{expression: 'true'}]}}",
        )],
    ),
    left(
        "leave a mutating admission policy behind",
        &[(
            "left-over.yaml",
            "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingAdmissionPolicy, metadata: {name: left-over}, spec: {failurePolicy: Ignore, reinvocationPolicy: Never, matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]}, mutations: [{patchType: JSONPatch, jsonPatch: {expression: '[JSONPatch{op: \"add\", path: \"/metadata/labels\", value: {\"left\": \"over\"}}]'}}]}}",
        )],
    ),
    left(
        "leave a mutating webhook behind",
        &[(
            "left-over.yaml",
            "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: left-over}, webhooks: [{name: left-over.robot.example, failurePolicy: Ignore, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {url: 'https://127.0.0.1:9/'}, rules: [{apiGroups: [robot.example], apiVersions: [v1], operations: [CREATE], resources: [things]}]}]}",
        )],
    ),
    left(
        "leave a kind of one's own behind",
        &[(
            "left-over.yaml",
            "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: things.robot.example}, spec: {group: robot.example, scope: Namespaced, names: {plural: things, kind: Thing}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}}",
        )],
    ),
    left(
        "leave a cluster role binding behind",
        &[(
            "left-over.yaml",
            "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: left-over}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}, subjects: [{kind: ServiceAccount, name: default, namespace: '%namespace%'}]}",
        )],
    ),
    left(
        "leave a priority class behind",
        &[(
            "left-over.yaml",
            "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: left-over}, value: 1000000, globalDefault: false}",
        )],
    ),
    left(
        "leave a storage class behind",
        &[(
            "left-over.yaml",
            "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: left-over}, provisioner: ebs.csi.aws.com, parameters: {type: gp3}, volumeBindingMode: WaitForFirstConsumer}",
        )],
    ),
    left(
        "leave a volume behind",
        &[(
            "left-over.yaml",
            "{apiVersion: v1, kind: PersistentVolume, metadata: {name: left-over}, spec: {accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}, storageClassName: none, hostPath: {path: /tmp/left-over}}}",
        )],
    ),
    left(
        "leave a namespace behind",
        &[(
            "left-over.yaml",
            "{apiVersion: v1, kind: Namespace, metadata: {name: left-over}}",
        )],
    ),
    left(
        "leave a runtime class behind",
        &[(
            "left-over.yaml",
            "{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: left-over}, handler: left-over}",
        )],
    ),
];
