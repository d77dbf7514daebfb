package runtime

// What of a container is kept when its Pod is gone.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sandbox/workload"
)

func TestTheEndOfALogIsKept(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "logs", "0.log")
	l := (&Runtime{options: Options{Roots: []string{folder}}}).openLog(file)
	if _, err := l.end(100); !os.IsNotExist(err) {
		t.Errorf("the end of no log: %v", err)
	}
	for range 3 {
		if err := l.write(epoch, workload.Stdout, strings.Repeat("a", 20)); err != nil {
			t.Fatal(err)
		}
	}
	const one = "2000-01-01T00:00:00.000000000Z stdout F aaaaaaaaaaaaaaaaaaaa\n"
	for most, want := range map[int64]string{1000: one + one + one, int64(len(one)) * 3: one + one + one, int64(len(one)) + 5: "\n" + one, 3: "\n"} {
		if got, err := l.end(most); string(got) != want || err != nil {
			t.Errorf("of %d: %q, %v", most, got, err)
		}
	}
}

func TestWhatAContainerSaidOutlivesIt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		_, id := n.run("a", "actor:2", "exit", "7")
		wait(time.Second)
		log := n.log(id)
		if err := n.RemoveContainer(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		kept, err := filepath.Glob(filepath.Join(n.Runtime.options.Folder, lastWordsFolder, "*_a_*", "*", "*.log"))
		if err != nil || len(kept) != 1 {
			t.Fatalf("kept: %q, %v", kept, err)
		}
		if text := string(must(os.ReadFile(kept[0]))); text != log || !strings.Contains(text, "stopping with 7") {
			t.Errorf("kept %q of %q", text, log)
		}
	})
}
