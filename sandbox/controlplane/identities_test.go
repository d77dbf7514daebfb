package controlplane

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

func open(t *testing.T, folder string) *authority {
	t.Helper()
	a, err := openAuthority(folder)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func leaf(t *testing.T, pair tls.Certificate) *x509.Certificate {
	t.Helper()
	certificate, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func TestCertificatesAreSignedByTheClustersAuthorityAndKept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "pki")
	a := open(t, folder)
	pair, err := a.client("learner", learnerUser, learnerGroup)
	if err != nil {
		t.Fatal(err)
	}
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM(a.pem)
	certificate := leaf(t, pair)
	usage := x509.VerifyOptions{Roots: authorities, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if _, err := certificate.Verify(usage); err != nil {
		t.Error(err)
	}
	if certificate.Subject.CommonName != "learner" || certificate.Subject.Organization[0] != "lab:learners" {
		t.Errorf("the subject is %s", certificate.Subject)
	}
	again, err := open(t, folder).client("learner", learnerUser, learnerGroup)
	if err != nil || !leaf(t, again).Equal(certificate) {
		t.Errorf("another start gave another certificate (%v)", err)
	}
}

func TestAServersCertificateHasItsNamesAndAddresses(t *testing.T) {
	pair, err := open(t, filepath.Join(t.TempDir(), "pki")).server("node-server", "system:node:n", []string{"n"}, "10.0.16.10")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"n", "10.0.16.10"} {
		if err := leaf(t, pair).VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
}

func TestAKubeconfigHasEverythingInIt(t *testing.T) {
	a := open(t, filepath.Join(t.TempDir(), "pki"))
	pair, err := a.client("checker", checkerUser)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := a.kubeconfig(file, "https://127.0.0.1:1", "lab", "checker", pair); err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", file)
	if err != nil {
		t.Fatal(err)
	}
	if config.Host != "https://127.0.0.1:1" || string(config.CAData) != string(a.pem) {
		t.Errorf("it leads to %s", config.Host)
	}
	if _, err := tls.X509KeyPair(config.CertData, config.KeyData); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v (%v)", info.Mode(), err)
	}
	if id := credentialID(pair); !strings.HasPrefix(id, "X509SHA256=") || len(id) != len("X509SHA256=")+64 {
		t.Errorf("the audit log would call it %s", id)
	}
}

func TestACredentialOfAComponentIsKnownAsSoonAsItIsIssuedAndForEver(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "pki")
	a := open(t, folder)
	known := func(pair tls.Certificate) bool {
		text, err := os.ReadFile(filepath.Join(folder, componentsFile))
		return err == nil && strings.Contains(string(text), `"credential":"`+credentialID(pair)+`"`)
	}
	issue := func(pair tls.Certificate, err error) tls.Certificate {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return pair
	}
	node, setup := issue(a.component("node-one", "system:node:one", "system:nodes")), issue(a.passing("setup", setupUser, "system:masters"))
	learner, admin := issue(a.client("learner", learnerUser)), issue(a.client("admin", adminUser))
	again := open(t, folder)
	if restarted := issue(again.passing("setup", setupUser)); credentialID(restarted) == credentialID(setup) || !known(restarted) {
		t.Error("the next start has the same identity, or one that is not known")
	}
	issue(again.component("node-one", "system:node:one", "system:nodes"))
	if !known(node) || !known(setup) || known(learner) || known(admin) {
		t.Errorf("known are the node's %t, the set-up's %t, the learner's %t, the admin's %t", known(node), known(setup), known(learner), known(admin))
	}
	text, err := os.ReadFile(filepath.Join(folder, componentsFile))
	if err != nil || strings.Count(string(text), "\n") != 3 {
		t.Errorf("the list is %s, %v", text, err)
	}
	if files, err := filepath.Glob(filepath.Join(folder, "setup*")); err != nil || len(files) > 0 {
		t.Errorf("of the set-up there is %v, %v", files, err)
	}
	// Sessions of an earlier version have certificates and no list.
	if err := os.Remove(filepath.Join(folder, componentsFile)); err != nil {
		t.Fatal(err)
	}
	issue(open(t, folder).component("node-one", "system:node:one", "system:nodes"))
	if !known(node) {
		t.Error("the certificate of an earlier version is not known")
	}
}

func TestAnIdentityHasANameAndNoPath(t *testing.T) {
	all := t.TempDir()
	a := open(t, filepath.Join(all, "pki"))
	for _, name := range []string{"", "..", "../beside", "/beside", "node-\x00", "node-" + strings.Repeat("a", 300)} {
		if _, err := a.component(name, "system:node:one"); err == nil {
			t.Errorf("%q was issued", name)
		}
		if _, err := a.server(name, "one", nil); err == nil {
			t.Errorf("%q was issued to a server", name)
		}
	}
	if entries, err := os.ReadDir(all); err != nil || len(entries) != 1 {
		t.Errorf("there is %v, %v", entries, err)
	}
}

func TestADamagedAuthorityIsAnErrorThatNamesItsFile(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "pki")
	open(t, folder)
	if err := os.WriteFile(filepath.Join(folder, "ca.crt"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openAuthority(folder); err == nil || !strings.Contains(err.Error(), "ca.crt") {
		t.Errorf("it says %v", err)
	}
}
