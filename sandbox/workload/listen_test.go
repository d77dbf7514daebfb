package workload

import (
	"bytes"
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

func TestAFolderIsServedBeforeThePaths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &container{files: map[string]string{"/html/index.html": "a page", "/html/a.css": "a style"}}
		p := start(t, parse(t, "steps:\n  - listen: {port: 80, folder: /html, paths: {/: {body: ok}, /b: {body: b}}}\nexec: [curl]\n"), c, Options{})
		for path, want := range map[string]string{"/": "a page", "/a.css": "a style", "/b": "b", "/../etc/passwd": "404 page not found\n"} {
			var said bytes.Buffer
			if _, err := p.Exec(t.Context(), []string{"curl", "-s", "localhost" + path}, Streams{Stdout: &said, Stderr: &said}); err != nil || said.String() != want {
				t.Errorf("%s says %q, %v", path, &said, err)
			}
		}
		delete(c.files, "/html/index.html")
		var said bytes.Buffer
		if _, err := p.Exec(t.Context(), []string{"curl", "-s", "localhost"}, Streams{Stdout: &said, Stderr: &said}); err != nil || said.String() != "ok" {
			t.Errorf("without the file it says %q, %v", &said, err)
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
