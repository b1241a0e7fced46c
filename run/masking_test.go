package run

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/report"
	"scrum/reviewers"
	"scrum/tally"
)

// secretKey is put together here, so that the repository holds none.
func secretKey() string { return "AKIA" + "Q3EGRCC7" + "ZZ6XK5TB" }

func TestCredentialsAreMaskedInAllThatIsSentAndReportedToTheUser(t *testing.T) {
	w := newWorldOf(t,
		map[string]string{"AGENTS.md": "deploy with " + secretKey() + "\n", "a/old.txt": "k: " + secretKey() + "\nx\n", "b/b.txt": "one\n"},
		map[string]string{"a/old.txt": "k: " + secretKey() + "\ny\n", "a/new.txt": "key = " + secretKey() + "\n", "b/b.txt": "two\n"}, nil)
	w.config += "components: [{name: a, paths: ['a/**']}, {name: b, paths: ['b/**']}]\n"
	r, d, _ := w.review(t, w.options())
	for _, q := range w.models.Requests() {
		if strings.Contains(q.User+q.System, secretKey()) {
			t.Error("the credential was sent")
		}
		has, explained := strings.Contains(q.User, "+key = [MASKED:aws-access-token:20-63]"), strings.Contains(q.User, "do not report it")
		if about := strings.Contains(q.User, "a/new.txt"); has != about || explained != about {
			t.Errorf("marker %v, explained %v in\n%s", has, explained, q.User)
		}
		if !strings.Contains(q.User, "deploy with [MASKED:aws-access-token:20-63]") {
			t.Error("the guidance is not there, or not masked")
		}
	}
	if len(r.Findings) != 1 || r.Findings[0].Path != "a/new.txt" || r.Findings[0].Line != 1 || r.Findings[0].Severity != tally.Block || r.Findings[0].Lineages[0] != "tool:secrets" {
		t.Errorf("%+v", r.Findings)
	}
	rows := 0
	for _, c := range r.Coverage {
		if c.Kind == reviewers.Analyser {
			rows++
		}
	}
	if rows != 1 {
		t.Errorf("%d rows of analysers, want that of the bundle with the secret", rows)
	}
	if !strings.Contains(strings.Join(r.Notes, "\n"), "2 credentials masked before anything is sent: a/new.txt:1 (aws-access-token), a/old.txt:1 (aws-access-token)") {
		t.Errorf("notes: %q", r.Notes)
	}
	// On disk it stands only where git's own bytes are kept.
	err := filepath.WalkDir(d.Path(), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if kept := filepath.Ext(path) == ".diff"; strings.Contains(string(data), secretKey()) && !kept {
			t.Errorf("the credential is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Replay(t.Context(), d.Path(), w.options().Settings)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Coverage) != len(r.Coverage) || len(again.Findings) != 1 {
		t.Errorf("the replay has %d rows and %d findings", len(again.Coverage), len(again.Findings))
	}
	if diff := cmp.Diff(r.Diff, again.Diff); diff != "" {
		t.Errorf("the replay shows another diff (-run +replay):\n%s", diff)
	}
	if page := written(t, report.HTML{}, again); strings.Contains(page, secretKey()) || !strings.Contains(page, "key = [MASKED:aws-access-token:20-63]") {
		t.Error("the page of the replay shows the credential, or no marker in its place")
	}
}

func TestThePageOfAPanelThatSendsNothingIsMaskedAsWell(t *testing.T) {
	w := newWorldOf(t, map[string]string{"a.txt": ""}, map[string]string{"a.txt": "key = " + secretKey() + "\n"}, nil)
	o := w.options()
	o.Panel = "offline"
	r, _, sent := w.review(t, o)
	if page := written(t, report.HTML{}, r); sent != 0 || strings.Contains(page, secretKey()) || !strings.Contains(page, "key = [MASKED:") {
		t.Errorf("%d requests; the page shows the credential, or no marker in its place", sent)
	}
	for _, n := range r.Notes {
		if strings.Contains(n, "masked before anything is sent") {
			t.Errorf("nothing is sent, but a note says %q", n)
		}
	}
}

func TestHalvesAreMaskedAsWell(t *testing.T) {
	w := newWorldOf(t, map[string]string{"a.txt": "", "b.txt": ""},
		map[string]string{"a.txt": "key = " + secretKey() + "\n", "b.txt": strings.Repeat("b\n", 20)}, overwhelmed)
	w.config += "components: [{name: all, paths: ['**']}]\n"
	_, _, sent := w.review(t, w.options())
	if sent != 6 {
		t.Fatalf("%d requests", sent)
	}
	for _, q := range w.models.Requests() {
		if strings.Contains(q.User, secretKey()) {
			t.Error("the credential was sent")
		}
	}
}
