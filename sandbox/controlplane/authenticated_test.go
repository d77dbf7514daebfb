package controlplane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/apiserver/pkg/authentication/authenticator"
	x509request "k8s.io/apiserver/pkg/authentication/request/x509"
	"k8s.io/apiserver/pkg/authentication/user"
)

// counted counts how often somebody is authenticated.
type counted struct {
	authenticator.Request
	times int
}

func (c *counted) AuthenticateRequest(r *http.Request) (*authenticator.Response, bool, error) {
	c.times++
	return c.Request.AuthenticateRequest(r)
}

func requestWith(certificate *x509.Certificate) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if certificate != nil {
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{certificate}}
	}
	return r
}

func TestACertificateIsVerifiedOnceAndNothingElseIsRemembered(t *testing.T) {
	a := open(t, filepath.Join(t.TempDir(), "a"))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.pem)
	usage := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	real := &counted{Request: x509request.New(x509.VerifyOptions{Roots: roots, KeyUsages: usage}, x509request.CommonNameUserConversion)}
	learner := mustClient(t, a, "learner")
	stranger := mustClient(t, open(t, filepath.Join(t.TempDir(), "b")), "learner")
	known := &knownCertificates{of: real}
	for range 3 {
		said, ok, err := known.AuthenticateRequest(requestWith(learner))
		if err != nil || !ok || said.User.GetName() != "learner" {
			t.Fatalf("the learner is %+v, %v, %v", said, ok, err)
		}
		said.User = &user.DefaultInfo{Name: "changed by a filter"}
	}
	if real.times != 1 {
		t.Errorf("the learner's certificate was verified %d times", real.times)
	}
	for range 2 {
		if said, ok, err := known.AuthenticateRequest(requestWith(stranger)); ok || err == nil {
			t.Errorf("a certificate of another authority is %+v", said)
		}
		if said, ok, _ := known.AuthenticateRequest(requestWith(nil)); ok {
			t.Errorf("a request without a certificate is %+v", said)
		}
	}
	if real.times != 5 {
		t.Errorf("what no certificate proves was looked at %d times of 4", real.times-1)
	}
	ended := *learner
	ended.NotAfter = time.Now().Add(-time.Minute) // it is looked at before, and verified again
	if said, ok, err := known.AuthenticateRequest(requestWith(&ended)); ok || err == nil {
		t.Errorf("a certificate that ended is %+v", said)
	}
}

func TestATokenIsNotRememberedAsItsConnectionsCertificate(t *testing.T) {
	calls := 0
	byToken := authenticator.RequestFunc(func(*http.Request) (*authenticator.Response, bool, error) {
		calls++
		extra := map[string][]string{user.CredentialIDKey: {"JTI=1"}}
		return &authenticator.Response{User: &user.DefaultInfo{Name: "account", Extra: extra}}, calls == 1, nil
	})
	known := &knownCertificates{of: byToken}
	request := requestWith(mustClient(t, open(t, t.TempDir()), "learner")).WithContext(context.Background())
	_, first, _ := known.AuthenticateRequest(request)
	_, second, _ := known.AuthenticateRequest(request)
	if !first || second {
		t.Errorf("the token is taken %v, then %v", first, second)
	}
}

func mustClient(t *testing.T, a *authority, name string) *x509.Certificate {
	t.Helper()
	pair, err := a.client(name, name)
	if err != nil {
		t.Fatal(err)
	}
	return leaf(t, pair)
}
