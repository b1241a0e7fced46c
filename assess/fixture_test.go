package assess

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"scrum/ledger"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// now is when runs are assessed in tests, an hour after they were made.
func now() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// object is a document as JSON.
type object map[string]any

func stamped(o object) object {
	for k, v := range (object{"commit": commit, "dirty": false, "finished": now().Add(-time.Hour), "tool_version": "1.2.3"}) {
		if _, ok := o[k]; !ok {
			o[k] = v
		}
	}
	return o
}

func step(name, result string, failing ...string) object {
	cases := []object{{"name": "ok", "result": "PASS"}}
	for _, c := range failing {
		cases = append(cases, object{"name": c, "result": "FAIL"})
	}
	return object{"name": name, "result": result, "cause": "exit status 1\nmore", "cases": cases}
}

func smokeOf(verdict string, steps ...object) object {
	return stamped(object{"schema": smokeID, "verdict": verdict, "steps": steps, "services": []object{{"name": "api", "result": "PASS"}}, "not_selected": []string{}})
}

func divergence(sig, class string, cases ...string) object {
	return object{"signature": sig, "class": class, "path": ".errors[]", "within": []string{}, "cases": cases}
}

// parityOf is a run with the cases a, b and c, of which those in divergences differ.
func parityOf(divergences ...object) object {
	differ := map[string]bool{}
	for _, d := range divergences {
		for _, c := range d["cases"].([]string) {
			differ[c] = true
		}
	}
	var cases []object
	outcome := "match"
	for _, name := range []string{"a", "b", "c"} {
		state := "match"
		if differ[name] {
			state, outcome = "diff", "diverged"
		}
		cases = append(cases, object{"name": name, "state": state})
	}
	return stamped(object{"schema": parityID, "verdict": object{"outcome": outcome, "reason": "r"}, "cases": cases, "divergences": divergences})
}

func finding(id, severity, state string) object {
	return object{
		"id": id, "severity": severity, "state": state, "anchor": "exact", "path": "app.go", "line": 4, "end_line": 4, "side": "new",
		"title": "nil pointer", "why": "it panics", "lineages": []string{"anthropic", "moonshot"}, "convergence": 2, "reviewers": []string{"kimi", "opus"},
	}
}

func reviewOf(outcome string, findings ...object) object {
	return object{
		"schema": reviewID, "verdict": object{"outcome": outcome, "rule": "some-rule"}, "findings": findings,
		"run": object{"head": commit, "dirty": false, "finished": now().Add(-time.Hour), "tool_version": "1.2.3", "scripted": false},
	}
}

// evidence of a run that has nothing to say.
type evidence struct {
	smoke, parity, review object
	manifest              func(m *Manifest)
}

func clean() evidence {
	return evidence{smoke: smokeOf("passed", step("up", "PASS"), step("order", "FLAKY")), parity: parityOf(), review: reviewOf("pass")}
}

// write puts the evidence into a directory.
func (e evidence) write(t *testing.T, dir string) string {
	t.Helper()
	m := Manifest{Run: "nightly-2", Commit: commit, Started: now().Add(-2 * time.Hour), Finished: now().Add(-time.Hour), ToolVersion: "1.2.3"}
	for _, p := range []struct {
		phase, file string
		document    object
	}{{Smoke, "smoke.json", e.smoke}, {Parity, "parity.json", e.parity}, {Review, "review/findings.json", e.review}} {
		if p.document == nil {
			continue
		}
		put(t, filepath.Join(dir, filepath.FromSlash(p.file)), p.document)
		m.Phases = append(m.Phases, Phase{Phase: p.phase, File: p.file})
	}
	if err := WriteManifest(dir, m); err != nil {
		t.Fatal(err)
	}
	if e.manifest != nil {
		written, err := readManifest(dir)
		if err != nil {
			t.Fatal(err)
		}
		e.manifest(written)
		put(t, filepath.Join(dir, ManifestFile), written)
	}
	return dir
}

func put(t *testing.T, path string, document any) {
	t.Helper()
	data, err := json.Marshal(document)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// ledgerOf reads entries.
func ledgerOf(t *testing.T, entries string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Parse(ledger.File, []byte("version: 1\ngaps:\n"+entries))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// judge assesses with the default rules.
func (e evidence) judge(t *testing.T, entries string, c Config) *Result {
	t.Helper()
	got, err := Read(Source{Dir: e.write(t, t.TempDir()), Now: now()}, c)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(c.Rules)
	if err != nil {
		t.Fatal(err)
	}
	return got.Judge(ledgerOf(t, entries), p)
}
