package workload

// What the book tells of commands and images is what there is.

import (
	"os"
	"slices"
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

func TestTheBookListsEveryPublicImageWithItsTagsAndShells(t *testing.T) {
	text := page(t, "reference/models.md")
	catalogue, err := LoadCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := embedded.ReadDir("models/public")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range folder {
		source, err := embedded.ReadFile("models/public/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		model, err := Parse(file.Name(), source)
		if err != nil {
			t.Fatal(err)
		}
		name, shells := "`"+model.Image+"`", "none"
		for _, image := range copies(model.Image) {
			name += " and `" + image + "`"
			if _, err := catalogue.Find(image + ":" + model.Tags[0]); err != nil {
				t.Error(err)
			}
		}
		if model.hasShell() {
			shells = "`sh`"
		}
		if slices.Contains(model.Exec, "bash") {
			shells += " and `bash`"
		}
		begins, ends := "| "+name+" | `"+strings.Join(model.Tags, "`, `")+"` | ", " | "+shells+" |"
		isThere := slices.ContainsFunc(strings.Split(text, "\n"), func(row string) bool {
			return strings.HasPrefix(row, begins) && strings.HasSuffix(row, ends)
		})
		if !isThere {
			t.Errorf("the page on models has no row\n%s…%s", begins, ends)
		}
	}
}
