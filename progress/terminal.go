package progress

import (
	"os"

	"golang.org/x/term"
)

// Terminal tells whether a file is a terminal that can be drawn on, and asks it for
// its size then; nil when it is none, or when the environment says that the reader is
// a log (CI), cannot follow (TERM=dumb), or wants nothing but text (NO_COLOR).
func Terminal(f *os.File, getenv func(string) string) (size func() (width, height int)) {
	fd := int(f.Fd())
	if getenv("CI") != "" || getenv("NO_COLOR") != "" || getenv("TERM") == "dumb" || !term.IsTerminal(fd) || !understands(f) {
		return nil
	}
	return func() (int, int) {
		width, height, err := term.GetSize(fd)
		if err != nil || width <= 0 || height <= 0 {
			return 80, 24
		}
		return width, height
	}
}
