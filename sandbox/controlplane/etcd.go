package controlplane

// The datastore: an embedded etcd on unix sockets in the session's folder.

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/storage/wal"
)

// etcdSocket is relative to the folder: etcd takes no absolute path for a unix socket.
const etcdSocket = "unix://etcd:0"

// startEtcd starts etcd on folder/etcd and returns when it serves.
func startEtcd(folder string) (*embed.Etcd, error) {
	wal.SegmentSizeBytes = 4 << 20 // the default preallocates 64 MB
	c := embed.NewConfig()
	c.Dir = filepath.Join(folder, "etcd")
	client, peer := mustURL(etcdSocket), mustURL("unix://peer:0")
	c.ListenClientUrls, c.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	c.ListenPeerUrls, c.AdvertisePeerUrls = []url.URL{peer}, []url.URL{peer}
	c.InitialCluster = c.InitialClusterFromName(c.Name)
	c.UnsafeNoFsync = true // power loss is not promised
	c.LogLevel = "error"
	// A lone member elects itself within five ticks; each tick wakes the processor.
	c.TickMs, c.ElectionMs = 25, 125
	for _, socket := range []string{"etcd:0", "peer:0"} {
		if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("failed to remove the old socket `%s`: %w", socket, err)
		}
	}
	e, err := embed.StartEtcd(c)
	if err != nil {
		return nil, fmt.Errorf("failed to start etcd on `%s`: %w", c.Dir, err)
	}
	select {
	case <-e.Server.ReadyNotify():
		return e, nil
	case err := <-e.Err():
		return nil, fmt.Errorf("etcd on `%s` ended: %w", c.Dir, err)
	case <-time.After(30 * time.Second):
		e.Close()
		return nil, fmt.Errorf("etcd on `%s` did not become ready in 30 s", c.Dir)
	}
}

func mustURL(text string) url.URL {
	parsed, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return *parsed
}
