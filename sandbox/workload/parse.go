package workload

// This file reads a model's YAML strictly: an unknown field, a wrong type or a value out of its range is refused with
// the file, the line and the known names. It must not touch the disk.

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/distribution/reference"
	"go.yaml.in/yaml/v3"
)

// ModelError is a model that cannot be used.
type ModelError struct {
	File string
	// Line is 0 when the whole file is meant.
	Line    int
	Message string
}

func (e *ModelError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("workload model `%s`: %s", e.File, e.Message)
	}
	return fmt.Sprintf("workload model `%s`, line %d: %s", e.File, e.Line, e.Message)
}

// Parse reads one model. The file's name is only used in errors.
//
// # Errors
// Always a [*ModelError].
func Parse(file string, text []byte) (*Model, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, yamlError(file, err)
	}
	if len(document.Content) == 0 {
		return nil, &ModelError{File: file, Message: "is empty"}
	}
	root := document.Content[0]
	if err := checkFields(file, root, reflect.TypeFor[Model](), "a model"); err != nil {
		return nil, err
	}
	m := &Model{}
	if err := root.Decode(m); err != nil {
		return nil, yamlError(file, err)
	}
	if err := check(m, root); err != nil {
		err.File = file
		return nil, err
	}
	return m, nil
}

// yamlError takes the line out of yaml's own text: "yaml: line 3: …" or "yaml: unmarshal errors:\n  line 3: …".
func yamlError(file string, err error) *ModelError {
	var known *ModelError
	if errors.As(err, &known) {
		known.File = file
		return known
	}
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:\n  ")
	text, _, _ = strings.Cut(text, "\n")
	e := &ModelError{File: file, Message: text}
	var rest string
	if n, _ := fmt.Sscanf(text, "line %d:", &e.Line); n == 1 {
		_, rest, _ = strings.Cut(text, ": ")
		e.Message = rest
	}
	return e
}

// checkFields refuses keys that the type does not have, all the way down.
func checkFields(file string, node *yaml.Node, of reflect.Type, what string) *ModelError {
	if of == reflect.TypeFor[Steps]() && node.Kind == yaml.SequenceNode {
		of = reflect.TypeFor[[]Step]()
	}
	switch {
	case of.Kind() == reflect.Pointer:
		return checkFields(file, node, of.Elem(), what)
	case of.Kind() == reflect.Slice && node.Kind == yaml.SequenceNode:
		for _, item := range node.Content {
			if err := checkFields(file, item, of.Elem(), "an item of "+what); err != nil {
				return err
			}
		}
	case of.Kind() == reflect.Map && node.Kind == yaml.MappingNode:
		for i := 1; i < len(node.Content); i += 2 {
			if err := checkFields(file, node.Content[i], of.Elem(), "an entry of "+what); err != nil {
				return err
			}
		}
	case of.Kind() == reflect.Struct && of != reflect.TypeFor[Steps]() && node.Kind == yaml.MappingNode:
		known := fieldsOf(of)
		for i := 0; i < len(node.Content); i += 2 {
			key := node.Content[i]
			field, ok := known[key.Value]
			if !ok {
				return &ModelError{File: file, Line: key.Line, Message: fmt.Sprintf("unknown field `%s` in %s; known: %s", key.Value, what, names(known))}
			}
			if err := checkFields(file, node.Content[i+1], field, "`"+key.Value+"`"); err != nil {
				return err
			}
		}
	}
	return nil
}

func fieldsOf(of reflect.Type) map[string]reflect.Type {
	known := map[string]reflect.Type{}
	for i := range of.NumField() {
		if name := of.Field(i).Tag.Get("yaml"); name != "" {
			known[name] = of.Field(i).Type
		}
	}
	return known
}

func names[K ~string, V any](known map[K]V) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(known)) {
		all = append(all, "`"+string(name)+"`")
	}
	return strings.Join(all, ", ")
}

// UnmarshalYAML reads a duration, which must have a unit.
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := time.ParseDuration(node.Value)
	if node.Kind != yaml.ScalarNode || err != nil || parsed < 0 {
		return &ModelError{Line: node.Line, Message: fmt.Sprintf("`%s` is not a duration such as `300ms` or `1m30s`", node.Value)}
	}
	*d = Duration(parsed)
	return nil
}

// UnmarshalYAML reads a list of steps or the word `from_args`.
func (s *Steps) UnmarshalYAML(node *yaml.Node) error {
	switch {
	case node.Kind == yaml.ScalarNode && node.Value == "from_args":
		s.FromArguments = true
		return nil
	case node.Kind != yaml.SequenceNode:
		return &ModelError{Line: node.Line, Message: "`steps` is a list of steps or the word `from_args`"}
	}
	for _, item := range node.Content {
		var step Step
		if item.Kind != yaml.MappingNode || len(item.Content) != 2 {
			return &ModelError{Line: item.Line, Message: "a step is one field out of " + names(fieldsOf(reflect.TypeFor[Step]()))}
		}
		if err := item.Decode(&step); err != nil {
			return err
		}
		if err := checkStep(step); err != "" {
			return &ModelError{Line: item.Line, Message: err}
		}
		s.List = append(s.List, step)
	}
	return nil
}

// mostThreads are those of a program's work.
const mostThreads = 64

func checkStep(step Step) string {
	exit := 0
	switch {
	case step.Flags != nil:
		return checkFlags(step.Flags)
	case step.NeedEnv != nil && step.NeedEnv.Name == "":
		return "`need_env` needs a `name`"
	case step.NeedEnv != nil && !step.NeedEnv.Is.isKnown():
		return step.NeedEnv.Is.unknown()
	case step.NeedEnv != nil:
		exit = step.NeedEnv.Exit
	case step.NeedFile != nil && !strings.HasPrefix(step.NeedFile.Path, "/"):
		return "`need_file` needs an absolute `path`"
	case step.NeedFile != nil:
		exit = step.NeedFile.Exit
	case step.NeedAnswer != nil && step.NeedAnswer.Ask == nil:
		return "`need_answer` needs an `ask`"
	case step.NeedAnswer != nil && step.NeedAnswer.Tries < 0:
		return "`need_answer` needs `tries` of 1 or more"
	case step.NeedAnswer != nil:
		if wrong := checkAsk(step.NeedAnswer.Ask); wrong != "" {
			return wrong
		}
		exit = step.NeedAnswer.Exit
	case step.KeepFile != nil && !strings.HasPrefix(step.KeepFile.Path, "/"):
		return "`keep_file` needs an absolute `path`"
	case step.Memory != nil && step.Memory.MiB < 1:
		return "`memory` needs a `mib` of 1 or more"
	case step.Work != nil && (step.Work.Threads < 0 || step.Work.Threads > mostThreads):
		return fmt.Sprintf("`work` needs `threads` between 1 and %d", mostThreads)
	case step.Load != nil && step.Load.Millis < 1:
		return "`load` needs `millis` of 1 or more"
	case step.Exit != nil:
		exit = *step.Exit
	case step.Listen != nil:
		return checkListen(step.Listen)
	}
	if exit < 0 || exit > 255 {
		return fmt.Sprintf("exit code %d is not between 0 and 255", exit)
	}
	return ""
}

func checkListen(listen *Listen) string {
	if listen.Port < 1 || listen.Port > 65535 {
		return fmt.Sprintf("port %d is not between 1 and 65535", listen.Port)
	}
	for path, answer := range listen.Paths {
		if !strings.HasPrefix(path, "/") {
			return fmt.Sprintf("path `%s` does not start with `/`", path)
		}
		if answer.Status != 0 && (answer.Status < 200 || answer.Status > 599) {
			return fmt.Sprintf("status %d of path `%s` is not between 200 and 599", answer.Status, path)
		}
		for _, ask := range answer.Asks {
			if wrong := checkAsk(ask); wrong != "" {
				return wrong
			}
		}
	}
	for service, health := range listen.GRPC {
		if health.Status != "" && health.Status != "serving" && health.Status != notServing {
			return fmt.Sprintf("status `%s` of gRPC service `%s` is neither `serving` nor `%s`", health.Status, service, notServing)
		}
	}
	return ""
}

func checkAsk(ask *Ask) string {
	switch {
	case ask.Env == "":
		return "`ask` needs the `env` that has the address"
	case !ask.Speaks.isKnown():
		return ask.Speaks.unknown()
	}
	return ""
}

// check refuses values that no type can refuse.
func check(m *Model, root *yaml.Node) *ModelError {
	at := func(field, format string, arguments ...any) *ModelError {
		return &ModelError{Line: lineOf(root, field), Message: fmt.Sprintf(format, arguments...)}
	}
	if m.FormatVersion != 1 {
		return at("format_version", "`format_version` %d is not known; known: 1", m.FormatVersion)
	}
	if _, err := reference.ParseNormalizedNamed(strings.ReplaceAll(m.Image, "*", "x")); err != nil || strings.ContainsAny(m.Image, "@") {
		return at("image", "`%s` is not the name of an image repository", m.Image)
	}
	if len(m.Tags) == 0 {
		return at("tags", "`tags` names no tag, so the image would not exist")
	}
	for _, tag := range m.Tags {
		if !reference.TagRegexp.MatchString(tag) || reference.TagRegexp.FindString(tag) != tag {
			return at("tags", "`%s` is not a tag", tag)
		}
	}
	if !strings.HasPrefix(m.Entrypoint, "/") && !(m.Entrypoint == "" && len(m.Command) > 0) {
		return at("entrypoint", "`entrypoint` is the absolute path of the image's program")
	}
	if m.Every != nil && (time.Duration(m.Every.Period) < 100*time.Millisecond || len(m.Every.Log) == 0) {
		return at("every", "`every` needs a `period` of 100ms or more and a `log` with at least one line")
	}
	if m.Every != nil {
		for _, ask := range m.Every.Asks {
			if wrong := checkAsk(ask); wrong != "" {
				return at("every", "%s", wrong)
			}
		}
	}
	if m.OnSigterm.Ignore && (m.OnSigterm.Exit != nil || m.OnSigterm.After != 0) {
		return at("on_sigterm", "`ignore` excludes `after` and `exit`")
	}
	for _, name := range m.Exec {
		if builtins[name] == nil {
			return at("exec", "no command `%s`; known: %s", name, strings.Join(Commands(), ", "))
		}
	}
	for _, program := range m.Programs {
		if !strings.HasPrefix(program.Path, "/") {
			return at("programs", "a program needs an absolute `path`")
		}
		if program.Tool != "" && (builtins[program.Tool] == nil || program.Output != "" || program.Exit != 0) {
			return at("programs", "a `tool` is one of %s, and excludes `output` and `exit`", strings.Join(Commands(), ", "))
		}
	}
	return nil
}

// lineOf is the line of a field of the model, or the first one when the field is absent.
func lineOf(root *yaml.Node, field string) int {
	for i := 0; i < len(root.Content); i += 2 {
		if root.Content[i].Value == field {
			return root.Content[i].Line
		}
	}
	return root.Line
}
