package session

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"

	"sandbox/config"
)

func port(t *testing.T, listener net.Listener) int {
	t.Helper()
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().(*net.TCPAddr).Port
}

func TestThePortIsRemembered(t *testing.T) {
	folder := t.TempDir()
	first, err := listen(folder, 0)
	if err != nil {
		t.Fatal(err)
	}
	number := port(t, first)
	first.Close()
	second, err := listen(folder, 0)
	if err != nil {
		t.Fatal(err)
	}
	if again := port(t, second); again != number {
		t.Errorf("first %d, then %d", number, again)
	}
}

func TestATakenPortIsOneClearSentence(t *testing.T) {
	other, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taken := strconv.Itoa(port(t, other))
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "port"), []byte(taken), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = listen(folder, 0)
	wanted := "port " + taken + " on 127.0.0.1 is taken by another program: end it, or remove the file `" + folder + "/port` for another port"
	if err == nil || err.Error() != wanted {
		t.Errorf("it says %v", err)
	}
	_, err = listen(folder, port(t, other))
	wanted = "port " + taken + " on 127.0.0.1 is taken by another program: end it, or configure another port"
	if err == nil || err.Error() != wanted {
		t.Errorf("it says %v", err)
	}
}

func TestADamagedPortFileGivesAFreePort(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "port"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := listen(folder, 0)
	if err != nil {
		t.Fatal(err)
	}
	if port(t, listener) == 0 {
		t.Error("no port")
	}
}

func TestAFolderHasOneSandbox(t *testing.T) {
	folder := t.TempDir()
	lock, err := takeLock(folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := takeLock(folder); err == nil || err.Error() != "another sandbox runs in `"+folder+"`" {
		t.Errorf("the second says %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "lock")); err != nil || string(text) != strconv.Itoa(os.Getpid()) {
		t.Errorf("the lock says %q, %v", text, err)
	}
	lock.Close()
	if lock, err = takeLock(folder); err != nil {
		t.Error(err)
	}
	lock.Close()
}

func TestAFolderThatIsNotThereIsNamed(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "absent")
	if err := checkSpace(folder); err == nil || !strings.Contains(err.Error(), folder) {
		t.Errorf("it says %v", err)
	}
}

// sample is a session that has not started.
func sample(t *testing.T) *Session {
	t.Helper()
	return &Session{nodes: map[string]*member{}, change: make(change, 1), config: &config.Config{
		Folder:  t.TempDir(),
		Subnets: []config.Subnet{{Name: "a", Zone: "eu-west-1a", CIDR: "10.0.16.0/24"}},
		Nodes: []config.Node{
			{Name: "two", Address: "10.0.16.12", Subnet: "a", CapacityType: "SPOT"}, {Name: "one", Address: "10.0.16.9", Subnet: "a", CapacityType: "SPOT"},
		},
	}}
}

func TestNodesAreThoseOfTheConfigurationUntilTheyAreRemembered(t *testing.T) {
	s := sample(t)
	wanted, err := s.wantedNodes()
	if err != nil || len(wanted) != 2 || wanted[0].Folder != "two" {
		t.Fatalf("wanted %+v, %v", wanted, err)
	}
	wanted[1].Stopped = true
	if err := s.enter(wanted[1:]); err != nil {
		t.Fatal(err)
	}
	remembered, err := s.wantedNodes()
	if err != nil || len(remembered) != 1 || remembered[0].Spec.Name != "one" || !remembered[0].Stopped || remembered[0].Folder != "one" {
		t.Errorf("remembered %+v, %v", remembered, err)
	}
}

func TestTheFolderOfARemovedNodeIsNotGivenAgainAndGoesAtTheNextStart(t *testing.T) {
	s := sample(t)
	if err := s.removeLeftovers(nil); err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []string{"three", "three.2", "three.3"} {
		if folder, err := s.newFolder("three"); err != nil || folder != wanted {
			t.Errorf("the folder is %s, %v", folder, err)
		}
	}
	if err := s.removeLeftovers([]*member{{Folder: "three.2"}}); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(s.nodesFolder(), "*")); err != nil || len(left) != 1 || filepath.Base(left[0]) != "three.2" {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestANodeThatDoesNotFitOrIsNotThereIsRefused(t *testing.T) {
	s := sample(t)
	if err := s.enter([]*member{{Spec: s.config.Nodes[0]}}); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		spec config.Node
		says string
	}{
		"its name is taken":    {config.Node{Name: "two", Address: "10.0.16.20", Subnet: "a", CapacityType: "SPOT"}, "node `two` has this name or address already"},
		"its address is taken": {config.Node{Name: "three", Address: "10.0.16.12", Subnet: "a", CapacityType: "SPOT"}, "node `two` has this name or address already"},
		"of no subnet":         {config.Node{Name: "three", Address: "10.0.16.20", Subnet: "b", CapacityType: "SPOT"}, "no subnet named `b`; there are: a"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := s.AddNode(t.Context(), test.spec); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("it says %v", err)
			}
		})
	}
	for _, err := range []error{s.StopNode("none"), s.StartNode("none"), s.RemoveNode(t.Context(), "none")} {
		if !errors.Is(err, ErrNoSuchNode) {
			t.Errorf("it says %v", err)
		}
	}
	if _, err := s.dialNode(context.Background(), "10.0.16.99"); err == nil || !strings.Contains(err.Error(), "10.0.16.99") {
		t.Errorf("dialling nobody says %v", err)
	}
}

func TestANodeIsReadyWhenItSaysSoAndItsTaintIsOff(t *testing.T) {
	ready := v1.NodeStatus{Conditions: []v1.NodeCondition{{Type: v1.NodeReady, Status: v1.ConditionTrue}}}
	tainted := v1.NodeSpec{Taints: []v1.Taint{{Key: v1.TaintNodeNotReady, Effect: v1.TaintEffectNoSchedule}}}
	for name, test := range map[string]struct {
		node v1.Node
		is   bool
	}{
		"new": {v1.Node{}, false}, "ready": {v1.Node{Status: ready}, true}, "ready but tainted": {v1.Node{Status: ready, Spec: tainted}, false},
	} {
		if isReady(&test.node) != test.is {
			t.Errorf("%s is ready: %t", name, !test.is)
		}
	}
}
