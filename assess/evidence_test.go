package assess

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestEvidenceThatIsNotCertainIsMissingEvidence(t *testing.T) {
	later := func(d time.Duration) time.Time { return now().Add(d) }
	noParity := func(m *Manifest) { m.Phases = append(m.Phases[:1:1], m.Phases[2]) }
	tests := []struct {
		name    string
		change  func(e *evidence, c *Config)
		after   func(t *testing.T, dir string)
		commit  string
		quality Quality
		reason  string
	}{
		{name: "older than it may be", change: func(e *evidence, _ *Config) { e.parity["finished"] = later(-25 * time.Hour) }, quality: Stale, reason: "it is 25h00m old; assess.max_age is 24h00m"},
		{name: "older than a shorter age", change: func(_ *evidence, c *Config) { c.MaxAge = time.Minute }, quality: Stale, reason: "it is 1h00m old"},
		{name: "from the future", change: func(e *evidence, _ *Config) { e.parity["finished"] = later(time.Hour) }, quality: Stale, reason: "from the future"},
		{name: "of no time", change: func(e *evidence, _ *Config) { delete(e.parity, "finished") }, quality: Stale, reason: "does not say when"},
		{name: "of another commit than the run", change: func(e *evidence, _ *Config) { e.parity["commit"] = strings.Repeat("f", 40) }, quality: Foreign, reason: "it is of the commit ffffffffffff, the run of 0123456789ab"},
		{name: "of no commit", change: func(e *evidence, _ *Config) { e.parity["commit"] = "" }, quality: Foreign, reason: "does not say which commit"},
		{name: "of another commit than is asked for", commit: strings.Repeat("e", 40), quality: Foreign, reason: "not of eeeeeeeeeeee"},
		{name: "of changed files", change: func(e *evidence, _ *Config) { e.parity["dirty"] = true }, quality: Dirty, reason: "in no commit"},
		{name: "of a run of changed files", change: func(e *evidence, _ *Config) { e.manifest = func(m *Manifest) { m.Dirty = true } }, quality: Dirty, reason: "in no commit"},
		{name: "altered", after: func(t *testing.T, dir string) { put(t, filepath.Join(dir, "parity.json"), parityOf()) }, change: func(e *evidence, _ *Config) { e.parity = parityOf(divergence("text-1", "text", "a")) }, quality: Altered, reason: "its sha256 is"},
		{name: "without a digest", change: func(e *evidence, _ *Config) { e.manifest = func(m *Manifest) { m.Phases[1].SHA256 = "" } }, quality: Altered},
		{name: "gone", after: func(t *testing.T, dir string) { remove(t, dir, "parity.json") }, quality: Absent, reason: "the file is gone"},
		{name: "never made", change: func(e *evidence, _ *Config) { e.parity = nil }, quality: Absent, reason: "the run has none"},
		{name: "not named by the manifest", change: func(e *evidence, _ *Config) { e.manifest = noParity }, quality: Absent, reason: "evidence.json does not name it"},
		{name: "without a manifest", after: func(t *testing.T, dir string) { remove(t, dir, ManifestFile) }, quality: Absent, reason: "there is no evidence.json"},
		{name: "of a run without a commit", change: func(e *evidence, _ *Config) { e.manifest = func(m *Manifest) { m.Commit = "" } }, quality: Absent, reason: "names no commit"},
		{name: "of a manifest that names it twice", change: func(e *evidence, _ *Config) {
			e.manifest = func(m *Manifest) { m.Phases = append(m.Phases, m.Phases[1]) }
		}, quality: Absent, reason: "names the phase parity twice"},
		{name: "of another schema", change: func(e *evidence, _ *Config) { e.parity["schema"] = "scrum/parity/v2" }, quality: Unreadable, reason: `its schema is "scrum/parity/v2"`},
		{name: "outside of the run", change: func(e *evidence, _ *Config) { e.manifest = func(m *Manifest) { m.Phases[1].File = "../parity.json" } }, quality: Unreadable, reason: "escapes"},
		{name: "a directory", change: func(e *evidence, _ *Config) { e.manifest = func(m *Manifest) { m.Phases[1].File = "review" } }, quality: Unreadable, reason: "no regular file"},
		{name: "skipped", change: func(e *evidence, _ *Config) {
			e.manifest = func(m *Manifest) { m.Phases[1] = Phase{Phase: Parity, Skipped: "no second target"} }
		}, quality: Skipped, reason: "no second target"},
		{name: "not there and not needed", change: func(e *evidence, c *Config) { e.parity, c.Phases = nil, []string{Smoke} }, quality: NotNeeded},
		{name: "of changed files, which are allowed", change: func(e *evidence, c *Config) { e.parity["dirty"], c.AllowDirty = true, true }, quality: Good},
		{name: "good", quality: Good},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, c := clean(), DefaultConfig()
			if tt.change != nil {
				tt.change(&e, &c)
			}
			dir := e.write(t, t.TempDir())
			if tt.after != nil {
				tt.after(t, dir)
			}
			got, err := Read(Source{Dir: dir, Commit: tt.commit, Now: now()}, c)
			if err != nil {
				t.Fatal(err)
			}
			if i := got.Items[1]; i.Quality != tt.quality || !strings.Contains(i.Reason, tt.reason) {
				t.Errorf("got %s: %q, want %s: %q", i.Quality, i.Reason, tt.quality, tt.reason)
			}
			p, err := Compile(DefaultRules())
			if err != nil {
				t.Fatal(err)
			}
			passes := tt.quality == Good || tt.quality == NotNeeded
			if v := got.Judge(ledgerOf(t, ""), p).Verdict; (v.Outcome == Ship) != passes || !passes && v.Outcome != Hold {
				t.Errorf("the verdict is %+v", v)
			}
		})
	}
}

func remove(t *testing.T, dir, file string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, file)); err != nil {
		t.Fatal(err)
	}
}

func TestALinkOutOfTheRunIsNotFollowed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need rights there")
	}
	dir := clean().write(t, t.TempDir())
	outside := filepath.Join(t.TempDir(), "parity.json")
	put(t, outside, parityOf())
	remove(t, dir, "parity.json")
	if err := os.Symlink(outside, filepath.Join(dir, "parity.json")); err != nil {
		t.Fatal(err)
	}
	got, err := Read(Source{Dir: dir, Now: now()}, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if i := got.Items[1]; i.Quality != Unreadable {
		t.Errorf("got %s: %s", i.Quality, i.Reason)
	}
}

func TestADirectoryThatIsNoneIsAnError(t *testing.T) {
	dir := clean().write(t, t.TempDir())
	for _, path := range []string{filepath.Join(dir, "nowhere"), filepath.Join(dir, "smoke.json")} {
		if _, err := Read(Source{Dir: path, Now: now()}, DefaultConfig()); err == nil {
			t.Errorf("%s was taken", path)
		}
	}
}

// What a broken or forged document says of itself must not be believed.
func TestADocumentThatContradictsItselfIsNoEvidence(t *testing.T) {
	tests := []struct {
		name, phase string
		document    object
		want        string
	}{
		{"passed with a failure", Smoke, smokeOf("passed", step("up", "FAIL")), "its verdict is passed"},
		{"failed without one", Smoke, smokeOf("failed", step("up", "PASS")), "everything has passed"},
		{"a verdict of its own", Smoke, smokeOf("fine", step("up", "PASS")), `its verdict "fine" is not known`},
		{"no verdict", Smoke, smokeOf("", step("up", "PASS")), `its verdict "" is not known`},
		{"a result of its own", Smoke, smokeOf("passed", step("up", "pass")), `the result "pass" of up is not known`},
		{"a step twice", Smoke, smokeOf("passed", step("up", "PASS"), step("up", "PASS")), "twice"},
		{"a step of no name", Smoke, smokeOf("passed", step("a b", "PASS")), "no name"},
		{"steps that are no list", Smoke, stamped(object{"schema": smokeID, "verdict": "passed", "steps": 3}), "not readable"},
		{"a match with divergences", Parity, with(parityOf(divergence("text-1", "text", "a")), "verdict", object{"outcome": "match"}), "its verdict is match"},
		{"divergences that are not listed", Parity, with(parityOf(divergence("text-1", "text", "a")), "divergences", []object{}), "in no divergence"},
		{"a divergence of a case that matches", Parity, with(parityOf(), "divergences", []object{divergence("text-1", "text", "a")}), "no case that differs"},
		{"a divergence of no case", Parity, with(parityOf(), "divergences", []object{divergence("text-1", "text")}), "has no cases"},
		{"a divergence twice", Parity, parityOf(divergence("text-1", "text", "a"), divergence("text-1", "text", "a")), "twice"},
		{"a signature that is none", Parity, parityOf(divergence("text 1|", "text", "a")), "no signature"},
		{"diverged without a case", Parity, with(parityOf(), "verdict", object{"outcome": "diverged"}), "0 cases differ"},
		{"an outcome of its own", Parity, with(parityOf(), "verdict", object{"outcome": "ok"}), "not known"},
		{"a state of its own", Parity, with(parityOf(), "cases", []object{{"name": "a", "state": "ok"}}), "not known"},
		{"a case twice", Parity, with(parityOf(), "cases", []object{{"name": "a", "state": "match"}, {"name": "a", "state": "match"}}), "twice"},
		{"a case that shows what is not listed", Parity, with(parityOf(), "cases", []object{{"name": "a", "state": "match", "divergences": []string{"text-2"}}}), "which is not listed"},
		{"a verdict of a review that is none", Review, reviewOf("ship"), "not known"},
		{"a known finding without an entry", Review, reviewOf("pass", finding("f1", "BLOCK", "known")), "by no entry"},
		{"a finding of a state of its own", Review, reviewOf("pass", finding("f1", "BLOCK", "closed")), "not known"},
		{"a finding twice", Review, reviewOf("block", finding("f1", "BLOCK", "open"), finding("f1", "BLOCK", "open")), "twice"},
		{"a finding of no id", Review, reviewOf("block", finding("f 1", "BLOCK", "open")), "no id"},
		{"a finding of no severity", Review, reviewOf("block", with(finding("f1", "BLOCK", "open"), "severity", "HIGH")), "no severity or place"},
		{"a finding of no path", Review, reviewOf("block", with(finding("f1", "BLOCK", "open"), "path", " ")), "no severity or place"},
		{"a demonstration", Review, with(reviewOf("pass"), "run", object{"head": commit, "finished": now(), "scripted": true}), "scripted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := clean()
			at := map[string]*object{Smoke: &e.smoke, Parity: &e.parity, Review: &e.review}
			*at[tt.phase] = tt.document
			r := e.judge(t, "", DefaultConfig())
			for _, i := range r.Evidence {
				if i.Phase == tt.phase && (i.Quality != Unreadable || !strings.Contains(i.Reason, tt.want)) {
					t.Errorf("got %s: %q, want %q", i.Quality, i.Reason, tt.want)
				}
			}
			if r.Verdict.Outcome != Hold || r.Verdict.Rule != "evidence-missing" {
				t.Errorf("the verdict is %+v", r.Verdict)
			}
		})
	}
}

func with(o object, key string, value any) object {
	o[key] = value
	return o
}

func TestAPhaseThatCameToNothingDecidesNothing(t *testing.T) {
	cases := func(states ...string) object {
		var list []object
		for i, s := range states {
			list = append(list, object{"name": string(rune('a' + i)), "state": s})
		}
		return with(with(parityOf(), "cases", list), "verdict", object{"outcome": "inconclusive", "reason": "old: connection refused"})
	}
	tests := []struct {
		name, phase string
		document    object
		want        string
	}{
		{"no step", Smoke, smokeOf("passed"), "it has no steps"},
		{"a machine that did not let it run", Smoke, smokeOf("inconclusive", step("up", "SKIP")), "it was inconclusive"},
		{"an interrupted run", Smoke, smokeOf("interrupted", step("up", "PASS")), "it was interrupted"},
		{"a skipped step", Smoke, smokeOf("failed", step("up", "PASS"), step("order", "SKIP")), "1 step was skipped"},
		{"no case", Parity, with(cases(), "verdict", object{"outcome": "nothing executed"}), "no case was compared"},
		{"no case in a match", Parity, with(cases(), "verdict", object{"outcome": "match"}), "no case was compared"},
		{"a target that cannot be reached", Parity, cases("not executed"), "old: connection refused"},
		{"a case that was not compared", Parity, with(cases("match", "not compared"), "verdict", object{"outcome": "match"}), "1 case was not compared"},
		{"an inconclusive review", Review, reviewOf("inconclusive"), "the review was inconclusive (rule some-rule)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := clean()
			at := map[string]*object{Smoke: &e.smoke, Parity: &e.parity, Review: &e.review}
			*at[tt.phase] = tt.document
			r := e.judge(t, "", DefaultConfig())
			for _, i := range r.Evidence {
				if i.Phase == tt.phase && (i.Quality != Good || i.Decides || !strings.Contains(i.Reason, tt.want)) {
					t.Errorf("got %s: %q, decides %t; want %q", i.Quality, i.Reason, i.Decides, tt.want)
				}
			}
			if r.Verdict.Rule != "undecided" || r.Verdict.ExitCode != 4 {
				t.Errorf("the verdict is %+v", r.Verdict)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, phase := range Phases() {
		f.Add(phase, []byte(`{"schema": "scrum/`+phase+`/v1", "verdict": {"outcome": "match"}, "cases": [{"name": "a", "state": "diff"}], "findings": [{"id": "x", "state": "open"}]}`))
	}
	f.Add(Smoke, []byte(`{"schema": "scrum/smoke/v1", "verdict": "failed", "steps": [{"name": "a", "result": "FAIL", "cases": [{"name": "t", "result": "FAIL"}]}]}`))
	f.Fuzz(func(t *testing.T, phase string, data []byte) {
		s, err := read(phase, data, nil)
		if err != nil {
			return
		}
		for _, o := range s.seen {
			if o.Signature == "" || strings.ContainsAny(o.Signature, " |\n\x1b") {
				t.Errorf("%q became a signature", o.Signature)
			}
		}
		if phase != Review && s.silent == "" && len(s.seen) == 0 && !s.ran.Whole && len(s.notes) == 0 {
			t.Error("it decides, and shows nothing, and has not run to its end")
		}
	})
}
