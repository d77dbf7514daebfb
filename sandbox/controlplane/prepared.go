package controlplane

// The prepared datastore: an etcd that already holds what Kubernetes itself makes in a new cluster (roles, priority
// classes, its own Service), so that a start skips creating it piece by piece, and the races in it. It belongs to one
// version of Kubernetes; nothing of ours is in it, so a change of ours never makes it stale.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"k8s.io/component-base/version"

	"sandbox/disk"
)

// completeMark is written last: a prepared datastore without it was cut off.
const completeMark = "complete"

// stamp is what the mark says: the version of Kubernetes that made the datastore.
func stamp() string { return version.Get().GitVersion + "\n" }

// IsPrepared says whether folder holds a whole prepared datastore of this version of Kubernetes.
func IsPrepared(folder string) bool {
	text, err := os.ReadFile(filepath.Join(folder, completeMark))
	return err == nil && string(text) == stamp()
}

// Prepare makes a prepared datastore of an emulated version in target. Does *not* fail when it is there already, also
// when another process makes it at the same time.
func Prepare(ctx context.Context, kubernetes, serviceCIDR, target string, log *slog.Logger) (err error) {
	if IsPrepared(target) {
		return nil
	}
	work := fmt.Sprintf("%s.tmp-%d", target, os.Getpid())
	if err := os.MkdirAll(work, 0o700); err != nil {
		return fmt.Errorf("failed to make a folder for the prepared datastore: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("failed to listen on loopback: %w", err)
	}
	noNode := func(context.Context, string) (net.Conn, error) { return nil, errors.New("no nodes here") }
	plane, err := Start(ctx, Options{
		Folder: work, ClusterName: "prepared", Region: "none", Kubernetes: kubernetes, Version: "v" + kubernetes, ServiceCIDR: serviceCIDR,
		Listener: listener, Bare: true, DialNode: noNode, Used: func() {}, Log: log,
	})
	if err != nil {
		return err
	}
	if err := errors.Join(plane.forgetIdentity(ctx), plane.Stop()); err != nil {
		return err
	}
	return keep(filepath.Join(work, "etcd"), target)
}

// forgetIdentity deletes the Namespace kube-system but not what is in it. The API server of each cluster makes it again,
// and its UID, which is by custom the cluster's identity, is then the cluster's own. Events go as well: they would look
// like old trouble of each cluster.
func (c *ControlPlane) forgetIdentity(ctx context.Context) error {
	c.endAPI() // it would make the Namespace again
	for _, request := range []*etcdserverpb.DeleteRangeRequest{
		{Key: []byte("/registry/namespaces/kube-system")},
		{Key: []byte("/registry/events/"), RangeEnd: []byte("/registry/events0")}, // `0` follows `/`
	} {
		if _, err := c.etcd.Server.DeleteRange(ctx, request); err != nil {
			return fmt.Errorf("failed to delete `%s` of the prepared datastore: %w", request.Key, err)
		}
	}
	return nil
}

// keep copies a datastore to target, all or nothing.
func keep(datastore, target string) error {
	if err := disk.Write(filepath.Join(datastore, completeMark), []byte(stamp())); err != nil {
		return fmt.Errorf("failed to mark the prepared datastore: %w", err)
	}
	if IsPrepared(target) {
		return nil
	}
	if err := os.RemoveAll(target); err != nil {
		return fmt.Errorf("failed to remove the half prepared datastore `%s`: %w", target, err)
	}
	if err := os.Rename(datastore, target); err != nil && !IsPrepared(target) {
		return fmt.Errorf("failed to keep the prepared datastore `%s`: %w", target, err)
	}
	return nil
}

// unpack copies the prepared datastore where there is none yet, and says whether the datastore came from one.
func unpack(o Options) (bool, error) {
	mark := filepath.Join(o.Folder, "etcd", completeMark)
	_, err := os.Stat(filepath.Join(o.Folder, "etcd"))
	if err == nil || o.Prepared == "" {
		_, err := os.Stat(mark)
		return err == nil, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if _, err := os.Stat(filepath.Join(o.Prepared, completeMark)); err != nil {
		return false, fmt.Errorf("`%s` is no prepared datastore: %w", o.Prepared, err)
	}
	if !IsPrepared(o.Prepared) {
		return false, fmt.Errorf("`%s` was prepared by another version of this program: prepare it again", o.Prepared)
	}
	temporary := filepath.Join(o.Folder, "etcd.new")
	if err := os.RemoveAll(temporary); err != nil {
		return false, err
	}
	if err := os.CopyFS(temporary, os.DirFS(o.Prepared)); err != nil {
		return false, fmt.Errorf("failed to copy the prepared datastore `%s`: %w", o.Prepared, err)
	}
	return true, os.Rename(temporary, filepath.Join(o.Folder, "etcd"))
}
