package controlplane

// The OpenAPI documents of Kubernetes' own groups. An API server makes them before it listens, which takes a core a third of a second; here
// they are made when somebody first asks for them, or when the cluster has settled. It must not know what is in them.

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/routes"
	"k8s.io/apiserver/pkg/util/responsewriter"
)

const (
	secondVersion = "/openapi/v2"
	thirdVersion  = "/openapi/v3"
)

// documents make what OpenAPI says of one API server's groups, each version once.
type documents struct {
	config        *genericapiserver.Config
	server        *genericapiserver.GenericAPIServer // set before anybody can ask
	second, third sync.Once
	thirdAppears  sync.Once
}

// left says that the documents of the API server of this configuration are not made by itself.
func left(config *genericapiserver.Config) *documents {
	config.SkipOpenAPIInstallation = true
	return &documents{config: config}
}

func (d *documents) makeSecond() {
	d.second.Do(func() {
		routes.OpenAPI{Config: d.config.OpenAPIConfig}.InstallV2(d.server.Handler.GoRestfulContainer, d.server.Handler.NonGoRestfulMux)
	})
}

func (d *documents) makeThird() {
	d.third.Do(func() {
		routes.OpenAPI{V3Config: d.config.OpenAPIV3Config}.InstallV3(d.server.Handler.GoRestfulContainer, d.server.Handler.NonGoRestfulMux)
	})
}

// before makes the documents that a request asks for before it is answered by the aggregator, which this handler stands in front of.
func (d *documents) before(aggregator http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, secondVersion):
			d.makeSecond()
		case strings.HasPrefix(r.URL.Path, thirdVersion):
			d.makeThird()
			d.thirdAppears.Do(func() { awaitGroups(aggregator, r) })
		}
		aggregator.ServeHTTP(w, r)
	})
}

// The aggregator looks once a second for what the API servers behind it have.
const (
	groupsWithin = 10 * time.Second
	groupsStep   = 20 * time.Millisecond
)

// awaitGroups waits until the aggregator lists the core group. It has no signal that could be waited for.
func awaitGroups(aggregator http.Handler, asked *http.Request) {
	// It is awaited once, for all who ask: the first may go away meanwhile.
	index := asked.Clone(context.WithoutCancel(asked.Context()))
	index.Method, index.URL.Path, index.Header = http.MethodGet, thirdVersion, http.Header{}
	step := time.NewTicker(groupsStep)
	defer step.Stop()
	for end := time.Now().Add(groupsWithin); time.Now().Before(end); {
		answer := responsewriter.NewInMemoryResponseWriter()
		aggregator.ServeHTTP(answer, index)
		if bytes.Contains(answer.Data(), []byte(`"api/v1"`)) {
			return
		}
		<-step.C
	}
}
