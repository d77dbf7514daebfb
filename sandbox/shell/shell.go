// Package shell runs scripts of the shell's language over whatever System it is given: the parser and the expansions
// are those of mvdan.cc/sh, and what a script may reach is decided here alone.
//
// It must not know containers or their tools, and must not touch the host's files, environment, processes or network:
// mvdan.cc/sh's own interpreter does in places (it asks the host whether a program or a script exists, who the user is and
// what its process id is, makes named pipes, and dies of a function that calls itself), so it is not used.
package shell

import (
	"context"
	"io"
	"io/fs"
)

// System is all that a script can reach. Names of files are absolute and clean.
type System interface {
	// Open opens a file with the flags of the package os; errors are those of io/fs.
	Open(name string, flag int) (io.ReadWriteCloser, error)
	Stat(name string) (fs.FileInfo, error)
	ReadDir(name string) ([]fs.FileInfo, error)
	// May tells whether the script may read a file (4), write to it (2) or run it (1), by its mode.
	May(file fs.FileInfo, wanted fs.FileMode) bool
	// Run runs a program to its end. A program that does not exist is a [*NotFound].
	Run(ctx context.Context, command Command) (code int, err error)
	// Find is where a program lies; empty: there is none.
	Find(name string) string
}

// Command is a program to run.
type Command struct {
	Arguments   []string
	Environment []string
	Folder      string
	Streams
	// IsTerminal is true where input and output are the shell's own.
	IsTerminal bool
	// Interrupts hands the interrupts over until the program ends: for a shell that prompts, which an interrupt does not end.
	Interrupts func() <-chan struct{}
}

// Streams are the standard streams. None is nil.
type Streams struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// NotFound says that a program cannot be run; Reason is what a shell says of it.
type NotFound struct {
	Reason string
	// Code is what the shell answers: 127 where there is none, 126 where it may not be run.
	Code int
}

func (e *NotFound) Error() string { return e.Reason }

// Style is whose words the shell speaks, and which language it reads.
type Style int

const (
	// Ash is BusyBox's shell.
	Ash Style = iota
	// Dash is the `sh` of Debian.
	Dash
	// Bash reads its own language.
	Bash
)

// Options are what a shell is started with.
type Options struct {
	System System
	Style  Style
	// Name is `$0`, and what the shell calls itself in its messages.
	Name        string
	Parameters  []string
	Environment []string
	// Folder is the working directory, an absolute path.
	Folder string
	// ID is the process id that the shell takes itself to have.
	ID int
	Streams
	// Signals are `TERM`, `INT` and the like, for the traps of a script. Nil: none come.
	Signals <-chan string
	// Host and User are shown in a prompt.
	Host   string
	IsRoot bool
	// Set are options as of the built-in `set`: `-e`, `-o`, `pipefail`.
	Set []string
}

const (
	// longestScript is how long a script or an argument of `eval` may be: as an argument of a program on Linux.
	longestScript = 128 << 10
	// deepest is how deep calls may be nested; a real shell dies of its stack at some depth.
	deepest = 400
	// mostAtOnce is how many parts of a script may run side by side, as a container's limit of processes.
	mostAtOnce = 300
	// mostText is how much text one expansion may read or make, and all variables may hold together, in bytes.
	mostText = 16 << 20
)
