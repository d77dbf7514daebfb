package main

// A CoreDNS whose memory fills with questions that nobody outside answers, because one program asks again and again.

import (
	"fmt"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"sandbox/config"
)

const impatient = `format_version: 1
image: example.com/impatient
tags: ["1"]
entrypoint: /impatient
steps: [{log: waiting}]
every: {period: 30s, log: [well], asks: [{env: URL, optional: true, timeout: 2s}], again: PAUSE}
`

// servers are the containers of CoreDNS.
func servers(t *testing.T, client *kubernetes.Clientset) (all []v1.ContainerStatus) {
	t.Helper()
	pods, err := client.CoreV1().Pods("kube-system").List(t.Context(), metav1.ListOptions{LabelSelector: "k8s-app=kube-dns"})
	if err != nil {
		t.Fatal(err)
	}
	for _, pod := range pods.Items {
		all = append(all, pod.Status.ContainerStatuses...)
	}
	return all
}

// wereKilled is how often a container of CoreDNS was started again after it was killed for memory.
func wereKilled(all []v1.ContainerStatus) (times int32) {
	for _, one := range all {
		ended := one.LastTerminationState.Terminated
		if ended != nil && ended.Reason == "OOMKilled" && ended.ExitCode == 137 {
			times += one.RestartCount
		}
	}
	return times
}

func TestAStormOfQuestionsThatWaitKillsCoreDNSAgainAndAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster")
	}
	s := newSandbox(t, func(c *config.Config) {
		c.MuteDomains = []string{"partner.example"}
		writeModel(t, c, "impatient", impatient)
		writeModel(t, c, "asker", asker)
	})
	_, client := s.mustUp(t)
	pods := client.CoreV1().Pods("default")
	make := func(name, url, pause string) {
		t.Helper()
		one := pod(name, "impatient", nil, "one")
		one.Spec.Containers[0].Env = []v1.EnvVar{{Name: "URL", Value: url}, {Name: "PAUSE", Value: pause}}
		if _, err := pods.Create(t.Context(), one, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	// Who waits before asking again fills no memory, and nor does who is answered.
	make("patient", "http://quotes.partner.example/", "10s")
	make("answered", "http://quotes.example.com/", "20ms")
	if _, err := pods.Create(t.Context(), pod("asker", "asker", nil, "two"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	s.asks(t, "nslookup quotes.partner.example", "no servers could be reached")
	s.asks(t, "nslookup kubernetes.default", "Address: 172.20.0.1")
	if all := servers(t, client); len(all) != 2 || wereKilled(all) != 0 {
		t.Fatalf("without a storm: %v", all)
	}
	make("impatient", "http://quotes.partner.example/", "40ms")
	await(t, "each CoreDNS was killed, came back, and was killed again", func() bool {
		all := servers(t, client)
		return wereKilled(all) >= 2*int32(len(all))
	})
	s.asks(t, "nslookup kubernetes.default", "no servers could be reached")
	log, err := pods.GetLogs("impatient", &v1.PodLogOptions{}).DoRaw(t.Context())
	if line := fmt.Sprintf("error: Get %q: dial tcp: lookup quotes.partner.example: i/o timeout", "http://quotes.partner.example/"); err != nil || !strings.Contains(string(log), line) {
		t.Errorf("the storm says %q (%v)", log, err)
	}
}
