package workload

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sandbox/wire"
)

// shop is an HTTP server: `/old` leads to `/new`, `/slow` takes three seconds, and `/said` tells what it was asked.
func shop() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/old", http.RedirectHandler("/new", http.StatusFound))
	mux.Handle("/loop", http.RedirectHandler("/loop", http.StatusFound))
	mux.HandleFunc("/new", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, r.Method, "new") })
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(3 * time.Second):
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/said", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintln(w, r.Method, r.Host, r.UserAgent(), r.Header["Accept"], r.Header["Authorization"], r.Header["Content-Type"], string(body), err)
	})
	return mux
}

// alwaysNow leaves out the one header that depends on the clock.
func alwaysNow(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		next.ServeHTTP(w, r)
	})
}

// addressOfShop is who listens; who asks does not matter.
var addressOfShop = netip.MustParseAddrPort("10.100.3.4:80")

func TestCurlOnANetwork(t *testing.T) {
	m := parse(t, "steps: []\nexec: [curl]\n")
	for _, c := range []struct {
		command        string
		code           int
		stdout, stderr string
	}{
		{"curl http://shop/old", 0, "<a href=\"/new\">Found</a>.\n\n", ""},
		{"curl -sL http://shop/old", 0, "GET new\n", ""},
		{"curl -sL -d a=b http://shop/old", 0, "GET new\n", ""},
		{"curl -sL http://shop/loop", 47, "", ""},
		{"curl -s -o /dev/null -w %{http_code}%{redirect_url} shop/old", 0, "302http://shop/new", ""},
		{"curl -sLo /dev/null -w %{num_redirects}%{url_effective} shop/old", 0, "1http://shop/new", ""},
		{"curl -s shop/said", 0, "GET shop curl/8.5.0 [*/*] [] []  <nil>\n", ""},
		{"curl -s -H Host:till.example.com -A me -u a:b -H Accept: shop/said", 0, "GET till.example.com me [] [Basic YTpi] []  <nil>\n", ""},
		{"curl -s -d a=b --data c=d shop/said", 0, "POST shop curl/8.5.0 [*/*] [] [application/x-www-form-urlencoded] a=b&c=d <nil>\n", ""},
		{"curl -s -X PUT -d @/etc/note -H Content-Type:text/plain shop/said", 0, "PUT shop curl/8.5.0 [*/*] [] [text/plain] text <nil>\n", ""},
		{"curl -s -d @/no shop/said", 26, "", "curl: option -d: error encountered when reading a file\n"},
		{"curl -s --resolve other:80:10.100.3.4 http://other/new", 0, "GET new\n", ""},
		{"curl --resolve other http://other/new", 49, "", "curl: (49) Couldn't parse CURLOPT_RESOLVE entry 'other'\n"},
		{"curl -m 1 shop/slow", 28, "", "curl: (28) Operation timed out after 1000 milliseconds with 0 bytes received\n"},
		{"curl --connect-timeout 2 http://shop:81/", 28, "", "curl: (28) Connection timed out after 2000 milliseconds\n"},
		{"curl http://missing/", 6, "", "curl: (6) Could not resolve host: missing\n"},
		{"curl https://shop:86/new", 35, "", "curl: (35) OpenSSL: error:0A00010B:SSL routines::wrong version number\n"},
		{"curl --cacert /etc/note https://shop/new", 77, "", "curl: (77) error setting certificate verify locations:  CAfile: /etc/note CApath: none\n"},
		{"curl -s -w %{time_namelookup},%{time_connect},%{time_starttransfer},%{time_total},%{remote_ip}:%{remote_port},%{size_download}\\n shop/slow", 0,
			"0.000000,0.000000,3.000000,3.000000,10.100.3.4:80,0\n", ""},
		{"curl -s -o /dev/null -w %{nonsense} shop/new", 0, "", "curl: unknown --write-out variable: 'nonsense'\n"},
		{"curl -sv http://shop/new", 0, "GET new\n", strings.ReplaceAll(`* Host shop:80 was resolved.
* IPv6: (none)
* IPv4: 10.100.3.4
*   Trying 10.100.3.4:80...
* Connected to shop (10.100.3.4) port 80
> GET /new HTTP/1.1~
> Host: shop~
> User-Agent: curl/8.5.0~
> Accept: */*~
> ~
< HTTP/1.1 200 OK~
< Content-Length: 8~
< Content-Type: text/plain; charset=utf-8~
< ~
* Connection #0 to host shop left intact
`, "~", "\r")},
		{"curl -v http://shop:84/", 7, "", `* Host shop:84 was resolved.
* IPv6: (none)
* IPv4: 10.100.3.4
*   Trying 10.100.3.4:84...
* connect to 10.100.3.4 port 84 failed: Connection refused
* Failed to connect to shop port 84 after 0 ms: Couldn't connect to server
* Closing connection
curl: (7) Failed to connect to shop port 84 after 0 ms: Couldn't connect to server
`},
	} {
		synctest.Test(t, func(t *testing.T) {
			listener := wire.NewListener(addressOfShop, func() {})
			server := &http.Server{Handler: alwaysNow(shop())}
			go server.Serve(listener)
			defer server.Close()
			world := asking("")
			world.files = map[string]string{"/etc/note": "text\n"}
			world.lookups["shop"] = "10.100.3.4"
			world.others["10.100.3.4:80"] = func() (net.Conn, error) { return listener.Connect(addressOfShop), nil }
			world.others["10.100.3.4:86"] = func() (net.Conn, error) {
				near, far := net.Pipe()
				go func() {
					defer far.Close()
					far.Read(make([]byte, 1<<14))
					io.WriteString(far, "HTTP/1.1 400 Bad Request\r\n\r\n")
				}()
				return near, nil
			}
			delete(world.others, "10.100.3.4:81")
			p := start(t, m, world, Options{})
			var stdout, stderr bytes.Buffer
			code, err := p.Exec(t.Context(), strings.Fields(c.command), Streams{Stdout: &stdout, Stderr: &stderr})
			if err != nil || code != c.code || stdout.String() != c.stdout || stderr.String() != c.stderr {
				t.Errorf("%s: %d, %v\nstdout %q, want %q\nstderr %q, want %q", c.command, code, err, stdout.String(), c.stdout, stderr.String(), c.stderr)
			}
		})
	}
}
