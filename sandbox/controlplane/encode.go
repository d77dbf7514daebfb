package controlplane

// Small conversions between Go's and Kubernetes' forms of certificates and clients.

import (
	"crypto/tls"
	"encoding/pem"
	"net/http"
	"net/url"

	certutil "k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

func encodeCertificate(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certutil.CertificateBlockType, Bytes: der})
}

func pemOf(pair tls.Certificate) (key, certificate []byte, err error) {
	key, err = keyutil.MarshalPrivateKeyToPEM(pair.PrivateKey)
	return key, encodeCertificate(pair.Certificate[0]), err
}

// noProxy: the API server is on this machine, whatever the environment says.
func noProxy(*http.Request) (*url.URL, error) { return nil, nil }
