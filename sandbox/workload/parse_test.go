package workload

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const whole = `format_version: 1
image: registry.example.internal/payments/ledger
tags: ["2.14.0", "2.14.1"]
entrypoint: /app/ledger
steps:
  - need_env: {name: DATABASE_URL, log: "DATABASE_URL is not set", exit: 1}
  - need_file: {path: /etc/ledger/config.yaml, log: "no configuration", exit: 1}
  - sleep: 300ms
  - memory: {mib: 120, over: 200ms}
  - log: "listening on :8080"
  - listen: {port: 8080, after: 0s, paths: {/healthz: {status: 200, body: "ok\n"}}}
every: {period: 15s, log: ["processed batch"]}
on_sigterm: {after: 200ms, exit: 0}
exec: [env, cat, ls, ps, curl, wget, nslookup, nc]
`

func TestTheWholeFormIsRead(t *testing.T) {
	m, err := Parse("ledger.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Steps.List) != 6 || m.Steps.List[5].Listen.Paths["/healthz"].Body != "ok\n" || *m.OnSigterm.Exit != 0 || len(m.Exec) != 8 || m.Tags[1] != "2.14.1" {
		t.Errorf("read as %+v", m)
	}
}

func TestWhatIsWrongInAModelIsSaid(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown field":        {"entrypoint:", "entry_point:", "line 4: unknown field `entry_point` in a model; known: `command`, `entrypoint`, `every`, `exec`,"},
		"unknown step":         {"  - sleep: 300ms", "  - slepp: 300ms", "line 8: unknown field `slepp` in an item of `steps`; known: `exit`, `flags`, `keep_file`, `listen`, `load`, `log`,"},
		"unknown in a step":    {"mib: 120", "mb: 120", "line 9: unknown field `mb` in `memory`; known: `mib`, `over`"},
		"unknown in an answer": {"status: 200", "code: 200", "line 11: unknown field `code` in an entry of `paths`; known: `after`, `asks`, `body`, `processor`, `status`"},
		"two in a step":        {"  - sleep: 300ms", "  - {sleep: 300ms, exit: 1}", "line 8: a step is one field out of `exit`"},
		"no unit":              {"sleep: 300ms", "sleep: 300", "line 8: `300` is not a duration such as `300ms`"},
		"wrong type":           {"mib: 120", "mib: much", "line 9: cannot unmarshal !!str `much` into int64"},
		"not YAML":             {"steps:", "steps: [", "line "},
		"version":              {"format_version: 1", "format_version: 2", "line 1: `format_version` 2 is not known; known: 1"},
		"image with a tag":     {"payments/ledger", "payments/Ledger", "line 2: `registry.example.internal/payments/Ledger` is not the name"},
		"no tags":              {`["2.14.0", "2.14.1"]`, "[]", "line 3: `tags` names no tag"},
		"bad tag":              {`"2.14.0"`, `"2 14"`, "line 3: `2 14` is not a tag"},
		"entrypoint":           {"/app/ledger", "ledger", "line 4: `entrypoint` is the absolute path"},
		"port":                 {"port: 8080", "port: 80800", "line 11: port 80800 is not between"},
		"path":                 {"{/healthz:", "{healthz:", "line 11: path `healthz` does not start"},
		"status":               {"status: 200", "status: 99", "line 11: status 99 of path `/healthz`"},
		"exit":                 {"is not set\", exit: 1", "is not set\", exit: 256", "line 6: exit code 256"},
		"memory":               {"mib: 120", "mib: 0", "line 9: `memory` needs"},
		"threads":              {"  - sleep: 300ms", "  - work: {processor: 1s, threads: 65}", "line 8: `work` needs `threads` between 1 and 64"},
		"load":                 {"  - sleep: 300ms", "  - load: {millis: 0}", "line 8: `load` needs `millis` of 1 or more"},
		"file":                 {"/etc/ledger/config.yaml", "config.yaml", "line 7: `need_file` needs an absolute"},
		"every":                {"period: 15s", "period: 1ms", "line 12: `every` needs a `period` of 100ms"},
		"sigterm":              {"exit: 0}\nexec", "ignore: true}\nexec", "line 13: `ignore` excludes"},
		"exec":                 {"nslookup", "vim", "line 14: no command `vim`; known: agnhost, ash, awk,"},
		"ask of nothing":       {"{status: 200", "{asks: [{timeout: 1s}], status: 200", "line 11: `ask` needs the `env` that has the address"},
		"language":             {"{status: 200", "{asks: [{env: STOCK, speaks: cobol}], status: 200", "line 11: `cobol` is no language whose words are known; known: `go`, `java`, `node`"},
		"need of no answer":    {"  - sleep: 300ms", "  - need_answer: {exit: 1}", "line 8: `need_answer` needs an `ask`"},
		"type of a value":      {"name: DATABASE_URL,", "name: DATABASE_URL, is: integer,", "line 6: `integer` is no type of a value; known: `duration`, `number`, `text`"},
		"type of a flag":       {"sleep: 300ms", "flags: {workers: int}", "line 8: `int` is no type of a value"},
		"name of a flag":       {"sleep: 300ms", "flags: {-workers: number}", "line 8: `-workers` is not the name of a flag"},
		"steps":                {"steps:\n", "steps: from_arg\nx-steps:\n", "line 6: unknown field `x-steps`"},
		"steps word":           {whole[strings.Index(whole, "steps:"):], "steps: from_arg\n", "line 5: `steps` is a list of steps or the word `from_args`"},
		"twice":                {"exec: [", "tags: [a]\nexec: [", "already defined at line 3"},
		"empty":                {whole, "", "is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(whole, c.old) {
				t.Fatalf("%q is not in the model", c.old)
			}
			_, err := Parse("ledger.yaml", []byte(strings.Replace(whole, c.old, c.new, 1)))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "workload model `ledger.yaml`") {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func catalogue(t *testing.T, files map[string]string) (*Catalogue, error) {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return LoadCatalogue(folder)
}

func TestImagesAreFoundAsARegistryWould(t *testing.T) {
	actor := strings.Replace(whole, "registry.example.internal/payments/ledger", "actor", 1)
	c, err := catalogue(t, map[string]string{"ledger.yaml": whole, "actor.yaml": actor, "notes.txt": "?"})
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := c.Find("registry.example.internal/payments/ledger:2.14.0")
	if err != nil {
		t.Fatal(err)
	}
	for image, want := range map[string]string{
		"registry.example.internal/payments/ledger:2.14.1":           "registry.example.internal/payments/ledger:2.14.1",
		"registry.example.internal/payments/ledger@" + ledger.Digest: ledger.Name,
		"actor:2.14.0":                   "docker.io/library/actor:2.14.0",
		"library/actor:2.14.0":           "docker.io/library/actor:2.14.0",
		"docker.io/library/actor:2.14.0": "docker.io/library/actor:2.14.0",
		"602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/coredns:v1.13.2-eksbuild.1":            "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/coredns:v1.13.2-eksbuild.1",
		"602401143452.dkr.ecr.us-east-2.amazonaws.com/amazon-k8s-cni:v1.21.1-eksbuild.1":         "602401143452.dkr.ecr.us-east-2.amazonaws.com/amazon-k8s-cni:v1.21.1-eksbuild.1",
		"602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy:v1.36.0-minimal-eksbuild.2": "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy:v1.36.0-minimal-eksbuild.2",
	} {
		if found, err := c.Find(image); err != nil || found.Name != want || found.SizeBytes < 1<<20 {
			t.Errorf("%s: %+v, %v; want %s", image, found, err, want)
		}
	}
	for image, want := range map[string]NotFound{
		"actor":   {Name: "docker.io/library/actor:latest", Host: "docker.io", Path: "library/actor", Tag: "latest", KnownRepository: true, KnownHost: true},
		"actor:9": {Name: "docker.io/library/actor:9", Host: "docker.io", Path: "library/actor", Tag: "9", KnownRepository: true, KnownHost: true},
		"registry.example.internal/ledger:2.14.0": {Name: "registry.example.internal/ledger:2.14.0", Host: "registry.example.internal", Path: "ledger", Tag: "2.14.0", KnownHost: true},
		"registry.invalid/team/app:1":             {Name: "registry.invalid/team/app:1", Host: "registry.invalid", Path: "team/app", Tag: "1"},
	} {
		if _, err := c.Find(image); err == nil || *err.(*NotFound) != want {
			t.Errorf("%s: %+v, want %+v", image, err, want)
		}
	}
	if _, err := c.Find("Team/App"); err == nil || !strings.Contains(err.Error(), "failed to parse image name `Team/App`") {
		t.Errorf("an impossible name: %v", err)
	}
}

func TestBadCatalogues(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"two models of one image": {map[string]string{"a.yaml": whole, "b.yaml": whole}, "b.yaml`: image `registry.example.internal/payments/ledger:2.14.0` is named by `"},
		"a wrong model":           {map[string]string{"a.yaml": "format_version: 1\nx: 1"}, "a.yaml`, line 2: unknown field `x`"},
	} {
		if _, err := catalogue(t, c.files); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := LoadCatalogue("/does/not/exist"); err == nil || !strings.Contains(err.Error(), "failed to read the folder of workload models `/does/not/exist`") {
		t.Errorf("absent folder: %v", err)
	}
}

func TestSlipsOfANameAreCounted(t *testing.T) {
	for names, wanted := range map[[2]string]int{
		{"cart", "cart"}: 0, {"cart", "carts"}: 1, {"cart", "cat"}: 1, {"cart", "catr"}: 2, {"cart", "card"}: 1, {"", "ab"}: 2, {"", "abc"}: 3,
		{"orders/cart", "library/busybox"}: 3,
	} {
		if got := min(slips(names[0], names[1]), mostSlips+1); got != wanted {
			t.Errorf("%q has %d slips", names, got)
		}
	}
}
