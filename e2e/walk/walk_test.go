// Package walk_test follows docs/guide.md as a newcomer would: every block of shell, in
// order, in one shell, from a clone of this repository.
package walk_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestTheGuideWorksAsWritten(t *testing.T) {
	if os.Getenv("SCRUM_WALK") == "" {
		t.Skip("make e2e-walk sets SCRUM_WALK: it clones and builds")
	}
	top, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile(filepath.Join(top, "docs", "guide.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(string(guide), -1)
	if len(blocks) < 8 {
		t.Fatalf("the guide has %d blocks of shell", len(blocks))
	}
	script := "set -eu\n"
	for _, b := range blocks {
		for line := range strings.Lines(b[1]) {
			if command, refused := strings.CutSuffix(strings.TrimSpace(line), " # refused"); refused {
				line = "if " + command + "; then echo 'this was to be refused' >&2; exit 9; fi\n"
			}
			script += line
		}
	}
	home := t.TempDir()
	cmd := exec.Command("sh", "-x")
	cmd.Dir, cmd.Stdin = t.TempDir(), strings.NewReader(script)
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "SCRUM_REPOSITORY=" + top, "NO_COLOR=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com"}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOSUMDB", "GONOSUMDB", "GONOSUMCHECK"} {
		if value, err := exec.Command("go", "env", name).Output(); err == nil {
			cmd.Env = append(cmd.Env, name+"="+strings.TrimSpace(string(value)))
		}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "BLOCK  exit status 1") {
		t.Errorf("nothing was blocked:\n%s", out)
	}
}
