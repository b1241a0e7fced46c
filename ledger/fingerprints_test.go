package ledger

import (
	"strings"
	"testing"

	"scrum/tally"
)

func TestFingerprintsAreGivenWhateverHasBecomeOfAFinding(t *testing.T) {
	text := "package a\n\nfunc f(p *int) int {\n\treturn *p\n}\n\nfunc g() {}\n"
	at := finding("a.go", 4, 4, "nil pointer", "it panics")
	retracted, outside := at, at
	retracted.State, outside.Anchor = tally.Retracted, tally.Outside
	before := []tally.Finding{at, retracted, outside}
	got := Fingerprints(planOf(t, added("a.go", text)), before)
	if got[0].Fingerprint == "" || got[1].Fingerprint != got[0].Fingerprint || got[2].Fingerprint != "" {
		t.Errorf("got %q, %q and %q", got[0].Fingerprint, got[1].Fingerprint, got[2].Fingerprint)
	}
	if before[0].Fingerprint != "" {
		t.Error("the findings that were given have changed")
	}
	if _, err := ParseFingerprint(got[0].Fingerprint); err != nil {
		t.Error(err)
	}
}

func TestTheCodeOfAFingerprintStaysWhenOtherLinesChange(t *testing.T) {
	text := "package a\n\nfunc f(p *int) int {\n\treturn *p\n}\n\nfunc g() {}\n"
	moved := strings.Replace(strings.Replace(text, "package a\n", "package a\n\nimport \"fmt\"\n", 1), "func g() {}", "func h() { fmt.Println() }", 1)
	code := func(text string, line int) string {
		f := Fingerprints(planOf(t, added("a.go", text)), []tally.Finding{finding("a.go", line, line, "x", "y")})[0]
		fp, err := ParseFingerprint(f.Fingerprint)
		if err != nil {
			t.Fatal(err)
		}
		return fp.Code
	}
	if before, after := code(text, 4), code(moved, 6); before != after {
		t.Errorf("%s, then %s", before, after)
	}
	if before, after := code(text, 4), code(strings.Replace(text, "*p\n", "*p + 1\n", 1), 4); before == after {
		t.Error("other code has the same name")
	}
}
