package agnhost

// This file is what asks the API server as any Pod does: by its variables, with the token and the authority of its
// ServiceAccount.

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// account is where a Pod finds its ServiceAccount.
const account = "/var/run/secrets/kubernetes.io/serviceaccount/"

// ask gets a path of the API server with the token of now; a path that begins with a scheme is asked of whom it names.
func (p *program) ask(path string) (text []byte, authorization string, err error) {
	token, err := p.ReadFile(account + "token")
	if err != nil {
		return nil, "", err
	}
	authority, err := p.ReadFile(account + "ca.crt")
	if err != nil {
		return nil, "", err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	if strings.HasPrefix(path, "/") {
		path = "https://" + net.JoinHostPort(p.variable("KUBERNETES_SERVICE_HOST"), p.variable("KUBERNETES_SERVICE_PORT")) + path
	}
	request, err := http.NewRequestWithContext(p.ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, "", err
	}
	authorization = "Bearer " + strings.TrimSpace(string(token))
	request.Header.Set("Authorization", authorization)
	answer, err := p.client(roots).Do(request)
	if err != nil {
		return nil, authorization, err
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, text)
	}
	return text, authorization, err
}

// inClusterClient asks for `/healthz` again and again, and logs a digest of the token that it asked with.
func inClusterClient(p *program) func() int {
	seconds := p.flags.Int("poll-interval", 30, "")
	return func() int {
		p.log.Print("started")
		tick := time.NewTicker(time.Duration(max(1, *seconds)) * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-p.ctx.Done():
				return 0
			}
			p.log.Print("calling /healthz")
			text, authorization, err := p.ask("/healthz")
			digest := sha256.Sum256([]byte("salt|" + authorization))
			p.log.Print("authz_header=" + base64.RawURLEncoding.EncodeToString(digest[:]))
			if err != nil {
				p.log.Printf("status=failed\nerror checking /healthz: %v\n%s", err, text)
			}
		}
	}
}

// claims are those of a token that are read.
type claims struct {
	Issuer   string   `json:"iss"`
	Audience []string `json:"aud"`
	Expires  int64    `json:"exp"`
}

// issuerDiscovery finds the keys of a token's issuer as OpenID Connect says, and verifies the token by them.
// https://openid.net/specs/openid-connect-discovery-1_0.html
func issuerDiscovery(p *program) func() int {
	path := p.flags.String("token-path", "", "")
	audience := p.flags.String("audience", "", "")
	return func() int {
		token, err := p.ReadFile(*path)
		if err != nil {
			return p.fatal(err)
		}
		p.log.Print("OK: Got token")
		said, err := p.verify(strings.TrimSpace(string(token)))
		switch {
		case err != nil:
			return p.fatal(fmt.Errorf("failed to validate with in-cluster discovery: %w", err))
		case !slices.Contains(said.Audience, *audience):
			return p.fatal(fmt.Errorf("expected audience %q got %q", *audience, said.Audience))
		case time.Now().Unix() > said.Expires:
			return p.fatal(errors.New("token is expired"))
		}
		p.log.Print("OK: Got valid claims from token!")
		return 0
	}
}

func (p *program) verify(token string) (said claims, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return said, errors.New("the token is no JWT")
	}
	var head struct {
		Algorithm string `json:"alg"`
		Key       string `json:"kid"`
	}
	if err := errors.Join(decode(parts[0], &head), decode(parts[1], &said)); err != nil {
		return said, err
	}
	p.log.Printf("OK: got issuer %s", said.Issuer)
	var about struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := p.askJSON(said.Issuer+"/.well-known/openid-configuration", &about); err != nil {
		return said, err
	}
	if about.Issuer != said.Issuer {
		return said, fmt.Errorf("issuer did not match: expected %q got %q", said.Issuer, about.Issuer)
	}
	p.log.Printf("OK: Constructed OIDC provider for issuer %v", said.Issuer)
	var set struct {
		Keys []struct{ Kid, N, E string }
	}
	if err := p.askJSON(about.Keys, &set); err != nil {
		return said, err
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return said, err
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	for _, key := range set.Keys {
		modulus, err := base64.RawURLEncoding.DecodeString(key.N)
		exponent, errE := base64.RawURLEncoding.DecodeString(key.E)
		if err != nil || errE != nil || key.Kid != head.Key || head.Algorithm != "RS256" {
			continue
		}
		public := &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: int(new(big.Int).SetBytes(exponent).Int64())}
		if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature); err != nil {
			return said, err
		}
		p.log.Print("OK: Validated signature on JWT")
		return said, nil
	}
	return said, fmt.Errorf("the issuer has no key %q for %s", head.Key, head.Algorithm)
}

func (p *program) askJSON(path string, into any) error {
	text, _, err := p.ask(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

func decode(part string, into any) error {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
