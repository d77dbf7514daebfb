package fabric

// What a decision costs, and a request over a connection that it lets through. With `-cpu 1` the second is what one core carries.

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"

	v1 "k8s.io/api/core/v1"

	"sandbox/wire"
)

func BenchmarkDecideThroughAService(b *testing.B) {
	v := NewView(newWorld().ends("a0", "ready").ends("b0", "ready").ends("c0", "ready").Objects)
	q := Request{From: from("a1"), To: netip.MustParseAddrPort(web), Protocol: v1.ProtocolTCP}
	for b.Loop() {
		Decide(v, q, Choice{Pick: func(int) int { return 0 }})
	}
}

// serving is a host on which one listener takes every connection.
type serving struct{ *wire.Listener }

func (s serving) Accept(_ string, _ netip.AddrPort, seen netip.Addr) (net.Conn, error) {
	return s.Connect(netip.AddrPortFrom(seen, 40000)), nil
}

func BenchmarkRequestThroughAService(b *testing.B) {
	for name, isKept := range map[string]bool{"new connection": false, "kept connection": true} {
		b.Run(name, func(b *testing.B) {
			listener := wire.NewListener(netip.MustParseAddrPort("10.0.2.11:8080"), func() {})
			server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })}
			go server.Serve(listener)
			defer server.Close()
			f, _ := cluster(newWorld().ends("b0", "ready"), serving{listener})
			f.RunProxy(b.Context(), "a")
			client := &http.Client{Transport: &http.Transport{
				DisableKeepAlives: !isKept,
				DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
					return f.Dial(ctx, "tcp", from("a0"), netip.MustParseAddrPort(web))
				},
			}}
			defer client.CloseIdleConnections()
			for b.Loop() {
				answer, err := client.Get("http://" + web)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, answer.Body); err != nil {
					b.Fatal(err)
				}
				answer.Body.Close()
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}
