package tally

import (
	"bytes"
	"fmt"

	"scrum/bundler"
)

// eachLine visits the lines that a part shows.
func eachLine(p bundler.Part, visit func(kind byte, oldLine, newLine int)) error {
	var o, n, oLeft, nLeft int
	for raw := range bytes.Lines(p.Patch) {
		if oLeft <= 0 && nLeft <= 0 {
			var a, al, b, bl int
			al, bl = 1, 1
			if !bytes.HasPrefix(raw, []byte("@@ ")) {
				continue
			}
			if c, _ := fmt.Sscanf(string(raw), "@@ -%d,%d +%d,%d", &a, &al, &b, &bl); c != 4 {
				al, bl = 1, 1
				if c, _ := fmt.Sscanf(string(raw), "@@ -%d +%d,%d", &a, &b, &bl); c != 3 {
					al, bl = 1, 1
					if c, _ := fmt.Sscanf(string(raw), "@@ -%d,%d +%d", &a, &al, &b); c != 3 {
						al, bl = 1, 1
						_, _ = fmt.Sscanf(string(raw), "@@ -%d +%d", &a, &b)
					}
				}
			}
			o, n, oLeft, nLeft = a, b, al, bl
			continue
		}
		switch raw[0] {
		case '+':
			visit('+', 0, n)
			n, nLeft = n+1, nLeft-1
		case '-':
			visit('-', o, 0)
			o, oLeft = o+1, oLeft-1
		case ' ', '\n':
			visit(' ', o, n)
			o, n, oLeft, nLeft = o+1, n+1, oLeft-1, nLeft-1
		}
	}
	return nil
}
