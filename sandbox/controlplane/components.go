package controlplane

// The list of components' credentials, by which an audit log tells Kubernetes' own writes from the learner's. A credential
// is in it before anybody can use it, and stays in it: what it wrote is in the log for ever. The list lies beside the
// certificates and is kept as long as they are, over restarts and resets.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"sandbox/disk"
)

const componentsFile = "components.jsonl"

// component is one line of the list.
type component struct {
	FormatVersion int    `json:"format_version"`
	Name          string `json:"name"`
	// Credential is what the audit log calls it.
	Credential string `json:"credential"`
}

type components struct {
	folder *disk.Folder
	mutex  sync.Mutex // nodes start side by side
	text   []byte
	known  map[string]bool
}

func openComponents(folder string) (*components, error) {
	opened, err := disk.Open(folder)
	if err != nil {
		return nil, err
	}
	c := &components{folder: opened, known: map[string]bool{}}
	if c.text, err = opened.Read(componentsFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for line := range bytes.Lines(c.text) {
		var one component
		if err := json.Unmarshal(line, &one); err != nil {
			return nil, fmt.Errorf("failed to read `%s`: %w", componentsFile, err)
		}
		c.known[one.Credential] = true
	}
	return c, nil
}

// add puts a credential on the list; one that is on it already stays as it is.
func (c *components) add(name, credential string) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.known[credential] {
		return nil
	}
	line, err := json.Marshal(component{1, name, credential})
	if err != nil {
		return err
	}
	text := append(bytes.Clone(c.text), append(line, '\n')...)
	if err := c.folder.Write(componentsFile, text); err != nil {
		return fmt.Errorf("failed to write the credential of `%s` down: %w", name, err)
	}
	c.text, c.known[credential] = text, true
	return nil
}
