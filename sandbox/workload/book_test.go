package workload

// What the book tells of commands and images is what there is.

import (
	"os"
	"strings"
	"testing"
)

func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../book/src/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheBookNamesEveryCommand(t *testing.T) {
	want := "`exec` can name: `" + strings.Join(Commands(), "`, `") + "`."
	if !strings.Contains(page(t, "reference/models.md"), want) {
		t.Errorf("the page on models lacks the line\n%s", want)
	}
}
