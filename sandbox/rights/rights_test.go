package rights

import (
	"io/fs"
	"testing"
	"time"
)

type file struct {
	mode        fs.FileMode
	user, group int64
}

func (f file) Name() string               { return "file" }
func (f file) Size() int64                { return 0 }
func (f file) Mode() fs.FileMode          { return f.mode }
func (f file) ModTime() time.Time         { return time.Time{} }
func (f file) IsDir() bool                { return f.mode.IsDir() }
func (f file) Sys() any                   { return nil }
func (f file) Owner() (user, group int64) { return f.user, f.group }

func TestTheFirstThatFitsOfOwnerGroupAndOthersCounts(t *testing.T) {
	user := Person{User: 1000, Group: 3000, Groups: []int64{2000}}
	for _, c := range []struct {
		who    Person
		file   file
		wanted fs.FileMode
		may    bool
	}{
		{user, file{0o400, 1000, 0}, Read, true},
		{user, file{0o400, 0, 0}, Read, false},
		{user, file{0o440, 0, 2000}, Read, true},
		{user, file{0o440, 0, 3000}, Read, true},
		{user, file{0o440, 0, 4000}, Read, false},
		{user, file{0o444, 0, 4000}, Read, true},
		{user, file{0o640, 0, 2000}, Read | Write, false},
		// Its owner may not what all others may, and its group not what everybody else may.
		{user, file{0o077, 1000, 2000}, Read, false},
		{user, file{0o707, 0, 2000}, Read, false},
		{Person{}, file{0o600, 1000, 1000}, Read, false},
		{Root, file{0o600, 1000, 1000}, Read | Write, true},
		{Root, file{0o600, 1000, 1000}, Run, false},
		{Root, file{fs.ModeDir | 0o600, 1000, 1000}, Run, true},
	} {
		if c.who.May(c.file, c.wanted) != c.may {
			t.Errorf("%+v, %+v, %o: wanted %t", c.who, c.file, c.wanted, c.may)
		}
	}
}

func TestAFileIsGivenToAGroupThatItsOwnerIsIn(t *testing.T) {
	user, mine := Person{User: 1000, Group: 3000, Groups: []int64{2000}}, file{0o644, 1000, 3000}
	for _, c := range []struct {
		user, group int64
		may         bool
	}{{-1, 2000, true}, {1000, 2000, true}, {-1, 4000, false}, {1, -1, false}, {-1, -1, true}} {
		if user.MayGive(mine, c.user, c.group) != c.may {
			t.Errorf("to %d:%d: wanted %t", c.user, c.group, c.may)
		}
	}
	if user.MayGive(file{0o666, 0, 3000}, -1, 2000) {
		t.Error("what is another's was given away")
	}
}

func TestOfAStickyFolderOnlyWhatIsOnesOwnIsRemoved(t *testing.T) {
	user, other := Person{User: 1000}, file{0o666, 2000, 2000}
	free, sticky := file{fs.ModeDir | 0o777, 0, 0}, file{fs.ModeDir | fs.ModeSticky | 0o777, 0, 0}
	if !user.MayRemove(free, other) || user.MayRemove(sticky, other) {
		t.Error("the sticky bit says nothing")
	}
	if !user.MayRemove(sticky, file{0o600, 1000, 1000}) {
		t.Error("its own file was kept from it")
	}
	if user.MayRemove(file{fs.ModeDir | 0o755, 0, 0}, file{0o600, 1000, 1000}) {
		t.Error("a folder that it may not write to lost a file")
	}
}
