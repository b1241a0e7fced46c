package reviewers

import (
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// environment picks what a command gets: what programs need to run and to find
// their own settings, the network's proxies and certificates, and the names that
// the configuration allows. Other reviewers' keys are none of its business. Programs
// are looked for nowhere in its folder, where the files of the change are.
func environment(environ, allowed []string) []string {
	var out []string
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || !usual(name) && !slices.ContainsFunc(allowed, func(a string) bool { return sameName(a, name) }) {
			continue
		}
		if sameName(name, "PATH") {
			entry = name + "=" + absolute(value)
		}
		out = append(out, entry)
	}
	if runtime.GOOS == "windows" {
		out = append(out, "NoDefaultCurrentDirectoryInExePath=1")
	}
	return out
}

// absolute leaves those folders of a PATH that do not depend on where one is.
func absolute(path string) string {
	folders := slices.DeleteFunc(filepath.SplitList(path), func(dir string) bool { return !filepath.IsAbs(dir) })
	return strings.Join(folders, string(filepath.ListSeparator))
}

func usual(name string) bool {
	upper := strings.ToUpper(name)
	switch upper {
	case "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TERM", "TZ", "TMPDIR", "TMP", "TEMP",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
		// Windows: without these few programs start.
		"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERNAME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH",
		"APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "NUMBER_OF_PROCESSORS",
		"PROCESSOR_ARCHITECTURE", "OS":
		return upper == name || runtime.GOOS == "windows" || strings.HasSuffix(upper, "_PROXY")
	}
	return strings.HasPrefix(name, "LC_") || strings.HasPrefix(name, "XDG_")
}

func sameName(a, b string) bool {
	if runtime.GOOS == "windows" {
		return strings.EqualFold(a, b)
	}
	return a == b
}
