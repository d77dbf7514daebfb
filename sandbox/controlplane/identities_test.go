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
