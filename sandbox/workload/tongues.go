package workload

// This file is how programs tell that a request failed, by the language that they are written in: the words that people
// search for. It must not know what a process does about it.

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
)

// Language is what a program is written in, as far as its log tells.
type Language string

const golang Language = "go"

// tongues are the languages' ways to tell why a request failed.
var tongues = map[Language]func(*errand) string{golang: inGo, "java": inJava, "node": inNode}

func (l Language) isKnown() bool { return l == "" || tongues[l] != nil }

func (l Language) unknown() string {
	return fmt.Sprintf("`%s` is no language whose words are known; known: %s", l, names(tongues))
}

// inGo is package net with net/http: https://pkg.go.dev/net#DNSError, https://pkg.go.dev/net#OpError.
func inGo(e *errand) string {
	before, host, server := "", e.to.Hostname(), net.JoinHostPort(e.server, "53")
	if e.byHTTP {
		before = fmt.Sprintf("Get %q: ", e.asked)
	}
	switch {
	case e.stage == answered:
		return fmt.Sprintf("%sunexpected status %d %s", before, e.status, http.StatusText(e.status))
	case e.stage == looking && isTimeout(e.err):
		return fmt.Sprintf("%sdial tcp: lookup %s: i/o timeout", before, host)
	case e.stage == looking && isMissing(e.err):
		return fmt.Sprintf("%sdial tcp: lookup %s on %s: no such host", before, host, server)
	case e.stage == looking:
		return fmt.Sprintf("%sdial tcp: lookup %s on %s: server misbehaving", before, host, server)
	case e.stage == connecting && isTimeout(e.err):
		return fmt.Sprintf("%sdial tcp %s: i/o timeout", before, e.address)
	case e.stage == connecting:
		return fmt.Sprintf("%sdial tcp %s: connect: %s", before, e.address, errno(e.err))
	case isTimeout(e.err):
		return before + "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
	default:
		return before + "EOF"
	}
}

// inJava is java.net: https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/net/package-summary.html.
func inJava(e *errand) string {
	host := e.to.Hostname()
	switch {
	case e.stage == answered:
		return fmt.Sprintf("java.io.IOException: Server returned HTTP response code: %d for URL: %s", e.status, e.asked)
	case e.stage == looking && isMissing(e.err):
		return fmt.Sprintf("java.net.UnknownHostException: %s: Name or service not known", host)
	case e.stage == looking:
		return fmt.Sprintf("java.net.UnknownHostException: %s: Temporary failure in name resolution", host)
	case e.stage == connecting && isTimeout(e.err):
		return "java.net.SocketTimeoutException: Connect timed out"
	case e.stage == connecting:
		return "java.net.ConnectException: " + words(errno(e.err))
	case isTimeout(e.err):
		return "java.net.SocketTimeoutException: Read timed out"
	default:
		return "java.net.SocketException: Unexpected end of file from server"
	}
}

// inNode is Node's dns and net, with the client axios: https://nodejs.org/api/errors.html#common-system-errors.
func inNode(e *errand) string {
	host := e.to.Hostname()
	switch {
	case e.stage == answered:
		return fmt.Sprintf("Error: Request failed with status code %d", e.status)
	case e.stage == looking && isMissing(e.err):
		return "Error: getaddrinfo ENOTFOUND " + host
	case e.stage == looking:
		return "Error: getaddrinfo EAI_AGAIN " + host
	case e.stage == connecting && isTimeout(e.err):
		return "Error: connect ETIMEDOUT " + e.address
	case e.stage == connecting:
		return fmt.Sprintf("Error: connect %s %s", nodeNames[errno(e.err)], e.address)
	case isTimeout(e.err):
		return fmt.Sprintf("Error: timeout of %dms exceeded", e.patience.Milliseconds())
	default:
		return "Error: socket hang up"
	}
}

var nodeNames = map[syscall.Errno]string{syscall.ECONNREFUSED: "ECONNREFUSED", syscall.ENETUNREACH: "ENETUNREACH", syscall.EHOSTUNREACH: "EHOSTUNREACH"}

// errno is why the kernel made no connection.
func errno(err error) syscall.Errno {
	number := syscall.ECONNREFUSED
	errors.As(err, &number)
	return number
}
