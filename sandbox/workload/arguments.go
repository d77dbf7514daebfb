package workload

// This file is the program of `steps: from_args`, whose arguments say what it does. It must not run anything.

import (
	"fmt"
	"strconv"
	"time"
)

// stepsFromArguments is the program whose arguments are its steps: `sleep D`, `exit N`, `eat N` (MiB, one each 5 ms),
// `need VAR`, `serve D` (port 8080: `/ready` answers 503 until D has passed, `/live` 200, `/dead` 500), `deaf`.
func stepsFromArguments(arguments []string) []Step {
	var steps []Step
	refuse := func(format string, a ...any) []Step {
		text, two := fmt.Sprintf("error: "+format, a...), 2
		return append(steps, Step{LogError: &text}, Step{Exit: &two})
	}
	for i := 0; i < len(arguments); i++ {
		word, value := arguments[i], ""
		if word != "deaf" {
			if i++; i == len(arguments) {
				return refuse("`%s` needs a value", word)
			}
			value = arguments[i]
		}
		number, noNumber := strconv.Atoi(value)
		span, noSpan := time.ParseDuration(value)
		wait := Duration(span)
		switch {
		case word == "deaf":
			steps = append(steps, Step{deafen: true})
		case word == "sleep" && noSpan == nil:
			steps = append(steps, Step{Sleep: &wait})
		case word == "exit" && noNumber == nil:
			text := fmt.Sprintf("error: stopping with %d", number)
			steps = append(steps, Step{LogError: &text}, Step{Exit: &number})
		case word == "eat" && noNumber == nil:
			steps = append(steps, Step{Memory: &Memory{MiB: int64(number), Over: Duration(time.Duration(number) * 5 * time.Millisecond)}})
		case word == "need":
			steps = append(steps, Step{NeedEnv: &NeedEnv{Name: value, Log: "error: " + value + " is not set", Exit: 3}})
		case word == "serve" && noSpan == nil:
			steps = append(steps, Step{Listen: &Listen{Port: 8080, Paths: map[string]Answer{
				"/ready": {After: wait, Body: "ok\n"}, "/live": {Body: "ok\n"}, "/dead": {Status: 500, Body: "dead\n"}}}})
		default:
			return refuse("cannot do `%s %s`", word, value)
		}
	}
	return steps
}
