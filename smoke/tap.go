package smoke

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// tap reads the Test Anything Protocol, versions 12 to 14. Subtests are indented; their
// parent says how they went together, so only those that failed are listed beside it.
type tap struct {
	lines   int // that belong to the protocol
	points  int // of the outermost level
	planned int // -1: no plan was seen
	plans   int
	bail    string
	last    *Case // whose diagnostics may follow
	inYAML  bool
}

func newTAP() *tap { return &tap{planned: -1} }

var (
	tapPlan  = regexp.MustCompile(`^1\.\.(\d{1,9})(?:\s*#\s*(.*))?$`)
	tapPoint = regexp.MustCompile(`^(ok|not ok)\b\s*(\d{0,9})\s*(?:-\s)?\s*(.*)$`)
	tapHint  = regexp.MustCompile(`(?i)(?:^|\s)#\s*(skip|todo)\S*(?:\s+(.*))?$`)
	tapTime  = regexp.MustCompile(`^duration_ms:?\s+([\d.]{1,18})$`)
)

func (t *tap) line(b *book, raw []byte) {
	text := strings.TrimRight(string(raw), " \t")
	indent := len(text) - len(strings.TrimLeft(text, " \t"))
	text = text[indent:]
	switch {
	case t.yaml(text, indent):
	case strings.HasPrefix(text, "Bail out!"):
		t.lines++
		t.bail = strings.TrimSpace(strings.TrimPrefix(text, "Bail out!"))
		if t.bail == "" {
			t.bail = "no reason was given"
		}
	case tapPoint.MatchString(text):
		t.point(b, text, indent)
	case indent == 0 && tapPlan.MatchString(text):
		t.plan(b, tapPlan.FindStringSubmatch(text))
	case strings.HasPrefix(text, "#") && t.last != nil:
		t.say(text)
	}
}

func (t *tap) plan(b *book, m []string) {
	t.lines++
	t.plans++
	t.planned, _ = strconv.Atoi(m[1])
	if t.planned == 0 && m[2] != "" { // 1..0 # skip no database here
		t.flush(b)
		b.add(Case{Name: "all", Result: Skip, Output: m[2]})
	}
}

func (t *tap) point(b *book, text string, indent int) {
	t.lines++
	t.flush(b)
	m := tapPoint.FindStringSubmatch(text)
	c := &Case{Name: strings.TrimSpace(tapHint.ReplaceAllString(m[3], "")), Result: Pass}
	if m[1] == "not ok" {
		c.Result = Fail
	}
	if hint := tapHint.FindStringSubmatch(m[3]); hint != nil {
		// A test that is to do may fail.
		c.Result, c.Output = Skip, strings.TrimSpace(strings.ToUpper(hint[1])+" "+hint[2])
	}
	if indent > 0 {
		if c.Result == Fail {
			c.Name = "subtest " + c.Name
			t.last = c
		}
		return
	}
	t.points++
	if c.Name == "" {
		c.Name = "test " + strconv.Itoa(t.points)
	}
	t.last = c
}

// yaml takes the lines of a diagnostic block.
func (t *tap) yaml(text string, indent int) bool {
	switch {
	case t.inYAML && text == "...":
		t.inYAML = false
	case t.inYAML:
		if m := tapTime.FindStringSubmatch(text); m != nil && t.last.MS == 0 {
			ms, err := strconv.ParseFloat(m[1], 64)
			if err == nil {
				t.last.MS = inMS(ms / 1000)
			}
		}
		t.say(strings.Repeat(" ", indent) + text)
	case text == "---" && indent > 0 && t.last != nil:
		t.inYAML = true
	default:
		return false
	}
	return true
}

// say keeps a diagnostic of a test that has not passed.
func (t *tap) say(text string) {
	if t.last.Result != Pass && len(t.last.Output) < 4*caseOutput {
		if t.last.Output != "" {
			t.last.Output += "\n"
		}
		t.last.Output += text
	}
}

func (t *tap) flush(b *book) {
	if t.last != nil {
		b.add(*t.last)
		t.last, t.inYAML = nil, false
	}
}

func (t *tap) finish(b *book) error {
	t.flush(b)
	switch {
	case t.bail != "":
		b.add(Case{Name: "Bail out!", Result: Error, Output: t.bail})
	case t.lines == 0:
		return errors.New("its standard output is no TAP")
	case t.planned < 0:
		return errors.New("its TAP has no plan, as in 1..3: it may have ended early")
	case t.plans > 1:
		return fmt.Errorf("its TAP has %d plans", t.plans)
	case t.planned != t.points:
		return fmt.Errorf("its TAP planned %d tests, but reports %d", t.planned, t.points)
	}
	return nil
}
