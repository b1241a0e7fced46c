package progress

import (
	"os"

	"golang.org/x/sys/windows"
)

// understands tells whether a terminal knows the commands that frames are made of: the
// consoles of Windows do once they are told to.
func understands(f *os.File) bool {
	var mode uint32
	console := windows.Handle(f.Fd())
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
