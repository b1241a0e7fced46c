package tally

import "strings"

// fence is a ``` or ~~~ line.
type fence struct {
	mark byte
	len  int
	info string
}

func readFence(l line) (fence, bool) {
	s := strings.TrimFunc(l.raw, blank)
	for _, mark := range []byte{'`', '~'} {
		n := len(s) - len(strings.TrimLeft(s, string(mark)))
		if n < 3 {
			continue
		}
		info := strings.TrimSpace(s[n:])
		if strings.IndexByte(info, mark) >= 0 {
			return fence{}, false // `code` in a line of text
		}
		return fence{mark, n, info}, true
	}
	return fence{}, false
}

func (f fence) closes(open fence) bool {
	return f.info == "" && f.mark == open.mark && f.len >= open.len
}

// plain tells that the fence may hold an answer, and not code of some language.
func (f fence) plain() bool {
	switch strings.ToLower(f.info) {
	case "", "md", "markdown", "text", "txt", "plaintext", "json", "json5", "jsonc":
		return true
	}
	return false
}

// fences knows, for each line, whether it is a fence line that will be closed. An
// unclosed fence is none: it must not swallow the findings after it.
type fences struct {
	at   map[int]fence
	last map[byte][]closer // per mark: the closing lines still ahead, longest last
}

type closer struct{ line, len int }

func findFences(lines []line) *fences {
	f := &fences{at: map[int]fence{}, last: map[byte][]closer{}}
	for i := range lines {
		fe, ok := readFence(lines[i])
		if !ok {
			continue
		}
		f.at[i] = fe
		if fe.info != "" {
			continue
		}
		// Keep only what some opener could still need: a later closer that is at
		// least as long makes an earlier one the weaker promise.
		stack := f.last[fe.mark]
		for len(stack) > 0 && stack[len(stack)-1].len <= fe.len {
			stack = stack[:len(stack)-1]
		}
		f.last[fe.mark] = append(stack, closer{i, fe.len})
	}
	return f
}

// closed tells that the fence opened at line i has a closing line after it.
func (f *fences) closed(i int, open fence) bool {
	for _, c := range f.last[open.mark] {
		if c.len < open.len {
			break // they only get shorter
		}
		if c.line > i {
			return true
		}
	}
	return false
}
