// Package dns is the cluster's name servers: the real CoreDNS, linked as a library, once for each Pod that runs it, and
// the VPC's resolver behind it.
//
// CoreDNS' own Corefile parser, server and the plugins errors, log, debug, cache, loadbalance, rewrite, template, any,
// whoami and kubernetes are linked. Plugins that would use the host's network or files, or keep their state once for the
// program, are written here with the same words: forward, hosts, loop, reload, health, ready, prometheus. The package knows
// CoreDNS. It must not know a node's runtime (a Pod is given to it), nor how a request finds its way.
package dns

import (
	"bytes"
	"crypto/sha512"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/coredns/caddy"
	"github.com/coredns/caddy/caddyfile"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/pkg/parse"
	"github.com/coredns/coredns/plugin/pkg/transport"
	"github.com/miekg/dns"

	// The plugins that are used as they are.
	_ "github.com/coredns/coredns/plugin/any"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/debug"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/rewrite"
	_ "github.com/coredns/coredns/plugin/template"
	_ "github.com/coredns/coredns/plugin/whoami"
)

// serverType is CoreDNS' own type of server with another set of plugins.
const serverType = "sandbox"

// directives are the plugins in the order of CoreDNS' plugin.cfg.
var directives = []string{
	"reload", "debug", "ready", "health", "prometheus", "errors", "log", "any", "loadbalance", "cache", "rewrite",
	"template", "hosts", "kubernetes", "loop", "forward", "whoami",
}

// keyOf are the keys of what an instance carries through CoreDNS' set-up.
type keyOf int

const (
	theContext keyOf = iota
	theServer
)

// init plugs the type in, as CoreDNS' own packages plug themselves in.
func init() {
	caddy.RegisterServerType(serverType, caddy.ServerType{
		Directives:   func() []string { return directives },
		DefaultInput: func() caddy.Input { return nil },
		NewContext: func(instance *caddy.Instance) caddy.Context {
			context := caddy.NewTestController("dns", "").Context()
			instance.Storage[theContext] = context
			return context
		},
	})
	ours := map[string]caddy.SetupFunc{
		"reload": setUpReload, "ready": setUpReady, "health": setUpHealth, "prometheus": setUpPrometheus,
		"kubernetes": setUpKubernetes, "loop": setUpLoop, "forward": setUpForward,
		"hosts": setUpHosts,
	}
	for _, directive := range directives {
		action := ours[directive]
		if action == nil {
			var err error
			if action, err = caddy.DirectiveAction("dns", directive); err != nil {
				panic(err) // its package is imported above
			}
		}
		// An instance that CoreDNS' own start did not make has no type, so it finds the plugins of no type.
		caddy.RegisterPlugin(directive, caddy.Plugin{Action: action})
	}
}

// corefile is a Corefile that was read and set up; nothing of it runs.
type corefile struct {
	instance *caddy.Instance
	servers  []*dnsserver.Server
	// hash is the one that CoreDNS tells of its configuration.
	hash string
	// zones are the lines that CoreDNS begins with.
	zones []string
}

// load reads a Corefile.
//
// # Errors
// CoreDNS refuses it, in its words, or it asks for something that would leave the sandbox.
func load(server *Server, path string, text []byte) (*corefile, error) {
	blocks, hash, err := read(path, text)
	if err != nil {
		return nil, err
	}
	c := &corefile{instance: &caddy.Instance{Storage: map[any]any{theServer: server}}, hash: hash, zones: zonesOf(blocks)}
	input := caddy.CaddyfileInput{Filepath: path, Contents: text, ServerTypeName: serverType}
	if err := caddy.ValidateAndExecuteDirectives(input, c.instance, false); err != nil {
		return nil, err
	}
	made, err := c.instance.Storage[theContext].(caddy.Context).MakeServers()
	if err != nil {
		return nil, err
	}
	for _, one := range made {
		plain, is := one.(*dnsserver.Server)
		if !is {
			return nil, errors.New("in this sandbox CoreDNS speaks plain DNS only")
		}
		c.servers = append(c.servers, plain)
	}
	return c, nil
}

// read is a Corefile's blocks and the hash that CoreDNS tells of them.
func read(path string, text []byte) ([]caddyfile.ServerBlock, string, error) {
	if err := confined(path, text); err != nil {
		return nil, "", err
	}
	blocks, err := caddyfile.Parse(path, bytes.NewReader(text), nil)
	if err != nil {
		return nil, "", err
	}
	tree, err := json.Marshal(blocks)
	return blocks, fmt.Sprintf("%x", sha512.Sum512(tree)), err
}

// confined refuses what makes the parser look at this program's own files and environment. It looks at the parser's own
// tokens, for a text can say one in several ways.
func confined(path string, text []byte) error {
	tokens := caddyfile.NewDispenser(path, bytes.NewReader(text))
	for tokens.Next() {
		switch token := tokens.Val(); {
		case token == "import":
			return errors.New("in this sandbox a Corefile imports no other file")
		case strings.Contains(token, "{$") || strings.Contains(token, "{%"):
			return errors.New("in this sandbox a Corefile reads no environment variable")
		}
	}
	return nil
}

// zonesOf are such as `.:53`.
func zonesOf(blocks []caddyfile.ServerBlock) (zones []string) {
	for _, block := range blocks {
		for _, key := range block.Keys {
			_, key = parse.Transport(key)
			hosts, port, err := plugin.SplitHostPort(key)
			if err != nil {
				continue
			}
			if port == "" {
				port = transport.Port
			}
			for _, host := range hosts {
				zones = append(zones, dns.Fqdn(host)+":"+port)
			}
		}
	}
	slices.Sort(zones)
	return slices.Compact(zones)
}

// serverOf is the server that a plugin is set up for.
func serverOf(c *caddy.Controller) *Server { return c.Get(theServer).(*Server) }
