package agnhost

// This file is guestbook: a store of words with replicas, and a front that writes to the one and reads from the others.

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// registersWithin is how long a replica looks for its primary, registersAgain how long it waits between two tries.
const (
	registersWithin = 15 * time.Second
	registersAgain  = time.Second
)

// book is one guestbook.
type book struct {
	*program
	// backend is the port of the others.
	backend string

	mu       sync.Mutex
	store    map[string]any
	replicas []string
}

func guestbook(p *program) func() int {
	b := &book{program: p, store: map[string]any{}}
	port := p.flags.Int("http-port", 80, "")
	p.flags.StringVar(&b.backend, "backend-port", "6379", "")
	primary := p.flags.String("replicaof", "", "")
	return func() int {
		if *primary != "" {
			go func() {
				if err := b.register(*primary); err != nil {
					p.exit(p.fatal(err))
				}
			}()
		}
		routes := http.NewServeMux()
		routes.HandleFunc("/register", b.enter)
		routes.HandleFunc("/get", b.read)
		routes.HandleFunc("/set", b.write)
		routes.HandleFunc("/guestbook", b.front)
		return p.fatal(p.serve(*port, nil, routes))
	}
}

// register tells the primary where this replica is, and takes over what it has.
func (b *book) register(primary string) error {
	end := time.After(registersWithin)
	for {
		err := b.tryToRegister(primary)
		if err == nil {
			b.log.Printf("Registered to node: %s", primary)
			return nil
		}
		b.log.Printf("encountered error while registering to primary: %v. Retrying in %s.", err, registersAgain)
		select {
		case <-time.After(registersAgain):
		case <-end:
			return errors.New("Timed out while registering to primary.")
		case <-b.ctx.Done():
			return nil
		}
	}
}

func (b *book) tryToRegister(primary string) error {
	_, addresses, err := b.Lookup(b.ctx, b.Hostname())
	if err != nil {
		return err
	}
	text, err := b.get("http://" + net.JoinHostPort(primary, b.backend) + "/register?host=" + addresses[0])
	if err != nil {
		return err
	}
	var said struct{ Data map[string]any }
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, value := range said.Data {
		b.store[key] = value
	}
	return nil
}

func (b *book) enter(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fmt.Fprint(w, inJSON(map[string]any{"data": b.store}))
	b.replicas = append(b.replicas, r.FormValue("host"))
	b.log.Printf("Node '%s' registered.", r.FormValue("host"))
}

func (b *book) read(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var said any = b.store
	if key := r.FormValue("key"); key != "" {
		if said = b.store[key]; said == nil {
			said = ""
		}
	}
	fmt.Fprint(w, inJSON(map[string]any{"data": said}))
}

func (b *book) write(w http.ResponseWriter, r *http.Request) {
	key, value := r.FormValue("key"), r.FormValue("value")
	if key == "" {
		http.Error(w, "cannot set with empty key.", http.StatusBadRequest)
		return
	}
	b.mu.Lock()
	b.store[key] = value
	replicas := b.replicas
	b.mu.Unlock()
	for _, replica := range replicas {
		if _, err := b.get("http://" + net.JoinHostPort(replica, b.backend) + "/set?" + pair(key, value)); err != nil {
			http.Error(w, fmt.Sprintf("encountered error while propagating to replica '%s': %v", replica, err), http.StatusExpectationFailed)
			return
		}
	}
	fmt.Fprint(w, inJSON(map[string]string{"message": "Updated"}))
}

func pair(key, value string) string { return url.Values{"key": {key}, "value": {value}}.Encode() }

// front hands a request on.
func (b *book) front(w http.ResponseWriter, r *http.Request) {
	backs := map[string]string{"get": "agnhost-replica", "set": "agnhost-primary"}
	wish := r.FormValue("cmd")
	if backs[wish] == "" || wish == "set" && r.FormValue("key") == "" {
		http.Error(w, fmt.Sprintf("unsupported cmd: '%s'", wish), http.StatusBadRequest)
		return
	}
	said, err := b.get("http://" + net.JoinHostPort(backs[wish], b.backend) + "/" + wish + "?" + pair(r.FormValue("key"), r.FormValue("value")))
	if err != nil {
		http.Error(w, fmt.Sprintf("encountered error: %v", err), http.StatusExpectationFailed)
		return
	}
	fmt.Fprint(w, said)
}
