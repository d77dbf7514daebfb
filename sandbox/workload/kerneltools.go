package workload

// This file is the tools that show what the kernel tells by files. They change nothing of it.

import "strings"

// mount lists what is mounted, of one kind where that is asked for.
func mount(c *call) int {
	o := c.options("t:")
	if o == nil {
		return 1
	}
	if len(o.operands) > 0 {
		return c.refuse("lists what is mounted, and mounts nothing: a container may not")
	}
	text, err := c.world.ReadFile("/proc/mounts")
	if err != nil {
		c.say("can't open '/proc/mounts': %s", words(err))
		return 1
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 3 && (!o.has('t') || fields[2] == o.given['t']) {
			c.print("%s on %s type %s (%s)", fields[0], fields[1], fields[2], fields[3])
		}
	}
	return 0
}

// sysctl shows settings of the kernel.
func sysctl(c *call) int {
	o := c.options("n")
	if o == nil {
		return 1
	}
	if len(o.operands) == 0 {
		return c.missing()
	}
	code := 0
	for _, name := range o.operands {
		if strings.Contains(name, "=") {
			return c.refuse("shows settings, and changes none: a Pod has them in its `securityContext`")
		}
		text, err := c.world.ReadFile("/proc/sys/" + strings.ReplaceAll(name, ".", "/"))
		value := strings.TrimSpace(string(text))
		switch {
		case err != nil:
			c.say("error: '%s' is an unknown key", name)
			code = 1
		case o.has('n'):
			c.print("%s", value)
		default:
			c.print("%s = %s", name, value)
		}
	}
	return code
}
