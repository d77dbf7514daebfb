// Package session runs one whole sandbox: the control plane and its nodes, from a configuration, in a folder.
//
// It puts the other packages together. It must not know what a lab is, and it prints nothing: progress goes to
// the caller's function.
package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/kubernetes"

	"sandbox/config"
	"sandbox/controlplane"
	"sandbox/disk"
	"sandbox/eks"
	"sandbox/fabric"
	"sandbox/metrics"
	"sandbox/subnet"
	"sandbox/volumes"
	"sandbox/workload"
)

// KubernetesVersion is the version of Kubernetes that is linked in.
const KubernetesVersion = "v1.36.3"

// nodesDeadline is how long all nodes together may take to become Ready.
const nodesDeadline = 2 * time.Minute

// Progress is one step of a start.
type Progress struct {
	// Phase is "starting", "control-plane", "nodes", "system" or "ready".
	Phase string `json:"phase"`
	// Ready and Wanted count nodes in phase "nodes" and the Pods of kube-system in phase "system".
	Ready  int `json:"ready,omitempty"`
	Wanted int `json:"wanted,omitempty"`
	// Lacking has a line for each Pod of kube-system that is not ready, at the end of the phase "system" of a cluster that was there
	// before: its owner may have broken it.
	Lacking []string `json:"lacking,omitempty"`
}

// Session is a running sandbox.
type Session struct {
	config    *config.Config
	log       *slog.Logger
	startedAt time.Time
	plane     *controlplane.ControlPlane
	client    kubernetes.Interface
	cloud     kubernetes.Interface
	models    *workload.Catalogue
	pools     map[string]*subnet.Pool
	volumes   *volumes.Store
	network   *fabric.Fabric
	// objects are what is followed of the API server; unset before that.
	objects atomic.Pointer[followed]
	// endDriver and endNetwork end what watches the API server; unset before it was started.
	endDriver, endNetwork context.CancelFunc
	context               context.Context
	end                   context.CancelFunc
	usage                 usage
	lock                  *os.File

	change change     // taken while a node is added, whose name and address are checked before, or removed
	mutex  sync.Mutex // guards client at the start, and phase and nodes, which the API changes while the session runs
	phase  string
	nodes  map[string]*member
}

// Up starts a session and returns when the cluster is up: its nodes are Ready, and in a new one every Pod of kube-system. ctx bounds
// the start, not the session: Stop ends it. At each signal that comes by asked, from the beginning on, WriteBeliefs is done.
//
// # Errors
// When another process runs on the folder, the port is taken, or a part cannot start; nothing is left running. A NotUpError says which
// Pods of kube-system are not ready.
func Up(ctx context.Context, c *config.Config, log *slog.Logger, report func(Progress), asked <-chan os.Signal) (*Session, error) {
	if err := checkSpace(c.Folder); err != nil {
		return nil, err
	}
	lock, err := takeLock(c.Folder)
	if err != nil {
		return nil, err
	}
	s := &Session{config: c, log: log, startedAt: time.Now(), pools: map[string]*subnet.Pool{}, nodes: map[string]*member{}, change: make(change, 1), lock: lock}
	s.context, s.end = context.WithCancel(context.Background())
	s.usage.touch()
	go s.tellWhenAsked(asked)
	stop := context.AfterFunc(ctx, s.end)
	defer stop()
	if err := s.start(ctx, report); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Session) start(ctx context.Context, report func(Progress)) error {
	note := func(p Progress) {
		s.setPhase(p.Phase)
		report(p)
	}
	note(Progress{Phase: "starting"})
	if err := removeReady(s.config.Folder); err != nil {
		return err
	}
	var err error
	if s.models, err = workload.LoadCatalogue(s.config.Images); err != nil {
		return err
	}
	if s.volumes, err = volumes.OpenStore(filepath.Join(s.config.Folder, "volumes")); err != nil {
		return err
	}
	wanted, err := s.wantedNodes()
	if err != nil {
		return err
	}
	if err := s.openPools(wanted); err != nil {
		return err
	}
	if err := s.removeLeftovers(wanted); err != nil {
		return err
	}
	listener, err := listen(s.config.Folder, s.config.Port)
	if err != nil {
		return err
	}
	note(Progress{Phase: "control-plane"})
	if err := s.startControlPlane(listener); err != nil {
		return err
	}
	if err := s.startNetwork(); err != nil {
		return err
	}
	isNew := !exists(s.addOnsMark())
	note(Progress{Phase: "nodes", Wanted: len(wanted)})
	installed := make(chan error, 1)
	go func() { installed <- s.installAddOns() }()
	err = s.startNodes(ctx, wanted, func(ready int) { note(Progress{Phase: "nodes", Ready: ready, Wanted: len(wanted)}) })
	if err := errors.Join(err, <-installed); err != nil {
		return err
	}
	s.plane.Schedule(ctx, running(wanted))
	if err := s.awaitUp(ctx, isNew, note); err != nil {
		return err
	}
	if err := s.writeReady(ctx); err != nil {
		return err
	}
	s.setPhase("ready")
	return nil
}

func (s *Session) setPhase(phase string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.phase = phase
}

func (s *Session) startControlPlane(listener net.Listener) error {
	plane, err := controlplane.Start(s.context, controlplane.Options{
		Folder: s.config.Folder, Prepared: s.config.Prepared,
		ClusterName: s.config.ClusterName, Region: s.config.Region,
		Kubernetes: s.config.Kubernetes, Version: KubernetesVersion + "-eks-efcacff",
		ServiceCIDR: s.config.ServiceCIDR, Listener: listener, Audit: s.config.Audit,
		DialNode: s.dialNode, DialPod: s.dialPod, Used: s.usage.touch, Given: s.volumes.Give, Log: s.log,
		Install: func(server *genericapiserver.GenericAPIServer) error { return metrics.Install(server, used{s}) },
	})
	if err != nil {
		return err
	}
	s.plane = plane
	client, err := plane.Client()
	if err != nil {
		return err
	}
	s.mutex.Lock()
	s.client = client
	s.mutex.Unlock()
	if s.cloud, err = plane.CloudClient(); err != nil {
		return err
	}
	driver, end := context.WithCancel(s.context)
	s.endDriver = end
	go volumes.NewController(s.cloud, s.volumes, s.log).Run(driver)
	return nil
}

// installAddOns applies EKS's add-ons to a new datastore, once: later a learner may have changed them.
func (s *Session) installAddOns() error {
	if exists(s.addOnsMark()) {
		return nil
	}
	err := eks.AddOns(s.context, s.client, eks.AddOnOptions{
		Region: s.config.Region, Cluster: s.config.ClusterName, ClusterDNS: eks.ClusterDNS, Server: s.plane.Server(), NetworkPolicies: s.config.NetworkPolicies,
		Corefile: s.config.Corefile,
	})
	if err != nil {
		return err
	}
	return disk.Write(s.addOnsMark(), nil)
}

func (s *Session) addOnsMark() string { return filepath.Join(s.config.Folder, "etcd", "add-ons") }

// Stop ends nodes, scheduler, controllers, API server and etcd, in this order. Containers are not ended: the next
// start on the folder resumes them.
func (s *Session) Stop() error {
	s.mutex.Lock()
	s.phase = "stopping"
	nodes := make([]*member, 0, len(s.nodes))
	for _, n := range s.nodes {
		nodes = append(nodes, n)
	}
	s.mutex.Unlock()
	var problems []error
	for _, n := range nodes {
		problems = append(problems, n.freeze())
	}
	for _, end := range []context.CancelFunc{s.endDriver, s.endNetwork} {
		if end != nil {
			end() // its watches would hold the API server
		}
	}
	s.closePools()
	if s.plane != nil {
		problems = append(problems, s.plane.Stop())
	}
	s.end()
	problems = append(problems, removeReady(s.config.Folder), s.lock.Close())
	return errors.Join(problems...)
}

// Failed tells when a component ended by itself.
func (s *Session) Failed() <-chan error { return s.plane.Failed() }

// Settle does what the start has left for later, when whoever wanted the cluster has set it up.
func (s *Session) Settle() { s.plane.Settle() }

// Idle is how long nobody has used the session, counted while the machine is awake.
func (s *Session) Idle() time.Duration { return s.usage.idle() }

// AdminKubeconfig is the path of the kubeconfig with all rights.
func (s *Session) AdminKubeconfig() string {
	return filepath.Join(s.config.Folder, "admin.kubeconfig")
}

// ready is the readiness file.
type ready struct {
	FormatVersion int       `json:"format_version"`
	PID           int       `json:"pid"`
	Server        string    `json:"server"`
	Kubernetes    string    `json:"kubernetes"`
	ClusterID     string    `json:"cluster_id"`
	StartedAt     time.Time `json:"started_at"`
}

func (s *Session) writeReady(ctx context.Context) error {
	namespace, err := s.client.CoreV1().Namespaces().Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("failed to read the cluster's identity: %w", err)
	}
	return writeJSON(filepath.Join(s.config.Folder, "ready.json"), ready{
		FormatVersion: 1, PID: os.Getpid(), Server: s.plane.Server(), Kubernetes: KubernetesVersion,
		ClusterID: string(namespace.UID), StartedAt: s.startedAt.UTC(),
	})
}

func removeReady(folder string) error {
	err := os.Remove(filepath.Join(folder, "ready.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func writeJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return disk.Write(path, append(text, '\n'))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
