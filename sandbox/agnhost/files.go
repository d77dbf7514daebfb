package agnhost

// This file is what tells about files and settings of the container, in the words that tests look for.

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// newText is what mounttest writes, and by default waits for.
const newText = "mount-tester new file\n"

// retries is how long mounttest waits between two looks.
const retries = 2 * time.Second

// mountTest tells about the files that flags name, always in this order: the file system, new files, what they are like,
// what is in them.
func mountTest(p *program) func() int {
	ways := []struct {
		flag string
		tell func(path string) error
	}{
		{"fs_type", p.tellFileSystem},
		{"new_file_0644", func(path string) error { return p.writeNew(path, 0o644) }},
		{"new_file_0666", func(path string) error { return p.writeNew(path, 0o666) }},
		{"new_file_0660", func(path string) error { return p.writeNew(path, 0o660) }},
		{"new_file_0777", func(path string) error { return p.writeNew(path, 0o777) }},
		{"file_mode", func(path string) error {
			return p.tellAbout(path, func(about fs.FileInfo) { p.print("mode of file %q: %v", path, about.Mode()) })
		}},
		{"file_perm", func(path string) error {
			return p.tellAbout(path, func(about fs.FileInfo) { p.print("perms of file %q: %v", path, about.Mode().Perm()) })
		}},
		{"file_owner", func(path string) error {
			return p.tellAbout(path, func(about fs.FileInfo) {
				user, group := p.Owner(about)
				p.print("owner UID of %q: %d\nowner GID of %q: %d", path, user, path, group)
			})
		}},
		{"file_content", p.tellContent},
	}
	paths := make([]*string, len(ways))
	for i, way := range ways {
		paths[i] = p.flags.String(way.flag, "", "")
	}
	inLoop := p.flags.String("file_content_in_loop", "", "")
	seconds := p.flags.Int("retry_time", 180, "")
	isEndedByContent := p.flags.Bool("break_on_expected_content", true, "")
	return func() int {
		code := 0
		for i, way := range ways {
			if *paths[i] != "" && way.tell(*paths[i]) != nil {
				code = 1
			}
		}
		if *inLoop != "" && p.watchContent(*inLoop, time.Duration(*seconds)*time.Second, *isEndedByContent) != nil {
			code = 1
		}
		return code
	}
}

func (p *program) print(format string, arguments ...any) {
	fmt.Fprintf(p.Stdout, format+"\n", arguments...)
}

func (p *program) tellFileSystem(path string) error {
	if _, err := p.Stat(path); err != nil {
		p.print("error from statfs(%q): %v", path, err)
		return err
	}
	kind := p.FileSystem(path)
	// The kernel knows kinds by numbers; only one is told by its name. https://man7.org/linux/man-pages/man2/statfs.2.html
	if number := map[string]int{"ext4": 0xef53, "overlay": 0x794c7630, "xfs": 0x58465342}[kind]; number != 0 {
		kind = strconv.Itoa(number)
	}
	p.print("mount type of %q: %s", path, kind)
	return nil
}

func (p *program) tellAbout(path string, tell func(fs.FileInfo)) error {
	about, err := p.Stat(path)
	if err != nil {
		p.print("error from Stat(%q): %v", path, err)
		return err
	}
	tell(about)
	return nil
}

func (p *program) writeNew(path string, mode fs.FileMode) error {
	if err := p.Write(path, []byte(newText), mode); err != nil {
		p.print("error writing new file %q: %v", path, err)
		return err
	}
	return p.tellContent(path)
}

func (p *program) tellContent(path string) error {
	text, err := p.ReadFile(path)
	if err != nil {
		p.print("error reading file content for %q: %v", path, err)
		return err
	}
	p.print("content of file %q: %s", path, text)
	return nil
}

// watchContent tells what is in a file again and again; the error is that of the last look.
func (p *program) watchContent(path string, span time.Duration, isEndedByContent bool) error {
	end := time.After(span)
	tick := time.NewTicker(retries)
	defer tick.Stop()
	for {
		text, err := p.ReadFile(path)
		if err != nil {
			p.print("Error reading file %s: %v, retrying", path, err)
		} else {
			p.print("content of file %q: %s", path, text)
			if isEndedByContent && string(text) == newText {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-end:
			return err
		case <-p.ctx.Done():
			return err
		}
	}
}

// entrypointTester says how it was called.
func entrypointTester(p *program) func() int {
	return func() int {
		p.print("%v", p.arguments)
		return 0
	}
}

// noNewPrivileges says as whom it runs: it belongs to root and has the set-user-ID bit, which counts for nothing where the
// container may get no new rights.
func noNewPrivileges(p *program) func() int {
	return func() int {
		text, err := p.ReadFile("/proc/1/status")
		if err != nil {
			return p.fatal(err)
		}
		user, _ := p.User()
		if !strings.Contains(string(text), "NoNewPrivs:\t1\n") {
			user = 0
		}
		p.print("Effective uid: %d", user)
		return 0
	}
}

// pause waits for a SIGTERM and says so as its last word, in its log and in its termination message.
func pause(p *program) func() int {
	return func() int {
		p.print("Paused\nSignals registered")
		<-p.terminated
		last := fmt.Sprintf("exiting because of signal %q\n", "terminated")
		path := p.variable("TERMINATION_MESSAGE_PATH")
		if path == "" {
			path = "/dev/termination-log"
		}
		_ = p.Write(path, []byte(last), 0o644) // the Pod may have no such file
		fmt.Fprint(p.Stdout, last)
		return exitAfterTERM
	}
}

// hosts, suffixes and serverList tell of the files by which names are found.
func hosts(p *program) func() int {
	return func() int {
		text, err := p.ReadFile("/etc/hosts")
		if err != nil {
			return p.fatal(err)
		}
		p.print("%s", text)
		return 0
	}
}

func suffixes(p *program) func() int   { return p.tellResolving("search") }
func serverList(p *program) func() int { return p.tellResolving("nameserver") }

// tellResolving prints the first line of a kind.
func (p *program) tellResolving(kind string) func() int {
	return func() int {
		text, err := p.ReadFile("/etc/resolv.conf")
		if err != nil {
			return p.fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) > 0 && fields[0] == kind {
				p.print("%s", strings.Join(fields[1:], ","))
				return 0
			}
		}
		return p.fatal(fmt.Errorf("/etc/resolv.conf has no line %q", kind))
	}
}

// logsGenerator logs so many lines, evenly over a time.
func logsGenerator(p *program) func() int {
	var nLines int
	var span time.Duration
	for _, name := range []string{"t", "log-lines-total"} {
		p.flags.IntVar(&nLines, name, 0, "")
	}
	for _, name := range []string{"d", "run-duration"} {
		p.flags.DurationVar(&span, name, 0, "")
	}
	return func() int {
		if nLines <= 0 || span <= 0 {
			return p.fatal(fmt.Errorf("Invalid total number of lines or duration: %d, %s", nLines, span))
		}
		tick := time.NewTicker(span / time.Duration(nLines))
		defer tick.Stop()
		methods, namespaces := []string{"GET", "POST", "PUT"}, []string{"kube-system", "default", "ns"}
		for n := range nLines {
			at := time.Now()
			path := "/api/v1/namespaces/" + namespaces[rand.IntN(3)] + "/pods/" + strconv.FormatInt(int64(1000+rand.IntN(40000)), 36)
			// As klog writes it.
			fmt.Fprintf(p.Stderr, "I%s %7d logs_generator.go:76] %d %s %s %d\n", at.Format("0102 15:04:05.000000"), 1, n, methods[rand.IntN(3)], path, 200+rand.IntN(400))
			select {
			case <-tick.C:
			case <-p.ctx.Done():
				return 0
			}
		}
		return 0
	}
}
