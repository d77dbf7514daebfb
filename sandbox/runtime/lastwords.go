package runtime

// This file keeps what a container last said once it is over: the kubelet takes its log away with it, and whoever looks
// for evidence afterwards would find none. It must not keep more than a little.

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sandbox/disk"
)

const (
	// lastWordsFolder has, as the kubelet's folder of logs, a folder for each Pod and in it one for each container.
	lastWordsFolder = "said"
	// lastWordsBytes are kept of each log, from its end.
	lastWordsBytes = 64 << 10
	// lastWordsKept is of how many attempts of a container they are kept.
	lastWordsKept = 4
)

// keepLastWords copies the end of a log that is complete.
func (c *container) keepLastWords() {
	text, err := c.log.end(lastWordsBytes)
	if err == nil && len(text) > 0 {
		err = c.write(text)
	}
	if err != nil && !os.IsNotExist(err) {
		c.runtime.log.Warn("last words lost", "container", c.ID, "error", err)
	}
}

func (c *container) write(text []byte) error {
	pod, container := c.sandbox.Config.value.GetMetadata(), c.Config.value.GetMetadata()
	path := filepath.Join(c.runtime.options.Folder, lastWordsFolder)
	for _, name := range []string{pod.GetNamespace() + "_" + pod.GetName() + "_" + pod.GetUid(), container.GetName()} {
		if err := disk.CheckName(name); err != nil {
			return err
		}
		path = filepath.Join(path, name)
	}
	folder, err := disk.Open(path)
	if err != nil {
		return err
	}
	return folder.Write(fmt.Sprintf("%d.log", container.GetAttempt()%lastWordsKept), text)
}

// end is the last part of a log, from the beginning of a line on where all of it is more.
func (l *containerLog) end(most int64) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	root, inside, err := openRoot(l.roots, l.path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, err := root.Open(inside)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		return nil, err
	}
	from := max(0, about.Size()-most)
	text, err := io.ReadAll(io.NewSectionReader(file, from, most))
	for from > 0 && len(text) > 0 && text[0] != '\n' {
		text = text[1:]
	}
	return text, err
}
