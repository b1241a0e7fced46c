package progress

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// vt is a terminal as far as frames need one. Lines that have gone out at the top are
// kept. A terminal that becomes narrower breaks its lines anew, as most do.
type vt struct {
	t             *testing.T
	mu            sync.Mutex
	width, height int
	rows          [][]rune // all there have been; the screen is the last of them; 0 is the second cell of a wide character
	x, y          int      // y counts from the first row of all
	hidden        bool
	wrap          bool
	pending       bool // the last column was written: the next character goes to the next line
	frames        int
}

func newVT(t *testing.T, width, height int) *vt {
	return &vt{t: t, width: width, height: height, wrap: true, rows: [][]rune{nil}}
}

func (v *vt) size() (int, int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.width, v.height
}

// drawn is how many frames came.
func (v *vt) drawn() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.frames
}

func (v *vt) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.frames++
	for s := string(p); s != ""; {
		if strings.HasPrefix(s, "\x1b[") {
			end := strings.IndexFunc(s[2:], func(r rune) bool { return r >= '@' && r <= '~' }) + 2
			v.command(s[2:end], s[end])
			s = s[end+1:]
			continue
		}
		r, n := utf8.DecodeRuneInString(s)
		v.put(r)
		s = s[n:]
	}
	return len(p), nil
}

func (v *vt) command(arg string, verb byte) {
	v.pending = false
	switch string(verb) {
	case "A":
		n, _ := strconv.Atoi(arg)
		v.y = max(v.y-n, v.top())
	case "K":
		v.rows[v.y] = v.rows[v.y][:min(v.x, len(v.rows[v.y]))]
	case "J":
		v.command("", 'K')
		v.rows = v.rows[:v.y+1]
	case "h", "l":
		on := verb == 'h'
		if arg == "?25" {
			v.hidden = !on
		} else {
			v.wrap = on
		}
	case "m":
	default:
		v.t.Errorf("the terminal got the command %q%c", arg, verb)
	}
}

func (v *vt) top() int { return max(0, len(v.rows)-v.height) }

func (v *vt) put(r rune) {
	switch {
	case r == '\r':
		v.x, v.pending = 0, false
	case r == '\n':
		v.x, v.pending = 0, false // the line discipline adds the carriage return
		if v.y++; v.y == len(v.rows) {
			v.rows = append(v.rows, nil)
		}
	case r < 0x20:
		v.t.Errorf("the terminal got the control character %q", r)
	default:
		v.print(r)
	}
}

func (v *vt) print(r rune) {
	n := cells().RuneWidth(r)
	if v.pending || v.x+n > v.width {
		if !v.wrap {
			v.t.Errorf("a line of the area is too long at %q", r)
			return
		}
		v.put('\n')
	}
	for len(v.rows[v.y]) < v.x+n {
		v.rows[v.y] = append(v.rows[v.y], ' ')
	}
	v.rows[v.y][v.x] = r
	if n == 2 {
		v.rows[v.y][v.x+1] = 0
	}
	v.x += n
	if v.x >= v.width {
		v.x, v.pending = v.width-1, true
	}
}

// resize breaks lines that are too long for the new width; the cursor stays with what
// it is on.
func (v *vt) resize(width, height int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var rows [][]rune
	for i, row := range v.rows {
		if i == v.y {
			v.y = len(rows)
		}
		for len(row) > width {
			rows, row = append(rows, row[:width:width]), row[width:]
		}
		rows = append(rows, row)
	}
	v.rows, v.width, v.height = rows, width, height
}

// text is all that was ever shown and not written over.
func (v *vt) text() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var out []string
	for _, row := range v.rows {
		out = append(out, strings.TrimRight(strings.ReplaceAll(string(row), "\x00", ""), " "))
	}
	return out
}

// tidy holds the terminal to being as it was.
func (v *vt) tidy(t *testing.T) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.hidden || !v.wrap || v.x != 0 {
		t.Errorf("cursor hidden %v, at column %d, lines wrap %v", v.hidden, v.x, v.wrap)
	}
}
