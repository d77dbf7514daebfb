package shell

// This file is redirections: which file or descriptor a command reads and writes. It must not know where files are.

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// descriptor is one end of a file, a pipe or a terminal.
type descriptor struct {
	reader io.Reader
	writer io.Writer
	closer io.Closer
}

// descriptors are those of a shell, by number; nil: closed.
type descriptors [10]*descriptor

func (d *descriptors) writer(n int) io.Writer {
	if d[n] == nil || d[n].writer == nil {
		return refusing{}
	}
	return d[n].writer
}

func (d *descriptors) reader(n int) io.Reader {
	if d[n] == nil || d[n].reader == nil {
		return empty{}
	}
	return d[n].reader
}

// refusing is a descriptor that is closed.
type refusing struct{}

func (refusing) Write([]byte) (int, error) { return 0, syscall.EBADF }

// withRedirections runs a statement's command with the files that it names, and puts the old ones back.
func (s *state) withRedirections(statement *syntax.Stmt) {
	if len(statement.Redirs) == 0 {
		s.command(statement.Cmd)
		return
	}
	before := s.files
	var opened []io.Closer
	isFine := true
	for _, redirection := range statement.Redirs {
		closer, ok := s.redirect(redirection)
		if closer != nil {
			opened = append(opened, closer)
		}
		if isFine = ok; !ok {
			break
		}
	}
	// After an `exec` without a command they stay.
	if isFine && isBareExec(statement.Cmd) {
		s.status = 0
		return
	}
	if isFine {
		s.command(statement.Cmd)
	} else if s.flow == onward {
		s.status = 1
	}
	s.files = before
	for _, one := range opened {
		// A file whose last bytes could not be written has said so at the write.
		one.Close()
	}
}

func isBareExec(command syntax.Command) bool {
	call, ok := command.(*syntax.CallExpr)
	return ok && len(call.Args) == 1 && len(call.Assigns) == 0 && call.Args[0].Lit() == "exec"
}

// redirect opens one file. The closer is nil where there is nothing to close.
func (s *state) redirect(r *syntax.Redirect) (io.Closer, bool) {
	n := 1
	switch r.Op {
	case syntax.RdrIn, syntax.RdrInOut, syntax.DplIn, syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc:
		n = 0
	}
	if r.N != nil {
		number, err := strconv.Atoi(r.N.Value)
		if err != nil || number > 9 {
			s.complain("%s: Bad file descriptor", r.N.Value)
			return nil, false
		}
		n = number
	}
	if r.Op == syntax.Hdoc || r.Op == syntax.DashHdoc {
		text, ok := s.document(r)
		s.files[n] = &descriptor{reader: strings.NewReader(text)}
		return nil, ok
	}
	name, ok := s.literal(r.Word)
	if !ok {
		return nil, false
	}
	switch r.Op {
	case syntax.WordHdoc:
		s.files[n] = &descriptor{reader: strings.NewReader(name + "\n")}
		return nil, true
	case syntax.DplIn, syntax.DplOut:
		return nil, s.duplicate(n, name)
	}
	return s.openFile(r.Op, n, name)
}

func (s *state) duplicate(n int, name string) bool {
	if name == "-" {
		s.files[n] = nil
		return true
	}
	from, err := strconv.Atoi(name)
	if err != nil || from > 9 || s.files[from] == nil {
		s.complain("%s: Bad file descriptor", name)
		return false
	}
	s.files[n] = s.files[from]
	return true
}

func (s *state) openFile(operator syntax.RedirOperator, n int, name string) (io.Closer, bool) {
	flag := os.O_RDONLY
	switch operator {
	case syntax.RdrOut, syntax.ClbOut, syntax.RdrAll:
		flag = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	case syntax.AppOut, syntax.AppAll:
		flag = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	case syntax.RdrInOut:
		flag = os.O_RDWR | os.O_CREATE
	}
	// These are the shell's own descriptors, whatever they are.
	if own, ok := map[string]int{"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2, "/dev/fd/0": 0, "/dev/fd/1": 1, "/dev/fd/2": 2}[name]; ok {
		s.files[n] = s.files[own]
		return nil, true
	}
	file, err := s.options.System.Open(s.absolute(name), flag)
	if err != nil {
		what := "open"
		if flag != os.O_RDONLY {
			what = "create"
		}
		switch s.options.Style {
		case Ash:
			s.complain("can't %s %s: %s", what, name, Reason(err))
		case Dash:
			s.complain("cannot %s %s: %s", what, name, Reason(err))
		default:
			s.complain("%s: %s", name, Reason(err))
		}
		return nil, false
	}
	opened := &descriptor{closer: file}
	if flag == os.O_RDONLY || operator == syntax.RdrInOut {
		opened.reader = file
	}
	if flag != os.O_RDONLY {
		opened.writer = file
	}
	s.files[n] = opened
	if operator == syntax.RdrAll || operator == syntax.AppAll {
		s.files[2] = opened
	}
	return file, true
}

// document is the text of a here-document; that of `<<-` loses the tabs at the beginning of its lines.
func (s *state) document(r *syntax.Redirect) (string, bool) {
	word := r.Hdoc
	if word == nil {
		return "", true
	}
	if r.Op == syntax.DashHdoc {
		bare := &syntax.Word{}
		for i, part := range word.Parts {
			literal, ok := part.(*syntax.Lit)
			if !ok {
				bare.Parts = append(bare.Parts, part)
				continue
			}
			lines := strings.Split(literal.Value, "\n")
			for j, line := range lines {
				if i == 0 || j > 0 {
					lines[j] = strings.TrimLeft(line, "\t")
				}
			}
			bare.Parts = append(bare.Parts, &syntax.Lit{Value: strings.Join(lines, "\n")})
		}
		word = bare
	}
	return s.expand(func() (string, error) { return expand.Document(s.config, word) })
}

// absolute is a name seen from the working directory.
func (s *state) absolute(name string) string { return From(s.folder, name) }

// From is a name seen from a folder.
func From(folder, name string) string {
	if !path.IsAbs(name) {
		name = folder + "/" + name
	}
	return path.Clean(name)
}

// Reason is what a C program says of an error of a file.
func Reason(err error) string {
	var number syscall.Errno
	switch {
	case errors.As(err, &number):
		text := number.Error()
		return strings.ToUpper(text[:1]) + text[1:]
	case errors.Is(err, fs.ErrNotExist):
		return "No such file or directory"
	case errors.Is(err, fs.ErrPermission):
		return "Permission denied"
	case errors.Is(err, fs.ErrExist):
		return "File exists"
	default:
		return err.Error()
	}
}
