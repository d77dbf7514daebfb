package session

import (
	"io"
	"log/slog"
	"net/netip"
	"path/filepath"
	"testing"

	simulated "sandbox/runtime"
	"sandbox/subnet"
)

func TestOnlyAwsNodeSetsTheWarmPool(t *testing.T) {
	const image = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.21.1-eksbuild.1"
	for _, c := range []struct {
		namespace, container, image string
		isIPAMD                     bool
	}{
		{"kube-system", "aws-node", image, true},
		{"shop", "aws-node", image, false},
		{"kube-system", "aws-eks-nodeagent", image, false},
		{"kube-system", "aws-node", "docker.io/library/other:1", false},
	} {
		pool, err := subnet.OpenPool(filepath.Join(t.TempDir(), "pool.json"), netip.MustParsePrefix("10.0.16.0/24"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		limits := subnet.Limits{Interfaces: 3, AddressesPerInterface: 10, Pods: 29}
		if err := pool.Join(subnet.Member{Name: "a", Address: netip.MustParseAddr("10.0.16.9"), Limits: limits}); err != nil {
			t.Fatal(err)
		}
		s := &Session{log: slog.New(slog.NewTextHandler(io.Discard, nil))}
		nLines, nFree := 0, pool.Free()
		s.startIPAMD(pool.Node("a"))(simulated.Started{
			Namespace: c.namespace, Pod: "p", Container: c.container, Image: c.image, Log: func(string) { nLines++ },
			Environment: map[string]string{"WARM_IP_TARGET": "2", "AWS_VPC_K8S_CNI_LOG_FILE": "stdout"},
		})
		if followed := pool.Free() == nFree+7; followed != c.isIPAMD || (nLines > 0) != c.isIPAMD {
			t.Errorf("%+v: %d addresses are free, were %d; %d lines of log", c, pool.Free(), nFree, nLines)
		}
	}
}
