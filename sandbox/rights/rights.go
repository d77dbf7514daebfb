// Package rights is who may do what with a file: its owner, its group, everybody else, and those whom Linux lets do it all the same.
//
// It knows nothing of where files are.
package rights

import (
	"io/fs"
	"slices"
)

// What is wanted of a file or a folder; to pass through a folder is to run it.
const (
	Read  fs.FileMode = 0o4
	Write fs.FileMode = 0o2
	Run   fs.FileMode = 0o1
)

// Owned is a file that says whose it is; another one is root's.
type Owned interface {
	Owner() (user, group int64)
}

// Of is whose a file is.
func Of(file fs.FileInfo) (user, group int64) {
	if owned, is := file.(Owned); is {
		return owned.Owner()
	}
	return 0, 0
}

// Person is who wants something of a file.
type Person struct {
	User, Group int64
	// Groups are the others that they are in.
	Groups []int64
	// Overrides, Owns and GivesAway are the capabilities DAC_OVERRIDE, FOWNER and CHOWN.
	Overrides, Owns, GivesAway bool
}

// Root may do everything.
var Root = Person{Overrides: true, Owns: true, GivesAway: true}

// May tells whether a file's mode allows all that is wanted.
func (p Person) May(file fs.FileInfo, wanted fs.FileMode) bool {
	allowed := file.Mode().Perm()
	if p.Overrides {
		// What nobody may run is no program.
		return wanted&Run == 0 || file.IsDir() || allowed&0o111 != 0
	}
	user, group := Of(file)
	switch {
	case user == p.User:
		allowed >>= 6
	case p.isIn(group):
		allowed >>= 3
	}
	return allowed&wanted == wanted
}

// MayChange tells whether a file's mode may be changed.
func (p Person) MayChange(file fs.FileInfo) bool {
	user, _ := Of(file)
	return p.Owns || user == p.User
}

// MayGive tells whether a file may be made another user's, or another group's; -1: it stays whose it is.
func (p Person) MayGive(file fs.FileInfo, user, group int64) bool {
	ownUser, ownGroup := Of(file)
	stays := user == -1 || user == ownUser
	return p.GivesAway || ownUser == p.User && stays && (group == -1 || group == ownGroup || p.isIn(group))
}

// MayRemove tells whether a file may be taken out of its folder: out of one with the sticky bit only by its owner or the folder's.
func (p Person) MayRemove(folder, file fs.FileInfo) bool {
	ofFolder, _ := Of(folder)
	isFree := folder.Mode()&fs.ModeSticky == 0 || ofFolder == p.User
	return p.May(folder, Write|Run) && (isFree || p.MayChange(file))
}

func (p Person) isIn(group int64) bool {
	return group == p.Group || slices.Contains(p.Groups, group)
}
