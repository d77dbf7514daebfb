package fabric

// What a decision costs.

import (
	"net/netip"
	"testing"

	v1 "k8s.io/api/core/v1"
)

func BenchmarkDecideThroughAService(b *testing.B) {
	v := NewView(newWorld().ends("a0", "ready").ends("b0", "ready").ends("c0", "ready").Objects)
	q := Request{From: from("a1"), To: netip.MustParseAddrPort(web), Protocol: v1.ProtocolTCP}
	for b.Loop() {
		Decide(v, q, Choice{Pick: func(int) int { return 0 }})
	}
}
