package run

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/run/scripted"
	"scrum/tally"
)

// examiners answers questions by a rule, and everything else by the demo's script.
func examiners(answer func(model, report string) string) func(scripted.Script) scripted.Script {
	return func(script scripted.Script) scripted.Script {
		return func(r scripted.Request) scripted.Answer {
			if !strings.Contains(r.System, "You check what somebody has reported") {
				return script(r)
			}
			return scripted.Answer{Text: answer(r.Model, r.User)}
		}
	}
}

func questions(s *sample) []scripted.Request {
	return slices.DeleteFunc(s.models.Requests(), func(r scripted.Request) bool {
		return !strings.Contains(r.System, "You check what somebody has reported")
	})
}

func examining(s *sample, which string) {
	s.opt.Settings.Flags = map[string]any{"tally.verify": which}
}

func TestASingleBlockIsPutToTheOtherLineages(t *testing.T) {
	s := newSample(t, examiners(func(string, string) string { return "VERDICT: CONFIRM\nREASON: it keeps the farthest\n" }))
	examining(s, "block")
	r, d := s.review(t)

	f := find(t, r, "internal/vector/nearest.go", "farthest")
	if f.Severity != tally.Block || f.Convergence != 1 {
		t.Fatalf("the sample has changed: %+v", f)
	}
	if len(f.ConfirmedBy) == 0 || slices.Contains(f.ConfirmedBy, f.Lineages[0]) {
		t.Errorf("%v of %v confirm it", f.ConfirmedBy, f.Lineages)
	}
	asked := questions(s)
	if len(asked) == 0 || len(asked) != len(r.Examination) {
		t.Fatalf("%d questions were asked, %d are told", len(asked), len(r.Examination))
	}
	shown := false
	for _, q := range asked {
		shown = shown || strings.Contains(q.User, "nearest.go, line") && strings.Contains(q.User, "\n@@ ") && strings.Contains(q.User, "+")
		for _, secret := range []string{"BLOCK", "anthropic", "moonshot", "opus", "kimi"} {
			if strings.Contains(q.User, secret) {
				t.Errorf("the question tells %q:\n%s", secret, q.User)
			}
		}
	}
	if !shown {
		t.Errorf("no question shows the code:\n%s", asked[0].User)
	}

	again, err := Replay(t.Context(), d.Path(), s.opt.Settings)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Findings, again.Findings); diff != "" {
		t.Errorf("the replay finds something else: got +, want -:\n%s", diff)
	}
	if len(questions(s)) != len(asked) {
		t.Error("the replay has asked somebody")
	}
}

func TestARefutedBlockIsShownAsDisputed(t *testing.T) {
	s := newSample(t, examiners(func(string, string) string { return "VERDICT: REFUTE\nREASON: line 7 checks it\n" }))
	examining(s, "block")
	r, _ := s.review(t)
	f := find(t, r, "internal/vector/nearest.go", "farthest")
	if f.State != tally.Refuted {
		t.Errorf("its state is %s", f.State)
	}
	for _, other := range r.Findings {
		if other.Convergence >= 2 && other.State != tally.Open {
			t.Errorf("a finding of two lineages was put to others: %+v", other)
		}
		if other.Severity != tally.Block && len(other.Examined) > 0 {
			t.Errorf("a %s was put to others", other.Severity)
		}
	}
}

func TestAllFindingsOfOneLineageCanBeExamined(t *testing.T) {
	s := newSample(t, examiners(func(string, string) string { return "VERDICT: UNSURE\nREASON: I see too little\n" }))
	examining(s, "all")
	r, _ := s.review(t)
	for _, f := range r.Findings {
		if f.Examinable() && len(f.Examined) == 0 {
			t.Errorf("%s at %s:%d was put to nobody", f.Severity, f.Path, f.Line)
		}
	}
}

func TestWithoutAnOpinionTheReviewIsInconclusive(t *testing.T) {
	s := newSample(t, examiners(func(string, string) string { return "I am a teapot." }))
	examining(s, "block")
	text := string(s.opt.Settings.Text)
	s.opt.Settings.Text = []byte(text + "\npolicy:\n  - {name: examination, when: \"unexamined > 0\", outcome: inconclusive}\n  - {name: otherwise, when: \"true\", outcome: pass}\n")
	r, _ := s.review(t)
	if r.Verdict.Rule != "examination" || r.Verdict.ExitCode != 4 {
		t.Errorf("verdict %+v", r.Verdict)
	}
}

func TestAResumedRunAsksNoExaminerTwice(t *testing.T) {
	s := newSample(t, examiners(func(string, string) string { return "VERDICT: CONFIRM\nREASON: it keeps the farthest\n" }))
	examining(s, "all")
	first, d := s.review(t)
	asked := len(s.models.Requests())
	gone := first.Examination[0]
	for _, ext := range []string{".md", ".json"} {
		if err := os.Remove(filepath.Join(d.Path(), "responses", gone.Bundle, gone.Reviewer+ext)); err != nil {
			t.Fatal(err)
		}
	}
	p := s.prepare(t)
	same, err := p.Resume(d.Path())
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Review(t.Context(), same, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.models.Requests()) - asked; n != 1 {
		t.Errorf("%d requests were sent, want the one that was missing", n)
	}
	if diff := cmp.Diff(first.Findings, r.Findings); diff != "" {
		t.Errorf("got +, want -:\n%s", diff)
	}
}

func TestAQuestionCarriesNoCredential(t *testing.T) {
	key := "ghp_" + strings.Repeat("A1b2C3d4", 4) + "9zQw"
	s := newSample(t, examiners(func(string, string) string { return "VERDICT: CONFIRM\nREASON: r\n" }))
	examining(s, "all")
	diff := "diff --git a/k.go b/k.go\nindex 1..2 100644\n--- a/k.go\n+++ b/k.go\n@@ -1,2 +1,3 @@\n package k\n \n+const token = \"" + key + "\"\n"
	s.opt.Source.Dir, s.opt.Source.Range = "", ""
	s.opt.Source.Diff, s.opt.Source.DiffName = strings.NewReader(diff), "k.diff"
	r, d := s.review(t)
	if len(questions(s)) == 0 || len(r.Examination) == 0 {
		t.Fatal("nobody was asked")
	}
	_ = filepath.WalkDir(d.Path(), func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.Contains(path, "requests") {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Error(err)
			}
			if bytes.Contains(data, []byte(key)) {
				t.Errorf("%s has the key", path)
			}
		}
		return nil
	})
	for _, q := range s.models.Requests() {
		if strings.Contains(q.User, key) {
			t.Errorf("a request has the key:\n%s", q.User)
		}
	}
}
