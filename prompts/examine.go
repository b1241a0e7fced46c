package prompts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"text/template"

	"scrum/bundler"
)

// Question puts one finding to another lineage. It does not say who has reported it,
// nor how grave they think it is.
type Question struct {
	ID     string // of the request; answers are kept under it
	Path   string // as Name spells it
	First  int    // line; 0: the whole file
	Last   int
	Old    bool // the lines are deleted ones
	Title  string
	Why    string
	Code   string // numbered, see Excerpt
	Masked string // a sentence when credentials were masked, or ""
}

// longestReport bounds what of a report is passed on, in bytes.
const longestReport = 8 << 10

// Examine makes the request of a cross-examination. The same question gives the same
// bytes.
func Examine(q Question) (Request, error) {
	sum := sha256.Sum256([]byte(strings.Join([]string{q.Path, q.place(), q.Title, q.Why, q.Code}, "\x00")))
	d := struct{ Nonce, Path, Place, Title, Why, Code, Masked string }{
		Nonce: hex.EncodeToString(sum[:12]), Path: q.Path, Place: q.place(),
		Title: oneLine(q.Title), Why: bounded(q.Why), Code: q.Code, Masked: q.Masked,
	}
	req := Request{Bundle: q.ID, Paths: []string{q.Path}, Nonce: d.Nonce}
	for _, t := range []struct {
		name, text string
		to         *string
	}{{"examine.system", examineSystem, &req.System}, {"examine", examineRequest, &req.User}} {
		parsed, err := template.New(t.name).Option("missingkey=error").Parse(t.text)
		if err != nil {
			return Request{}, fmt.Errorf("reading the %s template: %w", t.name, err)
		}
		var buf bytes.Buffer
		if err := parsed.Execute(&buf, d); err != nil {
			return Request{}, fmt.Errorf("filling the %s template: %w", t.name, err)
		}
		*t.to = buf.String()
	}
	return req, nil
}

func (q Question) place() string {
	var lines string
	switch {
	case q.First == 0:
		return ""
	case q.Last > q.First:
		lines = fmt.Sprintf("lines %d-%d", q.First, q.Last)
	default:
		lines = fmt.Sprintf("line %d", q.First)
	}
	if q.Old {
		lines += " of the old file"
	}
	return lines
}

func bounded(s string) string {
	if len(s) > longestReport {
		return strings.ToValidUTF8(s[:longestReport], "") + " …"
	}
	return s
}

// Excerpt shows the lines around a place with their numbers, at most so many before and
// behind it, out of a file's hunks. Where the place is not in them, or is the whole
// file, it shows their beginning.
func Excerpt(hunks []bundler.Hunk, q Question, around int) string {
	at, end := locate(hunks, q)
	first, last := max(0, at-around), end+around
	if at < 0 {
		first, last = 0, 2*around
	}
	var out []byte
	n := 0
	for _, h := range hunks {
		begun := false
		for l := range h.Lines() {
			if first <= n && n <= last {
				if !begun {
					out = fmt.Appendf(out, "@@ -%d,%d +%d,%d @@%s\n", h.OldStart, h.OldLines, h.NewStart, h.NewLines, section(h))
					begun = true
				}
				out = appendLine(out, l)
			}
			n++
		}
	}
	return string(bytes.ToValidUTF8(out, []byte("\uFFFD")))
}

// locate counts the shown lines up to the first and the last of the place; -1 when none
// of it is shown.
func locate(hunks []bundler.Hunk, q Question) (first, last int) {
	first, last = -1, -1
	if q.First == 0 {
		return
	}
	n := 0
	for _, h := range hunks {
		for l := range h.Lines() {
			number := l.New
			if q.Old {
				number = l.Old
			}
			if number >= q.First && number <= max(q.Last, q.First) {
				if first < 0 {
					first = n
				}
				last = n
			}
			n++
		}
	}
	return first, last
}
