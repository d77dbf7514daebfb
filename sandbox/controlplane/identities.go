package controlplane

// The cluster's own certificate authority and a client certificate for each identity. Files in `pki/`
// are kept over restarts and resets, so a kubeconfig stays valid as long as its session.

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	certutil "k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"

	"sandbox/disk"
)

// Names of the identities that are not Kubernetes' own.
const (
	learnerUser  = "learner"
	learnerGroup = "lab:learners"
	checkerUser  = "lab:checker"
	// adminUser has all rights, for whoever looks after the lab: what it writes is that person's.
	adminUser = "lab:admin"
	// setupUser has all rights while a lab is set up, and this program's own always.
	setupUser = "lab:setup"
	cloudUser = "lab:cloud"
)

// validity outlives any session; nothing here is renewed.
const validity = 10 * 365 * 24 * time.Hour

// authority is the cluster's own certificate authority and the folder of what it signed.
type authority struct {
	folder      string
	certificate *x509.Certificate
	pem         []byte
	key         crypto.Signer
	components  *components
}

// openAuthority reads the authority in folder, or makes one.
func openAuthority(folder string) (*authority, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	a := &authority{folder: folder}
	certificatePath, keyPath := a.file("ca.crt"), a.file("ca.key")
	if _, err := os.Stat(certificatePath); errors.Is(err, fs.ErrNotExist) {
		key, err := newKey(keyPath)
		if err != nil {
			return nil, err
		}
		certificate, err := certutil.NewSelfSignedCACert(certutil.Config{CommonName: "sandbox"}, key)
		if err != nil {
			return nil, err
		}
		if err := disk.Write(certificatePath, encodeCertificate(certificate.Raw)); err != nil {
			return nil, err
		}
	}
	var err error
	if a.pem, err = os.ReadFile(certificatePath); err != nil {
		return nil, err
	}
	certificates, err := certutil.ParseCertsPEM(a.pem)
	if err != nil {
		return nil, fmt.Errorf("failed to read `%s`: %w", certificatePath, err)
	}
	a.certificate = certificates[0]
	key, err := keyutil.PrivateKeyFromFile(keyPath)
	if err != nil {
		return nil, fmt.Errorf("failed to read `%s`: %w", keyPath, err)
	}
	a.key = key.(crypto.Signer)
	a.components, err = openComponents(folder)
	return a, err
}

func (a *authority) file(name string) string { return filepath.Join(a.folder, name) }

// client returns the certificate of a client identity, made at first use.
func (a *authority) client(name, user string, groups ...string) (tls.Certificate, error) {
	return a.issue(name, clientTemplate(user, groups))
}

// component is the client identity of a part of the cluster: what it writes is not the learner's.
func (a *authority) component(name, user string, groups ...string) (tls.Certificate, error) {
	pair, err := a.client(name, user, groups...)
	if err != nil {
		return pair, err
	}
	return pair, a.components.add(name, credentialID(pair))
}

// passing is the client identity of a component that is new with each start; its key is never written down.
func (a *authority) passing(name, user string, groups ...string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	der, err := a.sign(name, clientTemplate(user, groups), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return pair, a.components.add(name, credentialID(pair))
}

func clientTemplate(user string, groups []string) x509.Certificate {
	return x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
}

// server returns the certificate of a server under these names and addresses, made at first use.
func (a *authority) server(name, commonName string, names []string, addresses ...string) (tls.Certificate, error) {
	template := x509.Certificate{
		Subject:     pkix.Name{CommonName: commonName},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    names,
	}
	for _, address := range addresses {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(address))
	}
	return a.issue(name, template)
}

func (a *authority) issue(name string, template x509.Certificate) (tls.Certificate, error) {
	if err := disk.CheckName(name); err != nil {
		return tls.Certificate{}, err
	}
	certificatePath, keyPath := a.file(name+".crt"), a.file(name+".key")
	if pair, err := tls.LoadX509KeyPair(certificatePath, keyPath); err == nil {
		return pair, nil
	}
	key, err := newKey(keyPath)
	if err != nil {
		return tls.Certificate{}, err
	}
	der, err := a.sign(name, template, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := disk.Write(certificatePath, encodeCertificate(der)); err != nil {
		return tls.Certificate{}, err
	}
	return tls.LoadX509KeyPair(certificatePath, keyPath)
}

func (a *authority) sign(name string, template x509.Certificate, key crypto.Signer) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.BasicConstraintsValid = true
	// An hour back: a laptop's clock may be set back.
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(validity)
	der, err := x509.CreateCertificate(rand.Reader, &template, a.certificate, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("failed to issue certificate `%s`: %w", name, err)
	}
	return der, nil
}

// newKey makes an ECDSA P-256 key and writes it.
func newKey(path string) (crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	pem, err := keyutil.MarshalPrivateKeyToPEM(key)
	if err != nil {
		return nil, err
	}
	return key, disk.Write(path, pem)
}

// serviceAccountKey makes the key that signs service-account tokens, once.
func (a *authority) serviceAccountKey() (string, error) {
	path := a.file("service-account.key")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	_, err := newKey(path)
	return path, err
}

// kubeconfig writes a file that connects as the identity, with everything in it.
func (a *authority) kubeconfig(path, server, cluster, user string, pair tls.Certificate) error {
	key, err := keyutil.MarshalPrivateKeyToPEM(pair.PrivateKey)
	if err != nil {
		return err
	}
	file := clientcmdapi.NewConfig()
	file.Clusters[cluster] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: a.pem}
	file.AuthInfos[user] = &clientcmdapi.AuthInfo{
		ClientCertificateData: encodeCertificate(pair.Certificate[0]),
		ClientKeyData:         key,
	}
	file.Contexts[cluster] = &clientcmdapi.Context{Cluster: cluster, AuthInfo: user}
	file.CurrentContext = cluster
	text, err := clientcmd.Write(*file)
	if err != nil {
		return err
	}
	return disk.Write(path, text)
}

// credentialID is what the audit log calls a client certificate
// (k8s.io/apiserver/pkg/authentication/request/x509).
func credentialID(pair tls.Certificate) string {
	sum := sha256.Sum256(pair.Certificate[0])
	return "X509SHA256=" + hex.EncodeToString(sum[:])
}
