package injection

import (
	"fmt"
	"strings"
	"unicode"

	"scrum/bundler"
)

// Instruction is a text that speaks to the reviewer.
type Instruction struct {
	Path        string // of the file, as git has it, or the name of the text
	First, Last int    // lines; 0 when the name of the file is what speaks
	Side        Side   // that the lines count on
	Added       bool   // the change adds a line of it, or the name
	Kind        Kind
	Excerpt     string // on one line, with hidden characters made visible; cut when long
	More        int    // how many more were found in this file, which the list leaves out
}

// Side of the diff that line numbers count on.
type Side string

// The sides. A text without sides is new.
const (
	New Side = "new"
	Old Side = "old"
)

// Kind is what the text tries.
type Kind string

// The kinds.
const (
	Override Kind = "override" // to put other instructions in the place of the reviewer's
	Approve  Kind = "approve"  // to have the change approved
	Silence  Kind = "silence"  // to have nothing reported
	Chat     Kind = "chat"     // to look like the system's or the model's own turn of the chat
	Fence    Kind = "fence"    // to look like the end of the diff
	Contract Kind = "contract" // to look like an answer
	Hidden   Kind = "hidden"   // to be read by machines only
)

// Title says what was found, in words for a report.
func (k Kind) Title() string {
	switch k {
	case Override:
		return "Text that tells a reviewing model to follow other instructions"
	case Approve:
		return "Text that tells a reviewing model to approve the change"
	case Silence:
		return "Text that tells a reviewing model to report nothing"
	case Chat:
		return "Text that imitates the messages of a chat with a model"
	case Fence:
		return "Text that imitates the fence around a diff under review"
	case Contract:
		return "Text that imitates a reviewer's answer"
	case Hidden:
		return "Text that people do not see, but models read"
	}
	return string(k)
}

// most is how many instructions of a file are listed; the last one counts the rest.
const most = 50

// Find looks through the names of the files and the lines that the change shows:
// added ones, unchanged ones and, on the old side, deleted ones, all of which a
// model reads. It takes time linear in the change.
func Find(c *bundler.Change) ([]Instruction, error) {
	m := newMatcher()
	var out []Instruction
	for _, f := range c.Files {
		found := m.names(f)
		if !f.Binary {
			lines, err := m.file(f)
			if err != nil {
				return nil, fmt.Errorf("looking for instructions to reviewers: %w", err)
			}
			found = append(found, lines...)
		}
		out = append(out, bounded(found)...)
	}
	return out, nil
}

// InText looks through a text that is no diff. Name is what it is called.
func InText(name, text string) []Instruction {
	var p passage
	for i, line := range strings.Split(text, "\n") {
		p.add([]byte(strings.TrimSuffix(line, "\r")), i+1, true)
	}
	return bounded(newMatcher().passage(name, New, p))
}

func bounded(found []Instruction) []Instruction {
	if len(found) <= most {
		return found
	}
	found[most-1].More = len(found) - most
	return found[:most:most]
}

// passage is lines that follow each other.
type passage struct {
	lines   [][]byte
	numbers []int
	added   []bool
}

func (p *passage) add(line []byte, number int, added bool) {
	p.lines, p.numbers, p.added = append(p.lines, line), append(p.numbers, number), append(p.added, added)
}

// names looks at what the file is called and was called.
func (m *matcher) names(f *bundler.File) []Instruction {
	var out []Instruction
	for _, name := range []string{f.Path, f.OldPath} {
		var p passage
		p.add([]byte(apart(name)), 0, true)
		for _, i := range m.passage(f.Path, New, p) {
			i.Added, i.Excerpt = f.Status != bundler.Modified && f.Status != bundler.Deleted, excerpt(name)
			out = append(out, i)
		}
	}
	return out
}

// apart writes the words of a name apart, as in IgnoreThis. The dot before an
// extension ends nothing.
func apart(name string) string {
	var b strings.Builder
	before := ' '
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(before) || r == '/' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

// file looks at both sides of each hunk. What the old side says on unchanged lines
// alone, the new one has said.
func (m *matcher) file(f *bundler.File) ([]Instruction, error) {
	hunks, err := f.Hunks()
	if err != nil {
		return nil, err
	}
	var out []Instruction
	for _, h := range hunks {
		var heading, now, before passage
		heading.add([]byte(h.Section), h.NewStart, false)
		for l := range h.Lines() {
			if l.Kind != '-' {
				now.add(l.Text, l.New, l.Kind == '+')
			}
			if l.Kind != '+' {
				before.add(l.Text, l.Old, l.Kind == '-')
			}
		}
		out = append(out, m.passage(f.Path, New, heading)...)
		out = append(out, m.passage(f.Path, New, now)...)
		for _, i := range m.passage(f.Path, Old, before) {
			if i.Added { // so far: one of its lines is deleted
				i.Added = false
				out = append(out, i)
			}
		}
	}
	return out, nil
}
