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
	for _, c := range []struct {
		namespace, container string
		isIPAMD              bool
	}{
		{"kube-system", "aws-node", true},
		{"shop", "aws-node", false},
		{"kube-system", "aws-eks-nodeagent", false},
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
		s.runIPAMD(pool.Node("a"))(t.Context(), simulated.Started{
			Namespace: c.namespace, Pod: "p", Container: c.container, Log: func(string) { nLines++ },
			Environment: map[string]string{"WARM_IP_TARGET": "2", "AWS_VPC_K8S_CNI_LOG_FILE": "stdout"},
		})
		if followed := pool.Free() == nFree+7; followed != c.isIPAMD || (nLines > 0) != c.isIPAMD {
			t.Errorf("%+v: %d addresses are free, were %d; %d lines of log", c, pool.Free(), nFree, nLines)
		}
	}
}
