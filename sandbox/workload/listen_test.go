package workload

import (
	"io"
	"runtime"
	"testing"
	"testing/synctest"
)

func TestAConnectionThatEndedLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, parse(t, "steps:\n  - listen: {port: 8080}\n  - listen: {port: 80, paths: {/: {body: ok}}}\n"), &container{}, Options{})
		connect := func() {
			for _, port := range []int{8080, 80} {
				connection := p.Connect(port)
				if connection == nil {
					t.Fatalf("nobody listens on %d", port)
				}
				if err := connection.Close(); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Wait()
		}
		// The first connection starts the server of its port.
		connect()
		before := runtime.NumGoroutine()
		const nConnections = 200
		for range nConnections {
			connect()
		}
		// A few goroutines of the program itself come and go.
		if after := runtime.NumGoroutine(); after-before >= nConnections/2 {
			t.Errorf("there were %d goroutines, and there are %d", before, after)
		}
	})
}

func TestAConnectionEndsWithItsProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, parse(t, "steps:\n  - listen: {port: 8080}\n"), &container{}, Options{})
		connection := p.Connect(8080)
		p.Kill()
		if _, err := connection.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("it ends with %v", err)
		}
	})
}
