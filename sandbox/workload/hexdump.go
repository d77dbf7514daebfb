package workload

// This file is `hexdump -C`: bytes by their numbers, and as text.

import (
	"fmt"
	"io"
	"strings"
)

func hexdump(c *call) int {
	o := c.options("Cv")
	if o == nil {
		return 1
	}
	if !o.has('C') {
		return c.refuse("has one form: -C")
	}
	return c.forEach(orStdin(o.operands), "can't open '%s': %s", func(name string) error {
		file, err := c.open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		row, at := make([]byte, 16), 0
		for {
			n, err := io.ReadFull(file, row)
			if n > 0 {
				c.print("%08x  %s", at, hexRow(row[:n]))
			}
			at += n
			if err != nil {
				c.print("%08x", at)
				return nil
			}
		}
	})
}

// hexRow is up to sixteen bytes, in two halves, and what can be shown of them.
func hexRow(row []byte) string {
	var numbers, shown strings.Builder
	for i, one := range row {
		if i == 8 {
			numbers.WriteByte(' ')
		}
		fmt.Fprintf(&numbers, "%02x ", one)
		if one < ' ' || one > '~' {
			one = '.'
		}
		shown.WriteByte(one)
	}
	return fmt.Sprintf("%-50s|%s|", numbers.String(), &shown)
}
