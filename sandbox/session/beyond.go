package session

// This file is whoever answers beyond the cluster: hosts that say by HTTP that they were reached, and nothing else. It must
// not know which names lead to them.

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"sandbox/fabric"
	"sandbox/wire"
)

// beyond is all of these hosts as the network reaches them.
type beyond struct{ streams *wire.Listener }

var _ fabric.Host = beyond{}

// portOfHTTP is the only one at which they listen.
const portOfHTTP = 80

// newBeyond starts them, until leave is called.
func newBeyond() (b beyond, leave func()) {
	b = beyond{wire.NewListener(netip.AddrPortFrom(netip.IPv4Unspecified(), portOfHTTP), func() {})}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s, outside of the cluster\n", r.Host)
	})}
	go func() { _ = server.Serve(b.streams) }() // it ends with what it listens on
	return b, func() { _ = server.Close() }
}

// Accept opens a connection by HTTP; at every other port nobody listens.
func (b beyond) Accept(protocol string, at netip.AddrPort, seen netip.Addr) (net.Conn, error) {
	if protocol != "tcp" || at.Port() != portOfHTTP {
		return nil, syscall.ECONNREFUSED
	}
	conn := b.streams.Connect(netip.AddrPortFrom(seen, ephemeral()))
	if conn == nil {
		return nil, fabric.ErrNobody
	}
	return conn, nil
}

// ephemeral is a port of whoever asks.
func ephemeral() uint16 { return uint16(1024 + rand.IntN(64512)) }
