package main

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheBrowserIsStartedWithoutAShell(t *testing.T) {
	const hostile = "file:///tmp/a;rm -rf $HOME/report.html"
	for _, c := range []struct {
		name, system string
		env          map[string]string
		want         []string
	}{
		{"on Linux with a display", "linux", map[string]string{"DISPLAY": ":0"}, []string{"xdg-open", hostile}},
		{"on Wayland", "freebsd", map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, []string{"xdg-open", hostile}},
		{"on macOS", "darwin", nil, []string{"open", hostile}},
		{"on Windows", "windows", nil, []string{"rundll32", "url.dll,FileProtocolHandler", hostile}},
		{"the user's own", "linux", map[string]string{"BROWSER": "firefox --new-window:w3m"}, []string{"firefox", "--new-window", hostile}},
		{"the user's own with a place", "linux", map[string]string{"BROWSER": "run --url=%s --quiet"}, []string{"run", "--url=" + hostile, "--quiet"}},
		{"a path of Windows", "windows", map[string]string{"BROWSER": `C:\chrome.exe`}, []string{`C:\chrome.exe`, hostile}},
	} {
		got, err := browser(func(name string) string { return c.env[name] }, c.system, hostile)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	if _, err := browser(func(string) string { return "" }, "linux", hostile); !errors.Is(err, errNoDisplay) {
		t.Errorf("without a display: %v", err)
	}
}

func TestAddressesOfFilesAreEscaped(t *testing.T) {
	for path, want := range map[string]string{"/tmp/a b#c?.html": "file:///tmp/a%20b%23c%3F.html", "C:/runs/report.html": "file:///C:/runs/report.html"} {
		if got := fileURL(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
