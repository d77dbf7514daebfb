package workload

// This file is the list of all commands that a model's `exec` may name. It must not know what they do.

func init() {
	builtins = map[string]func(*call) int{
		"agnhost": agnhostTool, "ash": sh, "awk": awk, "base64": base64Tool, "basename": basename, "bash": sh, "busybox": busybox, "cat": cat, "chgrp": chown, "chmod": chmod, "chown": chown, "cp": cp,
		"curl": curl, "cut": cut, "date": date, "df": df, "dig": dig, "dirname": dirname, "du": du, "echo": echo, "env": env, "expr": expr, "false": func(*call) int { return 1 },
		"find": find, "free": free, "getent": getent, "grep": grep, "head": head, "hexdump": hexdump, "hostname": hostname, "id": id, "kill": kill, "ls": ls, "mkdir": mkdir, "mount": mount, "mv": mv, "nc": nc,
		"nslookup": nslookup, "ping": ping, "printenv": printenv, "printf": printf, "ps": ps, "pwd": pwd, "rm": rm, "rmdir": rmdir, "sed": sed, "seq": seq, "sh": sh,
		"sleep": sleep, "sort": sortLines, "stat": stat, "sysctl": sysctl, "tail": tail, "tar": tar, "tee": tee, "test": test, "timeout": timeout, "top": top, "touch": touch, "tr": tr,
		"true": func(*call) int { return 0 }, "uname": uname, "uniq": uniq, "wc": wc, "wget": wget, "which": which, "whoami": whoami, "xargs": xargs, "yes": yes,
	}
}
