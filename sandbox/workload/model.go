// Package workload says what a container image does when it runs: a model read from a YAML file, and a process that
// behaves as the model says.
//
// It must not know Kubernetes or CRI, and it never runs a program of the host: what a process sees of its container
// comes through the interface World.
package workload

import (
	"time"
)

// Model is what every container of one image repository does. Its YAML form is strict: see Parse.
type Model struct {
	FormatVersion int `yaml:"format_version"`
	// Image is the repository, as `docker pull` would take it, without a tag. A `*` stands for any part of the
	// registry's host between two dots.
	Image string   `yaml:"image"`
	Tags  []string `yaml:"tags"`
	// Entrypoint is the program's path: what `ps` shows and what a Pod's `command` may name.
	Entrypoint string `yaml:"entrypoint"`
	// Command is what runs where a Pod names neither a command nor arguments, which then take its place. Unset: the entrypoint.
	Command []string `yaml:"command"`
	// Preloaded images are on every node without a pull.
	Preloaded bool `yaml:"preloaded"`
	// User is the numeric user that the image runs as; 0 is root.
	User int64 `yaml:"user"`
	// SizeMiB is what the image takes on a node; unset: a plausible size worked out from its name.
	SizeMiB int64 `yaml:"size_mib"`
	// Steps are what process 1 does in order; after the last one it stays until it is told to end.
	Steps Steps `yaml:"steps"`
	// Every is what it logs and asks again and again after its last step. Unset: nothing.
	Every     *Every    `yaml:"every"`
	OnSigterm OnSigterm `yaml:"on_sigterm"`
	// Exec names the commands that exist in the image, out of Commands(). Unset: none, as in a distroless image.
	Exec []string `yaml:"exec"`
	// Programs are further commands.
	Programs []Program `yaml:"programs"`
}

// Steps is a list of steps, or `from_args`: the arguments of the container are the steps (see stepsFromArguments).
type Steps struct {
	FromArguments bool
	List          []Step
}

// Step is one thing that a process does. Exactly one field is set.
type Step struct {
	// Flags reads the container's arguments as flags and ends the process at one that it does not know.
	Flags    map[string]ValueType `yaml:"flags"`
	NeedEnv  *NeedEnv             `yaml:"need_env"`
	NeedFile *NeedFile            `yaml:"need_file"`
	// NeedAnswer waits for another address, and ends the process when it does not answer.
	NeedAnswer *NeedAnswer `yaml:"need_answer"`
	// KeepFile makes a file that is not there yet; in a volume it stays.
	KeepFile *KeepFile `yaml:"keep_file"`
	Sleep    *Duration `yaml:"sleep"`
	Memory   *Memory   `yaml:"memory"`
	Work     *Work     `yaml:"work"`
	Load     *Load     `yaml:"load"`
	Log      *string   `yaml:"log"`
	LogError *string   `yaml:"log_error"`
	Listen   *Listen   `yaml:"listen"`
	Exit     *int      `yaml:"exit"`
	// deafen makes the process ignore SIGTERM from here on.
	deafen bool
	// run is a command whose output is logged and whose exit code is the process's.
	run []string
}

// NeedEnv ends the process when an environment variable is not set or empty, or is not of its type.
type NeedEnv struct {
	Name string `yaml:"name"`
	// Is is what the value must be; unset: any text.
	Is   ValueType `yaml:"is"`
	Log  string    `yaml:"log"`
	Exit int       `yaml:"exit"`
}

// NeedFile ends the process when a file cannot be read.
type NeedFile struct {
	Path string `yaml:"path"`
	Log  string `yaml:"log"`
	Exit int    `yaml:"exit"`
}

// Ask is a request to another address. It fails where no name is found, nobody answers in time, or the answer is not a 2xx.
type Ask struct {
	// Env is the variable that has the address: a URL, which is asked by HTTP, or `host:port`, which is only connected to.
	Env string `yaml:"env"`
	// Optional: where the variable is not set or empty nobody is asked.
	Optional bool `yaml:"optional"`
	// Timeout is what a connection and the answer may take together; unset: 5s.
	Timeout Duration `yaml:"timeout"`
	// Speaks is whose words the program has for what fails; unset: those of Go.
	Speaks Language `yaml:"speaks"`
	// Log stands before those words in the log; unset: `error`.
	Log string `yaml:"log"`
}

// NeedAnswer asks until there is an answer, and ends the process after so many tries.
type NeedAnswer struct {
	Ask *Ask `yaml:"ask"`
	// Tries is how often it asks; unset: once. Pause is between two.
	Tries int      `yaml:"tries"`
	Pause Duration `yaml:"pause"`
	Exit  int      `yaml:"exit"`
}

// KeepFile writes a file, unless there is one, and ends the process when it cannot. Its folder is part of the image and
// belongs to the image's user.
type KeepFile struct {
	Path string `yaml:"path"`
	// FolderFrom names a variable that may name another folder. Unset: it is always that of the path.
	FolderFrom string `yaml:"folder_from"`
	Text       string `yaml:"text"`
	// Log is logged when the file was made now.
	Log string `yaml:"log"`
}

// Memory grows the process to MiB evenly over a time. Past the container's limit it is killed.
type Memory struct {
	MiB  int64    `yaml:"mib"`
	Over Duration `yaml:"over"`
}

// Work takes processor time: with less than its threads could use, it takes longer.
type Work struct {
	// Processor is the time that one processor would need.
	Processor Duration `yaml:"processor"`
	// Threads are how many share it; unset: 1.
	Threads int `yaml:"threads"`
}

// Load is what the process uses of a processor by itself, from here on.
type Load struct {
	// Millis are thousandths of a processor.
	Millis int `yaml:"millis"`
}

// Listen opens a port. With paths or a folder it speaks HTTP and answers 404 on any other path; without, it accepts connections and
// closes them at the first byte, as a database does when a stranger talks HTTP to it.
type Listen struct {
	Port int `yaml:"port"`
	// After delays the port's opening; the following steps do not wait for it.
	After Duration          `yaml:"after"`
	Paths map[string]Answer `yaml:"paths"`
	// Folder is a folder of the container whose files are served, before any of the paths; of a folder in it `index.html`. Unset: none.
	Folder string `yaml:"folder"`
	// GRPC are the services of which gRPC's health protocol is told; the empty name is the whole program.
	GRPC map[string]Health `yaml:"grpc"`
}

// Health is what gRPC's health protocol is told of a service.
type Health struct {
	// Status is `serving`, unset too, or `not-serving`.
	Status string `yaml:"status"`
	// After is how long, from the moment of the listen step, it is not serving instead.
	After Duration `yaml:"after"`
	// Processor is the processor time that each answer takes.
	Processor Duration `yaml:"processor"`
}

// Answer is what a path answers.
type Answer struct {
	// Status is the HTTP status; unset: 200.
	Status int    `yaml:"status"`
	Body   string `yaml:"body"`
	// After is how long, from the moment of the listen step, the path answers 503 instead.
	After Duration `yaml:"after"`
	// Processor is the processor time that each answer takes.
	Processor Duration `yaml:"processor"`
	// Asks are what the path asks each time; where one fails it answers 503, and the process logs why.
	Asks []*Ask `yaml:"asks"`
}

// Every is what a running process logs, and whom it asks, once a period.
type Every struct {
	Period Duration `yaml:"period"`
	Log    []string `yaml:"log"`
	// Asks are asked at the beginning, too. What fails is logged, and ends nothing.
	Asks []*Ask `yaml:"asks"`
	// Again names the variable with the pause, such as `80ms`, after which it asks again what has no good answer, without waiting for
	// the question before. Unset, or no such time: once a period.
	Again string `yaml:"again"`
}

// OnSigterm is the reaction to SIGTERM. Unset: the process ends at once with 143 (128 + 15).
type OnSigterm struct {
	After  Duration `yaml:"after"`
	Log    string   `yaml:"log"`
	Exit   *int     `yaml:"exit"`
	Ignore bool     `yaml:"ignore"`
}

// Program is a command with a fixed result, whose arguments are ignored, or another name of a tool.
type Program struct {
	Path   string `yaml:"path"`
	Output string `yaml:"output"`
	Exit   int    `yaml:"exit"`
	// Tool is one of Commands(); where it is set there is no fixed result. An entrypoint that is such a program is the tool.
	Tool string `yaml:"tool"`
}

// Duration is a time span written as Go writes it: `300ms`, `1m30s`.
type Duration time.Duration

// exitAfterSigterm is what the process ends with when it is told to end and says nothing else.
func (m *Model) exitAfterSigterm() int {
	switch {
	case m.OnSigterm.Exit != nil:
		return *m.OnSigterm.Exit
	case m.Steps.FromArguments:
		// The recorded program is a Go program without a handler.
		return 2
	default:
		return 143
	}
}
