package workload

// This file reads curl's command line. It must not ask anything.

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// curlOptions are what the command line asks for, beside the requests.
type curlOptions struct {
	// request is what the requests for all addresses have in common.
	request
	addresses []string
	// output is the file for the body; isNamed: it is called as the URL ends.
	output  string
	isNamed bool
	// format is what `--write-out` says.
	format string
	// isShown: errors are shown although it is silent. isIncluding: headers are a part of the output.
	isSilent, isShown, isFailing, isIncluding, isVerbose, isFollowing bool
}

// curlOptions reads the command line; the code is not 0 when it cannot be served.
func (c *call) curlOptions() (*curlOptions, int) {
	o := &curlOptions{request: request{timeout: defaultTimeout, headers: http.Header{"User-Agent": {"curl/8.5.0"}, "Accept": {"*/*"}}}}
	f := pflag.NewFlagSet("curl", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.BoolVarP(&o.isSilent, "silent", "s", false, "")
	f.BoolVarP(&o.isShown, "show-error", "S", false, "")
	f.BoolVarP(&o.isFailing, "fail", "f", false, "")
	f.BoolVarP(&o.isIncluding, "include", "i", false, "")
	f.BoolVarP(&o.isVerbose, "verbose", "v", false, "")
	f.BoolVarP(&o.isFollowing, "location", "L", false, "")
	f.BoolVarP(&o.trusting, "insecure", "k", false, "")
	f.BoolVarP(&o.isNamed, "remote-name", "O", false, "")
	f.BoolP("ipv4", "4", false, "")
	f.BoolP("no-buffer", "N", false, "")
	// No configuration file is read, and no range of a URL is, with or without these.
	f.BoolP("disable", "q", false, "")
	f.BoolP("globoff", "g", false, "")
	f.Bool("http1.1", false, "")
	f.Bool("no-progress-meter", false, "")
	f.StringVarP(&o.output, "output", "o", "", "")
	f.StringVarP(&o.format, "write-out", "w", "", "")
	f.StringVarP(&o.method, "request", "X", "", "")
	isHead := f.BoolP("head", "I", false, "")
	headers := f.StringArrayP("header", "H", nil, "")
	data := f.StringArrayP("data", "d", nil, "")
	agent := f.StringP("user-agent", "A", "", "")
	user := f.StringP("user", "u", "", "")
	authority := f.String("cacert", "", "")
	f.StringVar(&o.from, "interface", "", "")
	resolve := f.StringArray("resolve", nil, "")
	most := f.Float64P("max-time", "m", 0, "")
	connect := f.Float64("connect-timeout", 0, "")
	if code := c.parse(f); code != 0 {
		return nil, code
	}
	o.addresses = f.Args()
	if len(o.addresses) == 0 {
		fmt.Fprintln(c.Stderr, "curl: (2) no URL specified")
		return nil, 2
	}
	o.tell = func(string, ...any) {}
	if o.isVerbose {
		o.tell = func(format string, arguments ...any) { fmt.Fprintf(c.Stderr, "* "+format+"\n", arguments...) }
	}
	seconds := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	if *most > 0 {
		o.timeout = seconds(*most)
	}
	o.connect = seconds(*connect)
	if *agent != "" {
		o.headers.Set("User-Agent", *agent)
	}
	if *user != "" {
		o.headers.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(*user)))
	}
	o.method = withDefault(o.method, method(*isHead, len(*data) > 0))
	o.isIncluding = o.isIncluding || *isHead
	if len(*data) > 0 {
		o.headers.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, header := range *headers {
		name, text, _ := strings.Cut(header, ":")
		if text = strings.TrimSpace(text); text == "" {
			o.headers.Del(name)
			continue
		}
		o.headers.Set(strings.TrimSpace(name), text)
	}
	for _, where := range *resolve {
		parts := strings.SplitN(where, ":", 3)
		if len(parts) != 3 || net.ParseIP(parts[2]) == nil {
			fmt.Fprintf(c.Stderr, "curl: (49) Couldn't parse CURLOPT_RESOLVE entry '%s'\n", where)
			return nil, 49
		}
		if o.at == nil {
			o.at = map[string]string{}
		}
		o.at[net.JoinHostPort(parts[0], parts[1])] = parts[2]
	}
	return o, c.readForCurl(o, *data, *authority)
}

// parse reads the flags, and complains as curl does.
func (c *call) parse(f *pflag.FlagSet) int {
	err := f.Parse(c.arguments[1:])
	unknown, valueless, invalid := (*pflag.NotExistError)(nil), (*pflag.ValueRequiredError)(nil), (*pflag.InvalidValueError)(nil)
	switch {
	case errors.As(err, &unknown):
		return c.refuse("does not know the option %s", dashed(unknown.GetSpecifiedName(), unknown.GetSpecifiedShortnames()))
	case errors.As(err, &valueless):
		fmt.Fprintf(c.Stderr, "curl: option %s: requires parameter\n", dashed(valueless.GetSpecifiedName(), valueless.GetSpecifiedShortnames()))
		return 2
	case errors.As(err, &invalid):
		fmt.Fprintf(c.Stderr, "curl: option --%s: expected a proper numerical parameter\n", invalid.GetFlag().Name)
		return 2
	case err != nil:
		return c.refuse("does not take this: %s", err)
	}
	return 0
}

func dashed(name, group string) string {
	if group != "" {
		return "-" + name
	}
	return "--" + name
}

func method(isHead, hasData bool) string {
	switch {
	case isHead:
		return http.MethodHead
	case hasData:
		return http.MethodPost
	}
	return http.MethodGet
}

func withDefault(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// readForCurl reads the files that the command line names.
func (c *call) readForCurl(o *curlOptions, data []string, authority string) int {
	read := func(name string) ([]byte, error) {
		file, err := c.open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return io.ReadAll(file)
	}
	for i, text := range data {
		if name, isFile := strings.CutPrefix(text, "@"); isFile {
			content, err := read(name)
			if err != nil {
				fmt.Fprintf(c.Stderr, "curl: option -d: error encountered when reading a file\n")
				return 26
			}
			data[i] = strings.NewReplacer("\n", "", "\r", "").Replace(string(content))
		}
	}
	o.body = strings.Join(data, "&")
	if name, isFile := strings.CutPrefix(o.format, "@"); isFile {
		content, err := read(name)
		if err != nil {
			fmt.Fprintf(c.Stderr, "curl: option -w: error encountered when reading a file\n")
			return 26
		}
		o.format = string(content)
	}
	if authority != "" {
		content, err := read(authority)
		o.roots = x509.NewCertPool()
		if err != nil || !o.roots.AppendCertsFromPEM(content) {
			fmt.Fprintf(c.Stderr, "curl: (77) error setting certificate verify locations:  CAfile: %s CApath: none\n", authority)
			return 77
		}
	}
	return 0
}
