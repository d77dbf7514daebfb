package workload

// This file is `tar` for what `kubectl cp` and people ask of it: to pack, to unpack and to list, through streams or files.

import (
	archive "archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"sandbox/shell"
)

func tar(c *call) int {
	// The first word may come without its dash.
	if len(c.arguments) > 1 && !strings.HasPrefix(c.arguments[1], "-") {
		c.arguments = append([]string{c.arguments[0], "-" + c.arguments[1]}, c.arguments[2:]...)
	}
	var words []string
	for _, word := range c.arguments {
		// Those that kubectl adds change nothing here.
		if word != "--no-same-owner" && word != "--no-same-permissions" {
			words = append(words, word)
		}
	}
	c.arguments = words
	o := c.options("cxtzvpmof:C:")
	if o == nil {
		return 1
	}
	folder := c.in()
	if into, given := o.given['C']; given {
		folder = c.absolute(into)
	}
	t := &tarball{c: c, o: o, folder: folder}
	var err error
	switch {
	case o.has('c') && len(o.operands) == 0:
		c.say("empty archive")
		return 1
	case o.has('c'):
		err = t.pack()
	case o.has('x') || o.has('t'):
		err = t.unpack()
	default:
		return c.refuse("needs one of -c, -x and -t")
	}
	if err != nil {
		c.say("%v", err)
		return 1
	}
	return t.code
}

// tarball is one run of tar.
type tarball struct {
	c      *call
	o      *options
	folder string
	code   int
}

func (t *tarball) pack() (err error) {
	var to io.Writer = t.c.Stdout
	if name, given := t.o.given['f']; given && name != "-" {
		file, err := t.c.create(name, os.O_TRUNC)
		if err != nil {
			return fmt.Errorf("can't create '%s': %s", name, words(err))
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		to = file
	}
	if t.o.has('z') {
		packed := gzip.NewWriter(to)
		defer func() { err = errors.Join(err, packed.Close()) }()
		to = packed
	}
	writing := archive.NewWriter(to)
	for _, name := range t.o.operands {
		if err := t.add(writing, name); err != nil {
			return err
		}
	}
	return writing.Close()
}

func (t *tarball) add(to *archive.Writer, name string) error {
	whole := shell.From(t.folder, name)
	about, err := t.c.world.Stat(whole)
	if err != nil {
		t.c.say("%s: %s", name, words(err))
		t.code = 1
		return nil
	}
	header, err := archive.FileInfoHeader(plain{about}, "")
	if err != nil {
		return err
	}
	// A name from the root loses its slash.
	if header.Name = strings.TrimPrefix(path.Clean(name), "/"); header.Name == "" {
		header.Name = "."
	}
	if about.IsDir() {
		return t.addFolder(to, name, whole, header)
	}
	file, err := t.c.world.OpenFile(whole, os.O_RDONLY, 0)
	if err != nil {
		t.c.say("%s: %s", name, words(err))
		t.code = 1
		return nil
	}
	defer file.Close()
	if err := to.WriteHeader(header); err != nil {
		return err
	}
	// One that grows meanwhile is cut, as its length has been told.
	if _, err := io.CopyN(to, file, header.Size); err != nil {
		return fmt.Errorf("%s: file changed as we read it", name)
	}
	return nil
}

func (t *tarball) addFolder(to *archive.Writer, name, whole string, header *archive.Header) error {
	header.Name += "/"
	if err := to.WriteHeader(header); err != nil {
		return err
	}
	within, err := t.c.world.ReadDir(whole)
	if err != nil {
		return err
	}
	for _, one := range within {
		if err := t.add(to, name+"/"+one.Name()); err != nil {
			return err
		}
	}
	return nil
}

// plain hides what a system knows of a file beside what the archive is to have.
type plain struct{ fs.FileInfo }

func (plain) Sys() any { return nil }

func (t *tarball) unpack() error {
	var from io.Reader = t.c.stdin()
	if name, given := t.o.given['f']; given && name != "-" {
		file, err := t.c.open(name)
		if err != nil {
			return fmt.Errorf("can't open '%s': %s", name, words(err))
		}
		defer file.Close()
		from = file
	}
	if t.o.has('z') {
		unpacked, err := gzip.NewReader(from)
		if err != nil {
			return fmt.Errorf("invalid gzip magic")
		}
		from = unpacked
	}
	reading := archive.NewReader(from)
	for t.c.ctx.Err() == nil {
		header, err := reading.Next()
		if err == io.EOF {
			// What follows the end of the archive is read, so that who writes does not hang.
			io.Copy(io.Discard, from)
			return nil
		}
		if err != nil {
			return fmt.Errorf("invalid tar magic")
		}
		if t.o.has('t') || t.o.has('v') {
			t.c.print("%s", header.Name)
		}
		if t.o.has('t') {
			continue
		}
		if err := t.extract(header, reading); err != nil {
			return err
		}
	}
	return nil
}

// extract writes one file; a name that leads out of the folder is kept in it.
func (t *tarball) extract(header *archive.Header, from io.Reader) error {
	name := path.Join(t.folder, path.Clean("/"+header.Name))
	switch header.Typeflag {
	case archive.TypeDir:
		return t.c.makeWay(name)
	case archive.TypeReg:
	default:
		t.c.say("%s: only files and folders are simulated", header.Name)
		return nil
	}
	if err := t.c.makeWay(path.Dir(name)); err != nil {
		return fmt.Errorf("can't create directory '%s': %s", path.Dir(name), words(err))
	}
	file, err := t.c.world.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, header.FileInfo().Mode().Perm())
	if err != nil {
		return fmt.Errorf("can't open '%s': %s", header.Name, words(err))
	}
	_, err = io.Copy(file, from)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write error: %s", words(err))
	}
	return nil
}
