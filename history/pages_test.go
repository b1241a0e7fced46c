package history

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), string(got)); diff != "" {
		t.Errorf("%s:\n%s", path, diff)
	}
}

func TestPagesAreAsTheyWere(t *testing.T) {
	p := newPlace(t)
	s := inMemory(t)
	defer s.Close()
	names := p.sample()
	p.readIn(s)
	list, err := s.Runs(t.Context(), Selection{})
	must(t, err)
	page, err := s.Seats(t.Context(), names[0])
	must(t, err)
	records, err := s.Records(t.Context(), Selection{}, words(names[0]))
	must(t, err)
	for name, d := range map[string]Document{"runs": list, "run": page, "reviewers": records} {
		for format, ending := range map[Format]string{Terminal: "txt", JSON: "json", CSV: "csv"} {
			var b bytes.Buffer
			must(t, Write(&b, d, format, 0))
			golden(t, name+"."+ending, b.Bytes())
		}
		var narrow bytes.Buffer
		must(t, Write(&narrow, d, Terminal, 80))
		golden(t, name+"-80.txt", narrow.Bytes())
	}
}

func TestAnEmptyHistoryIsSaidToBe(t *testing.T) {
	s := inMemory(t)
	defer s.Close()
	list, err := s.Runs(t.Context(), Selection{})
	must(t, err)
	records, err := s.Records(t.Context(), Selection{}, nil)
	must(t, err)
	for _, d := range []Document{list, records} {
		var b bytes.Buffer
		must(t, Write(&b, d, Terminal, 0))
		if !strings.HasPrefix(b.String(), "The history is empty: ") {
			t.Errorf("got %q", b.String())
		}
		b.Reset()
		must(t, Write(&b, d, JSON, 0))
		if strings.Contains(b.String(), "null") {
			t.Errorf("a list is null: %s", b.String())
		}
	}
}

// hostile is a run all of whose names would do harm to a terminal, to the log of a CI
// runner or to a spreadsheet.
func hostile(p place) {
	evil := []string{"\x1b]0;owned\a", "::error::x", "##[group]x", "a\nb", "\u202eabc", "=cmd|' /C calc'!A0", "界界界界", "e\u0301\u0301\u0301\u0301\u0301\u0301", "+1", "x\x00y", "\xff\xfe"}
	r := runOf(day(1), 1)
	r.Run.Label, r.Run.Head, r.Run.ToolVersion, r.Verdict.Rule = strings.Join(evil, " "), "\x1b[2J\x1b[H", evil[1], evil[1]
	for _, e := range evil {
		s := seat(e, e, e, 5)
		s.Error = e
		r.Coverage = append(r.Coverage, s)
		r.Findings = append(r.Findings, found(e, by(e, e)).known(e, e))
	}
	p.add(r)
}

func TestHostileNamesAreOnlyText(t *testing.T) {
	p := newPlace(t)
	s := inMemory(t)
	defer s.Close()
	hostile(p)
	p.readIn(s)
	list, err := s.Runs(t.Context(), Selection{})
	must(t, err)
	page, err := s.Seats(t.Context(), list.Runs[0].ID)
	must(t, err)
	records, err := s.Records(t.Context(), Selection{}, nil)
	must(t, err)
	for _, d := range []Document{list, page, records} {
		for _, f := range Formats() {
			var b bytes.Buffer
			must(t, Write(&b, d, f, 80))
			harmless(t, f, b.String())
		}
	}
}

func harmless(t *testing.T, f Format, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("%s: the character %U", f, r)
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
			t.Errorf("%s: a command to a CI runner: %q", f, line)
		}
	}
	switch f {
	case JSON:
		if !json.Valid([]byte(text)) {
			t.Error("the JSON is not valid")
		}
	case CSV:
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll() // as many fields in every row
		must(t, err)
		for _, row := range rows {
			for _, field := range row {
				if field != "" && strings.ContainsRune("=+-@", rune(field[0])) {
					t.Errorf("a spreadsheet computes %q", field)
				}
			}
		}
	case Terminal:
	}
}

func TestAFormatThatThereIsNot(t *testing.T) {
	if err := Write(&bytes.Buffer{}, &RunList{}, "xml", 0); err == nil {
		t.Error("no error")
	}
}

func BenchmarkReadIn(b *testing.B) {
	p := newPlace(b)
	size := 0
	for i := range 1000 {
		r := runOf(day(1+i%28), i)
		for bundle := range 6 {
			for _, name := range []string{"opus", "kimi", "qwen", "go-vet", "staticcheck", "secrets", "actionlint"} {
				r.Coverage = append(r.Coverage, seat(string(rune('a'+bundle)), name, name, int64(i)))
			}
		}
		for range 21 {
			f := found("f", by("opus", "anthropic"), by("kimi", "moonshot"))
			f.Why, f.Sources[0].Text, f.Sources[1].Text = strings.Repeat("why ", 60), strings.Repeat("text ", 60), strings.Repeat("text ", 60)
			r.Findings = append(r.Findings, f)
		}
		name := p.add(r)
		info, err := os.Stat(filepath.Join(p.runs, name, "findings.json"))
		if err != nil {
			b.Fatal(err)
		}
		size += int(info.Size())
	}
	b.Run("1000 new runs", func(b *testing.B) {
		b.SetBytes(int64(size))
		for range b.N {
			_ = os.Remove(p.db)
			s := place{b, p.runs, p.db}.open()
			p.readIn(s)
			_ = s.Close()
		}
		if info, err := os.Stat(p.db); err == nil {
			b.ReportMetric(float64(info.Size())/1e6, "MB-database")
		}
	})
	s := p.open()
	p.readIn(s)
	b.Run("1000 known runs", func(b *testing.B) {
		for range b.N {
			p.readIn(s)
		}
	})
	b.Run("records of 1000 runs", func(b *testing.B) {
		for range b.N {
			if _, err := s.Records(b.Context(), Selection{}, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("list of 20 runs", func(b *testing.B) {
		for range b.N {
			if _, err := s.Runs(b.Context(), Selection{Limit: 20}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
