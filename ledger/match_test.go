package ledger

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scrum/tally"
)

const server = `package server

func (s *Server) open(name string) error {
	file, err := s.root.Open(name)
	if err != nil {
		return err
	}
	s.files[name] = file
	return nil
}

func (s *Server) load(name string) error {
	blob, err := s.store.Fetch(name)
	if err != nil {
		return err
	}
	s.blobs[name] = blob
	return nil
}
`

// Lines of server.
const (
	openReturns = 6
	filesSet    = 8
	loadReturns = 15
)

const (
	bare    = "The error is returned without context"
	bareWhy = "A caller of open cannot tell which file could not be opened."
)

// edited is server after a replacement that must happen.
func edited(t *testing.T, oldnew ...string) string {
	t.Helper()
	out := strings.NewReplacer(oldnew...).Replace(server)
	if out == server {
		t.Fatal("the edit changes nothing")
	}
	return out
}

func TestAnAcceptedFindingIsKnownAgain(t *testing.T) {
	open := finding("server.go", openReturns, openReturns, bare, bareWhy)
	at := func(path string, line, end int) tally.Finding { return finding(path, line, end, bare, bareWhy) }
	reworded := finding("server.go", openReturns, openReturns, "`open` returns the bare error", "Wrap it: the caller of `open` can not tell which file was not opened.")
	ours := finding("server.go", openReturns, openReturns, "Unchecked type assertion", "v.(string) panics on integers")
	ours.Sources = []tally.Source{{Reviewer: "kimi", Text: bare + ". " + bareWhy}}
	head, body, _ := strings.Cut(server, "func (s *Server) open")
	_, load, _ := strings.Cut(body, "func (s *Server) load")
	withoutOpen := head + "func (s *Server) load" + load
	for name, tt := range map[string]struct {
		diff  string
		found tally.Finding
		want  bool
	}{
		"in the same diff":                                    {added("server.go", server), open, true},
		"when lines above were added":                         {added("server.go", edited(t, "package server\n", "// Package server serves.\npackage server\n\nimport \"os\"\n")), at("server.go", 9, 9), true},
		"when the line above it has changed":                  {added("server.go", edited(t, "file, err := s.root.Open(name)\n\tif err != nil", "file, err := s.root.Open(name)\n\tif err != nil || file == nil")), open, true},
		"when the file was renamed by this change":            {renamed("server.go", "http.go", server), at("http.go", openReturns, openReturns), true},
		"when the file has another name":                      {added("http.go", server), at("http.go", openReturns, openReturns), true},
		"when it was indented anew":                           {added("server.go", edited(t, "\t", "    ")), open, true},
		"when the reviewer takes a line more":                 {added("server.go", server), at("server.go", openReturns-1, openReturns+1), true},
		"when it is worded differently":                       {added("server.go", server), reworded, true},
		"when one of its reports speaks of it":                {added("server.go", server), ours, true},
		"not when the code has changed by a letter":           {added("server.go", edited(t, "return err\n\t}\n\ts.files", "return er\n\t}\n\ts.files")), open, false},
		"not when the same words stand elsewhere":             {added("server.go", server), at("server.go", loadReturns, loadReturns), false},
		"not elsewhere when its own place is gone":            {added("server.go", withoutOpen), at("server.go", 6, 6), false},
		"not when the finding is about something else":        {added("server.go", server), finding("server.go", openReturns, openReturns, "File descriptor leak", "The handle of an earlier session stays open: nobody closes s.files[name]."), false},
		"not on the other side":                               {added("server.go", server), side2(open), false},
		"not when it begins far above, and is mostly of more": {added("server.go", server), at("server.go", 1, 19), false},
	} {
		t.Run(name, func(t *testing.T) {
			l := accepted(t, planOf(t, added("server.go", server)), open)
			m := l.Match(planOf(t, tt.diff), []tally.Finding{tt.found}, Conditions{Today: today})
			if _, known := m.Known[tt.found.ID]; known != tt.want {
				t.Errorf("known: %t, want %t; notes %q", known, tt.want, m.Notes)
			}
		})
	}
}

func side2(f tally.Finding) tally.Finding {
	f.Side = tally.Old
	return f
}

func TestAnEntryMakesOneFindingKnown(t *testing.T) {
	plan := planOf(t, added("server.go", server))
	open := finding("server.go", openReturns, openReturns, bare, bareWhy)
	alike := finding("server.go", openReturns, openReturns, bare+" of the file", "A caller of open cannot tell which file it was.")
	other := finding("server.go", openReturns-1, openReturns, "The lock is not released", "On this path the mutex of the server stays locked.")
	l := accepted(t, plan, open)
	m := l.Match(plan, []tally.Finding{other, alike, open}, Conditions{Today: today})
	if diff := cmp.Diff(map[string]tally.Accepted{open.ID: {Gap: l.Gaps[0].ID, As: "false_positive"}}, m.Known); diff != "" {
		t.Errorf("known (-want +got):\n%s", diff)
	}
}

func TestAGraverFindingCounts(t *testing.T) {
	plan := planOf(t, added("server.go", server))
	f := finding("server.go", openReturns, openReturns, bare, bareWhy)
	l := accepted(t, plan, f)
	f.Severity = tally.Block
	m := l.Match(plan, []tally.Finding{f}, Conditions{Today: today})
	if len(m.Known) != 0 || len(m.Notes) != 1 || !strings.Contains(m.Notes[0], "was accepted as WARN") {
		t.Errorf("known %v, notes %q", m.Known, m.Notes)
	}
	f.Severity = tally.Info
	if m := l.Match(plan, []tally.Finding{f}, Conditions{Today: today}); len(m.Known) != 1 {
		t.Errorf("a lesser finding is not known: %q", m.Notes)
	}
}

func TestAnExpiredEntryAcceptsNothingAndSaysSo(t *testing.T) {
	plan := planOf(t, added("server.go", server))
	f := finding("server.go", openReturns, openReturns, bare, bareWhy)
	l := accepted(t, plan, f)
	if m := l.Match(plan, []tally.Finding{f}, Conditions{Today: "2027-02-21"}); len(m.Known) != 1 {
		t.Errorf("on its last day it does not hold: %q", m.Notes)
	}
	m := l.Match(plan, []tally.Finding{f}, Conditions{Today: "2027-02-22"})
	if len(m.Known) != 0 || len(m.Notes) != 1 || !strings.Contains(m.Notes[0], "has expired on 2027-02-21: finding "+f.ID+" at server.go:6 counts again") {
		t.Errorf("known %v, notes %q", m.Known, m.Notes)
	}
	m = l.Match(plan, nil, Conditions{Today: "2027-02-22"})
	want := []string{"gaps.yaml: 1 gap has expired: " + l.Gaps[0].ID + "; scrum gaps check lists what has"}
	if diff := cmp.Diff(want, m.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

func TestARecordedGapMakesNothingKnown(t *testing.T) {
	plan := planOf(t, added("server.go", server))
	f := finding("server.go", openReturns, openReturns, bare, bareWhy)
	l := accepted(t, plan, f)
	l.Gaps[0].As = ""
	if m := l.Match(plan, []tally.Finding{f}, Conditions{Today: today}); len(m.Known)+len(m.Notes) != 0 {
		t.Errorf("known %v, notes %q", m.Known, m.Notes)
	}
}

func TestWhatMatchesNothingAnyMoreIsNamed(t *testing.T) {
	f := finding("server.go", openReturns, openReturns, bare, bareWhy)
	l := accepted(t, planOf(t, added("server.go", server)), f)
	changed := edited(t, "return err\n\t}\n\ts.files", "return fmt.Errorf(\"opening: %w\", err)\n\t}\n\ts.files", "return err\n\t}\n\ts.blobs", "return errors.Join(err)\n\t}\n\ts.blobs")
	gone := planOf(t, added("server.go", changed))
	head := func(text string, exists, ok bool) Head {
		return func(string) ([]byte, bool, bool) { return []byte(text), exists, ok }
	}
	for name, tt := range map[string]struct {
		head Head
		want string
	}{
		"its code has changed":             {head(changed, true, true), "the code that it speaks of has changed"},
		"its file is gone":                 {head("", false, true), "the file is gone"},
		"nobody can look":                  {nil, "matches nothing in this change"},
		"the file cannot be read":          {head("", false, false), "matches nothing that the diff shows"},
		"its code is there, and not shown": {head(server, true, true), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(l.Match(gone, nil, Conditions{Today: today, Head: tt.head}).Notes, "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("notes %q, want %q", got, tt.want)
			}
		})
	}
	if m := l.Match(planOf(t, added("other.go", "package other\n")), nil, Conditions{Today: today}); len(m.Notes) != 0 {
		t.Errorf("of a file that the change does not touch: %q", m.Notes)
	}
}

func TestACopyInAnotherFileIsNotTheAcceptedPlace(t *testing.T) {
	f := finding("server.go", openReturns, openReturns, bare, bareWhy)
	l := accepted(t, planOf(t, added("server.go", server)), f)
	f.Path = "copy.go"
	stillThere := func(path string) ([]byte, bool, bool) {
		return []byte(server), path == "server.go" || path == "copy.go", true
	}
	if m := l.Match(planOf(t, added("copy.go", server)), []tally.Finding{f}, Conditions{Today: today, Head: stillThere}); len(m.Known) != 0 {
		t.Error("a copy is known, while the accepted place is still there")
	}
}

func TestEqualPlacesAreNotToldApart(t *testing.T) {
	twice := server + strings.TrimPrefix(server, "package server\n") + strings.TrimPrefix(server, "package server\n")
	f := finding("server.go", openReturns+19, openReturns+19, bare, bareWhy)
	_, err := New(planOf(t, added("server.go", twice)), &f, decision())
	if err == nil || !strings.Contains(err.Error(), "several places") {
		t.Errorf("accepted: %v", err)
	}
}

func TestAFindingOnAWholeFileIsKnownWhileTheChangeDoesTheSameToIt(t *testing.T) {
	f := finding("server.go", 0, 0, "No tests", "The package has no tests at all, and open and load are easy to test.")
	f.Anchor = tally.Whole
	l := accepted(t, planOf(t, added("server.go", server)), f)
	if m := l.Match(planOf(t, added("server.go", server)), []tally.Finding{f}, Conditions{Today: today}); len(m.Known) != 1 {
		t.Errorf("not known: %q", m.Notes)
	}
	if m := l.Match(planOf(t, added("server.go", server+"// more\n")), []tally.Finding{f}, Conditions{Today: today}); len(m.Known) != 0 {
		t.Error("known, though the file has another line")
	}
	line := finding("server.go", 1, 1, f.Title, f.Why)
	if m := l.Match(planOf(t, added("server.go", server)), []tally.Finding{line}, Conditions{Today: today}); len(m.Known) != 0 {
		t.Error("an entry on a file makes a finding on a line known")
	}
}

func TestWhatCannotBeKnownAgainCannotBeAccepted(t *testing.T) {
	plan := planOf(t, added("server.go", server))
	with := func(f tally.Finding, a tally.Anchor, s tally.State) tally.Finding {
		f.Anchor, f.State = a, s
		return f
	}
	f := finding("server.go", 6, 6, bare, bareWhy)
	for want, f := range map[string]tally.Finding{
		"its place is not in the diff":   with(f, tally.Outside, tally.Open),
		"it is retracted":                with(f, tally.Exact, tally.Retracted),
		"it is known":                    with(f, tally.Exact, tally.Known),
		"does not show all of its lines": finding("server.go", 6, 99, bare, bareWhy),
		"a blank line":                   finding("server.go", 2, 2, bare, bareWhy),
	} {
		if _, err := New(plan, &f, decision()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// vocabulary is what generated files are made of: much of it repeats, as code does.
var vocabulary = []string{"\treturn err", "\t}", "\tif err != nil {", "", "\tx := compute(a, b)", "\tlog.Printf(\"done %d\", n)", "}", "func alpha(reader io.Reader) error {", "\tdefer file.Close()", "\tcount++", "\ttotal += weight[item]"}

func TestMovedAndRenamedCodeIsKnownAndChangedCodeIsNot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.SampledFrom(vocabulary), 8, 60).Draw(t, "lines")
		first := rapid.IntRange(0, len(lines)-1).Draw(t, "first")
		last := rapid.IntRange(first, min(first+4, len(lines)-1)).Draw(t, "last")
		f := finding("a.go", first+1, last+1, bare, bareWhy)
		g, err := New(planOf(t, added("a.go", file(lines))), &f, decision())
		if err != nil {
			t.Skip("not to be told apart: ", err)
		}
		l := &Ledger{Name: File, Gaps: []Gap{g}}
		known := func(path string, lines []string, first, last int) bool {
			f := finding(path, first+1, last+1, bare, bareWhy)
			return len(l.Match(planOf(t, added(path, file(lines))), []tally.Finding{f}, Conditions{Today: today}).Known) == 1
		}

		path := rapid.SampledFrom([]string{"a.go", "moved/b.go"}).Draw(t, "path")
		above := rapid.SliceOfN(rapid.StringMatching(`filler_[a-z]{3,9}\(\)|`), 0, 9).Draw(t, "above")
		below := rapid.SliceOfN(rapid.StringMatching(`trailer_[a-z]{3,9}\(\)|`), 0, 9).Draw(t, "below")
		moved := append(append(append([]string{}, above...), lines...), below...)
		if clear(lines, first, last) && !known(path, moved, first+len(above), last+len(above)) {
			t.Fatalf("moved by %d lines to %s, it is not known", len(above), path)
		}

		at := rapid.IntRange(first, last).Draw(t, "changed line")
		changed := append([]string{}, lines...)
		if strings.TrimSpace(changed[at]) == "" {
			t.Skip("a blank line")
		}
		changed[at] = mutate(t, changed[at])
		if known(path, changed, first, last) {
			t.Fatalf("line %d was %q and is %q, and it is still known", at+1, lines[at], changed[at])
		}
	})
}

// clear tells that nothing can come between the code and the lines that are known it by.
func clear(lines []string, first, last int) bool {
	count := func(part []string) int {
		n := 0
		for _, l := range part {
			if strings.TrimSpace(l) != "" {
				n++
			}
		}
		return n
	}
	return count(lines[:first]) >= around && count(lines[last+1:]) >= around
}

func mutate(t *rapid.T, line string) string {
	var at []int
	for i, c := range []byte(line) {
		if c != ' ' && c != '\t' {
			at = append(at, i)
		}
	}
	i := rapid.SampledFrom(at).Draw(t, "changed character")
	return line[:i] + "§" + line[i+1:]
}

func file(lines []string) string { return strings.Join(lines, "\n") + "\n" }
