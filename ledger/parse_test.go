package ledger

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/tally"
)

const good = `version: 1
gaps:
  - id: g-3f9a2c
    phase: review
    as: false_positive
    reason: checked by every caller
    owner: a <a@example.com>
    accepted: 2026-11-23
    expires: 2027-02-21
    severity: BLOCK
    path: app.go
    line: 12
    side: old
    title: nil pointer
    why: f(nil) panics
    fingerprint: code1-1-aaaaaa-0123456789abcdef0123456789abcdef-bbbbbb.cccccc-
    reviewers: [claude, kimi]
    lineages: [anthropic, moonshot]
    run: 20261123T000000Z-abc
    finding: 3f9a2c71d0
  - {id: g-new, phase: parity, title: a divergence}
  - id: g-smoke
    phase: smoke
    as: accepted_risk
    reason: the port is taken in the nightly
    owner: a
    accepted: 2026-11-23
    expires: 2027-02-21
    fingerprint: "step api: TIMEOUT"
`

func TestAllFieldsAreRead(t *testing.T) {
	l, err := Parse(File, []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	want := []Gap{
		{
			ID: "g-3f9a2c", Phase: Review, As: FalsePositive, Reason: "checked by every caller", Owner: "a <a@example.com>", Accepted: "2026-11-23", Expires: "2027-02-21",
			Severity: tally.Block, Path: "app.go", Line: 12, Side: tally.Old, Title: "nil pointer", Why: "f(nil) panics",
			Fingerprint: "code1-1-aaaaaa-0123456789abcdef0123456789abcdef-bbbbbb.cccccc-", Reviewers: []string{"claude", "kimi"}, Lineages: []string{"anthropic", "moonshot"},
			Run: "20261123T000000Z-abc", Finding: "3f9a2c71d0", At: 3,
		},
		{ID: "g-new", Phase: Parity, Side: tally.New, Title: "a divergence", At: 21},
		{ID: "g-smoke", Phase: Smoke, As: AcceptedRisk, Reason: "the port is taken in the nightly", Owner: "a", Accepted: "2026-11-23", Expires: "2027-02-21", Side: tally.New, Fingerprint: "step api: TIMEOUT", At: 22},
	}
	if diff := cmp.Diff(want, l.Gaps); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

func TestWhatIsNotALedgerIsRefusedWithItsLine(t *testing.T) {
	swap := func(oldnew ...string) string { return strings.NewReplacer(oldnew...).Replace(good) }
	for name, tt := range map[string]struct{ text, want string }{
		"an unknown key of an entry":      {swap("reason: checked", "reasn: checked"), "gaps.yaml:6: unknown key reasn; did you mean reason?"},
		"an unknown key at the top":       {swap("gaps:", "entries:"), "gaps.yaml:2: unknown key entries; known are version, gaps"},
		"a key twice":                     {swap("line: 12", "line: 12\n    line: 13"), "gaps.yaml:13: the key line stands twice; it is already in line 12"},
		"another version":                 {swap("version: 1", "version: 2"), `gaps.yaml:1: version: this program reads version 1, not "2"`},
		"no version":                      {swap("version: 1\n", ""), "gaps.yaml:1: the key version is missing"},
		"an id twice":                     {swap("g-new", "g-3f9a2c"), "gaps.yaml:21: id: g-3f9a2c stands twice; it is already in line 3"},
		"an id of another form":           {swap("g-new", "F3"), `gaps.yaml:21: id: "F3" is not like g-3f9a2c`},
		"a phase that there is not":       {swap("phase: parity", "phase: party"), `gaps.yaml:21: phase: "party" is not known; did you mean parity?`},
		"accepted as what is not known":   {swap("as: false_positive", "as: wontfix"), `gaps.yaml:5: as: "wontfix" is not known; it is one of false_positive,`},
		"a severity in small letters":     {swap("BLOCK", "block"), `gaps.yaml:10: severity: "block" is not known`},
		"no reason":                       {swap("    reason: checked by every caller\n", ""), "gaps.yaml:3: g-3f9a2c has no reason"},
		"an empty reason":                 {swap("reason: checked by every caller", "reason: ''"), "gaps.yaml:6: reason has no value"},
		"no last day":                     {swap("    expires: 2027-02-21\n    severity", "    severity"), "gaps.yaml:3: g-3f9a2c has no expires"},
		"no fingerprint":                  {swap(`    fingerprint: "step api: TIMEOUT"`, ""), "gaps.yaml:22: g-smoke has no fingerprint"},
		"a fingerprint by hand":           {swap("code1-1-", "code1-x-"), "gaps.yaml:3: g-3f9a2c: fingerprint: it is not as scrum gaps accept writes it"},
		"a day that there is not":         {swap("2026-11-23", "2026-11-31"), `gaps.yaml:8: accepted: "2026-11-31" is not a date`},
		"a risk for good":                 {swap("expires: 2027-02-21\n    fingerprint", "expires: never\n    fingerprint"), "gaps.yaml:22: g-smoke: what is accepted as accepted_risk needs a date"},
		"a line below zero":               {swap("line: 12", "line: -1"), `gaps.yaml:12: line: "-1" is not a line number`},
		"a list where a word belongs":     {swap("path: app.go", "path: [app.go]"), "gaps.yaml:11: path is a single value"},
		"a word where a list belongs":     {swap("[claude, kimi]", "claude"), "gaps.yaml:17: reviewers is a list"},
		"an alias":                        {swap("path: app.go", "path: &a app.go", "title: nil pointer", "title: *a"), "gaps.yaml:11: path is a single value, written out"},
		"a second document":               {good + "---\nversion: 1\n", "gaps.yaml:30: a second document begins here"},
		"no YAML":                         {"version: 1\ngaps: [\n", "this is not YAML"},
		"a list at the top":               {"- a\n", "gaps.yaml:1: the ledger is a mapping with the keys version, gaps"},
		"gaps that are a mapping":         {"version: 1\ngaps: {a: b}\n", "gaps.yaml:2: gaps is a list"},
		"an entry that is a word":         {"version: 1\ngaps: [a]\n", "gaps.yaml:2: a gap is a mapping with the keys id,"},
		"an entry that merges another in": {"version: 1\ngaps:\n  - {<<: {id: g-1}, phase: smoke}\n", "gaps.yaml:3: unknown key <<"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(File, []byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error\n%v\nwant\n%s", err, tt.want)
			}
		})
	}
}

func TestNothingIsAnEmptyLedger(t *testing.T) {
	for _, text := range []string{"", "# only a comment\n", "version: 1\n", "version: 1\ngaps:\n", "version: 1\ngaps: []\n"} {
		l, err := Parse(File, []byte(text))
		if err != nil || len(l.Gaps) != 0 {
			t.Errorf("%q: %v, %v", text, l, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("version: 1\ngaps: []\n"))
	f.Add([]byte("gaps:\n- id: g-1\n  phase: review\nversion: 1\n# end"))
	extra := Gap{ID: "g-ffffffffffffffff", Phase: Smoke, Side: tally.New, Title: "an \"odd\" # title: \u2028 - x"}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Parse(File, data)
		if err != nil || l.Find(extra.ID) != nil {
			return
		}
		more, err := Append(File, data, extra)
		if err != nil { // it says that it cannot edit such a file
			return
		}
		back, err := Remove(File, more, extra.ID)
		if err != nil {
			t.Fatalf("an entry that was written cannot be removed: %v\n%s", err, more)
		}
		again, err := Parse(File, back)
		if err != nil || !sameGaps(l.Gaps, again.Gaps) {
			t.Fatalf("after writing and removing an entry: %v\nbefore\n%s\nafter\n%s", err, data, back)
		}
	})
}
