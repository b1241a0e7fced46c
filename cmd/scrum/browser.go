package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// errNoDisplay says that there is no browser to open anything in.
var errNoDisplay = errors.New("there is no display, and BROWSER is not set")

// settled is how long a browser that fails at once has to say so.
const settled = 2 * time.Second

// openBrowser shows an address in the user's browser. No shell sees it.
func openBrowser(ctx context.Context, p *process, address string) error {
	argv, err := browser(p.getenv, runtime.GOOS, address)
	if err != nil {
		return err
	}
	// It outlives this program.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), argv[0], argv[1:]...)
	cmd.Env = p.env
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the browser: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("the browser (%s) failed: %w", argv[0], err)
		}
	case <-ctx.Done():
	case <-time.After(settled):
	}
	return nil
}

// browser is the command that shows an address on a system. BROWSER is a list of
// commands; %s in one stands for the address, and the first is taken.
func browser(getenv func(string) string, system, address string) ([]string, error) {
	separator := ":"
	if system == "windows" {
		separator = ";"
	}
	first, _, _ := strings.Cut(getenv("BROWSER"), separator)
	if argv := strings.Fields(first); len(argv) > 0 {
		return filled(argv, address), nil
	}
	switch system {
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler", address}, nil
	case "darwin":
		return []string{"open", address}, nil
	}
	if getenv("DISPLAY") == "" && getenv("WAYLAND_DISPLAY") == "" {
		return nil, errNoDisplay
	}
	return []string{"xdg-open", address}, nil
}

// filled puts the address where a command wants it.
func filled(argv []string, address string) []string {
	placed := false
	for i, arg := range argv[1:] {
		if strings.Contains(arg, "%s") {
			argv[i+1], placed = strings.ReplaceAll(arg, "%s", address), true
		}
	}
	if !placed {
		argv = append(argv, address)
	}
	return argv
}

// fileURL is the address of a file.
func fileURL(path string) string {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/…
	}
	return (&url.URL{Scheme: "file", Path: slashed}).String()
}
