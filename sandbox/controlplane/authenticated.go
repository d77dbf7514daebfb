package controlplane

// Who a client is by its certificate, found out once for each certificate. A real API server verifies the signatures at every request, which
// its clients in other processes hardly feel; here they share its processor. It must not know who anybody is.

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
	"time"

	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/user"
)

// byCertificate begins the credential's id in what a certificate's verification says.
const byCertificate = "X509SHA256="

// knownCertificates remembers what was said of a certificate until it ends. The cluster's authority never changes while the process runs,
// and nothing revokes a certificate; so nothing else can change the answer. What a token says is not remembered.
type knownCertificates struct {
	of    authenticator.Request
	known sync.Map // [sha256.Size]byte to *authenticator.Response
}

// AuthenticateRequest implements authenticator.Request.
func (k *knownCertificates) AuthenticateRequest(r *http.Request) (*authenticator.Response, bool, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return k.of.AuthenticateRequest(r)
	}
	certificate := r.TLS.PeerCertificates[0]
	id := sha256.Sum256(certificate.Raw)
	if said, ok := k.known.Load(id); ok && time.Now().Before(certificate.NotAfter) {
		copied := *said.(*authenticator.Response)
		return &copied, true, nil
	}
	response, ok, err := k.of.AuthenticateRequest(r)
	if err == nil && ok && isByCertificate(response) {
		copied := *response
		k.known.Store(id, &copied)
	}
	return response, ok, err
}

func isByCertificate(response *authenticator.Response) bool {
	ids := response.User.GetExtra()[user.CredentialIDKey]
	return len(ids) == 1 && strings.HasPrefix(ids[0], byCertificate)
}
