package fidelity

// This file is the manifests of the recorded situations. It must not know what they lead to.

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// namespace is the one that the recording was made in.
const namespace = "situations"

// image is the recorded program; testdata/images has its model.
const image = "actor:2"

// situationLabel names the situation of an object.
const situationLabel = "situation"

// change makes a situation out of a Pod that just runs.
type change func(spec *corev1.PodSpec, main *corev1.Container)

func arguments(words ...string) change {
	return func(_ *corev1.PodSpec, main *corev1.Container) { main.Args = words }
}

func imageIs(name string, policy corev1.PullPolicy) change {
	return func(_ *corev1.PodSpec, main *corev1.Container) { main.Image, main.ImagePullPolicy = name, policy }
}

func never(spec *corev1.PodSpec, _ *corev1.Container) { spec.RestartPolicy = corev1.RestartPolicyNever }

func variable(source corev1.EnvVarSource) change {
	return func(_ *corev1.PodSpec, main *corev1.Container) {
		main.Env = []corev1.EnvVar{{Name: "X", ValueFrom: &source}}
	}
}

// mounted mounts a volume at /v.
func mounted(source corev1.VolumeSource) change {
	return func(spec *corev1.PodSpec, main *corev1.Container) {
		spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: source}}
		main.VolumeMounts = []corev1.VolumeMount{{Name: "v", MountPath: "/v"}}
	}
}

// claimed has a volume of a claim that no container mounts.
func claimed(claim string) change {
	return func(spec *corev1.PodSpec, _ *corev1.Container) {
		spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim}}}}
	}
}

func asks(path string) *corev1.Probe {
	return &corev1.Probe{PeriodSeconds: 2, FailureThreshold: 2, ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(8080)}}}
}

func liveness(probe *corev1.Probe) change {
	return func(_ *corev1.PodSpec, main *corev1.Container) { main.LivenessProbe = probe }
}

func readiness(probe *corev1.Probe) change {
	return func(_ *corev1.PodSpec, main *corev1.Container) { main.ReadinessProbe = probe }
}

func before(name string, policy *corev1.ContainerRestartPolicy, words ...string) change {
	return func(spec *corev1.PodSpec, _ *corev1.Container) {
		spec.InitContainers = []corev1.Container{{Name: name, Image: image, ImagePullPolicy: corev1.PullIfNotPresent, Args: words, RestartPolicy: policy}}
	}
}

func requests(name corev1.ResourceName, quantity string) change {
	return func(_ *corev1.PodSpec, main *corev1.Container) {
		main.Resources.Requests = corev1.ResourceList{name: resource.MustParse(quantity)}
	}
}

func onHostPort(_ *corev1.PodSpec, main *corev1.Container) {
	main.Ports = []corev1.ContainerPort{{ContainerPort: 8080, HostPort: 9999}}
}

// pods are the recorded situations that are one Pod.
func pods() map[string][]change {
	reference := corev1.LocalObjectReference{Name: "absent"}
	settings := corev1.LocalObjectReference{Name: "settings"}
	return map[string][]change{
		"exit-1":       {arguments("sleep", "1s", "exit", "1")},
		"exit-0":       {arguments("sleep", "1s", "exit", "0")},
		"exit-1-never": {arguments("sleep", "1s", "exit", "1"), never},
		"exit-0-never": {arguments("sleep", "1s", "exit", "0"), never},
		"out-of-memory": {arguments("eat", "96"), func(_ *corev1.PodSpec, main *corev1.Container) {
			main.Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("32Mi")}
		}},
		"bad-command": {func(_ *corev1.PodSpec, main *corev1.Container) { main.Command = []string{"/nope"} }},
		"missing-configmap": {func(_ *corev1.PodSpec, main *corev1.Container) {
			main.EnvFrom = []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: reference}}}
		}},
		"missing-key":              {variable(corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: settings, Key: "B"}})},
		"missing-secret-key-ref":   {variable(corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: reference, Key: "B"}})},
		"missing-secret-volume":    {mounted(corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "absent"}})},
		"missing-configmap-volume": {mounted(corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: reference}})},
		"liveness-fails":           {arguments("serve", "0s"), liveness(asks("/dead"))},
		"liveness-refused":         {liveness(asks("/live"))},
		"readiness-fails":          {arguments("serve", "0s"), readiness(asks("/dead"))},
		"startup-fails":            {arguments("serve", "60s"), func(_ *corev1.PodSpec, main *corev1.Container) { main.StartupProbe = asks("/ready") }},
		"slow-ready":               {arguments("serve", "8s"), readiness(asks("/ready"))},
		"tcp-refused":              {readiness(&corev1.Probe{PeriodSeconds: 2, ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(8080)}}})},
		"exec-probe-absent":        {liveness(&corev1.Probe{PeriodSeconds: 2, FailureThreshold: 2, ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"/bin/true"}}}})},
		"init-fails":               {before("first", nil, "exit", "7")},
		"init-slow":                {before("first", nil, "sleep", "300s")},
		"sidecar":                  {before("side", ptr.To(corev1.ContainerRestartPolicyAlways))},
		"never-pull":               {imageIs("nothing-here:1", corev1.PullNever)},
		"pull-fails":               {imageIs("registry.invalid/team/app:1", corev1.PullIfNotPresent)},
		"bad-image-name":           {imageIs("Team/App:1", corev1.PullIfNotPresent)},
		"run-as-non-root": {func(spec *corev1.PodSpec, _ *corev1.Container) {
			spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: ptr.To(true)}
		}},
		"request-too-large": {requests(corev1.ResourceCPU, "500")},
		"memory-too-large":  {requests(corev1.ResourceMemory, "4Ti")},
		"wrong-selector": {func(spec *corev1.PodSpec, _ *corev1.Container) {
			spec.NodeSelector = map[string]string{"pool": "absent"}
		}},
		"affinity-unmet": {func(spec *corev1.PodSpec, _ *corev1.Container) {
			term := corev1.PodAffinityTerm{TopologyKey: "kubernetes.io/hostname", LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{situationLabel: "sidecar"}}}
			spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{term}}}
		}},
		"spread-unmet": {func(spec *corev1.PodSpec, _ *corev1.Container) {
			spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{MaxSkew: 1, TopologyKey: "absent", WhenUnsatisfiable: corev1.DoNotSchedule,
				LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{situationLabel: "spread-unmet"}}}}
		}},
		"no-such-claim":       {claimed("absent")},
		"claim-without-class": {claimed("no-class")},
		"host-port-a":         {onHostPort},
		"host-port-b":         {onHostPort},
		"deaf":                {arguments("deaf")},
		"post-start-fails": {func(_ *corev1.PodSpec, main *corev1.Container) {
			main.Lifecycle = &corev1.Lifecycle{PostStart: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"/nope"}}}}
		}},
		"deadline": {func(spec *corev1.PodSpec, _ *corev1.Container) { spec.ActiveDeadlineSeconds = ptr.To[int64](5) }},
	}
}

func template(situation string, changes ...change) corev1.PodTemplateSpec {
	t := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{situationLabel: situation}}}
	t.Spec.Containers = []corev1.Container{{Name: "main", Image: image, ImagePullPolicy: corev1.PullIfNotPresent}}
	for _, apply := range changes {
		apply(&t.Spec, &t.Spec.Containers[0])
	}
	return t
}

func pod(situation string, changes []change) *corev1.Pod {
	t := template(situation, changes...)
	t.Spec.TerminationGracePeriodSeconds = ptr.To(int64(grace / time.Second))
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: situation, Labels: t.Labels}, Spec: t.Spec}
}

// grace is every Pod's termination grace period.
const grace = 5 * time.Second

func deployment(name string, change func(*appsv1.DeploymentSpec)) *appsv1.Deployment {
	labels := map[string]string{situationLabel: name}
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: appsv1.DeploymentSpec{Replicas: ptr.To[int32](1),
		Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: template(name, arguments("serve", "0s"))}}
	if change != nil {
		change(&d.Spec)
	}
	return d
}

// objects are all the situations in the order in which they are made: what Pods refer to comes first, and the host port
// goes to `host-port-a`. `obedient` was not recorded: it is what `deaf` is compared with.
func objects() []runtime.Object {
	labels := map[string]string{situationLabel: "guarded"}
	all := []runtime.Object{
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "settings"}, Data: map[string]string{"A": "1"}},
	}
	first := []string{"sidecar", "host-port-a"}
	for _, name := range first {
		all = append(all, pod(name, pods()[name]))
	}
	for name, changes := range pods() {
		if name != first[0] && name != first[1] {
			all = append(all, pod(name, changes))
		}
	}
	obedient := pod("obedient", nil)
	obedient.Labels = nil
	all = append(all, obedient)
	fails := template("job-fails", arguments("exit", "2"), never)
	return append(all,
		&corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "no-class"}, Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: ptr.To("absent"),
			Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}}}},
		&batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "fails"}, Spec: batchv1.JobSpec{BackoffLimit: ptr.To[int32](1), Template: fails}},
		deployment("guarded", nil),
		&policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: "guarded"}, Spec: policyv1.PodDisruptionBudgetSpec{
			MinAvailable: ptr.To(intstr.FromInt32(1)), Selector: &metav1.LabelSelector{MatchLabels: labels}}},
		deployment("stuck", func(spec *appsv1.DeploymentSpec) {
			spec.ProgressDeadlineSeconds = ptr.To[int32](20)
			readiness(asks("/dead"))(nil, &spec.Template.Spec.Containers[0])
		}),
	)
}
