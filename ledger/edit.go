package ledger

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// header begins a new file.
const header = `# The known, accepted gaps of this repository: findings and divergences that somebody
# has looked at. Write entries with scrum gaps accept; scrum gaps check reads them.
version: 1
gaps:
`

// Append writes entries at the end of a ledger's text, which stays otherwise as it is
// to the byte; an empty text becomes a new ledger.
func Append(name string, data []byte, gaps ...Gap) ([]byte, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		data = []byte(header)
	}
	before, err := Parse(name, data)
	if err != nil {
		return nil, err
	}
	t := newText(data)
	at, column, err := t.end(name)
	if err != nil {
		return nil, err
	}
	var added []string
	for i := range gaps {
		lines, err := entryText(&gaps[i], column)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			added = append(added, l+t.eol)
		}
	}
	t.lines = slices.Insert(t.lines, t.above(at), added...) // a comment at the end stays there, and is not taken for one on the entry
	return t.checked(name, append(slices.Clone(before.Gaps), gaps...))
}

// Remove takes entries out of a ledger's text, each with the comments that stand
// directly above it.
func Remove(name string, data []byte, ids ...string) ([]byte, error) {
	before, err := Parse(name, data)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if before.Find(id) == nil {
			return nil, unknownGap(name, id, before.Gaps)
		}
	}
	t := newText(data)
	want := slices.Clone(before.Gaps)
	for i := len(before.Gaps) - 1; i >= 0; i-- { // from the end, so that line numbers stay true
		g := before.Gaps[i]
		if !slices.Contains(ids, g.ID) {
			continue
		}
		next, _, err := t.end(name)
		if err != nil {
			return nil, err
		}
		if i+1 < len(want) {
			next = want[i+1].At - 1
		}
		from, to := t.entry(g.At-1, next, i == 0)
		shift := to - from
		t.lines = slices.Delete(t.lines, from, to)
		want = slices.Delete(want, i, i+1)
		for j := i; j < len(want); j++ {
			want[j].At -= shift
		}
	}
	return t.checked(name, want)
}

func unknownGap(name, id string, gaps []Gap) error {
	if len(gaps) == 0 {
		return fmt.Errorf("there is no gap %q: %s has none", clip(id), name)
	}
	known := make([]string, len(gaps))
	for i := range gaps {
		known[i] = gaps[i].ID
	}
	return fmt.Errorf("there is no gap %q in %s; it has %s", clip(id), name, strings.Join(known, ", "))
}

// text is a file as lines, each with its end.
type text struct {
	lines []string
	eol   string
}

func newText(data []byte) *text {
	t := &text{lines: strings.SplitAfter(string(data), "\n"), eol: "\n"}
	if bytes.Contains(data, []byte("\r\n")) {
		t.eol = "\r\n"
	}
	if last := len(t.lines) - 1; t.lines[last] == "" {
		t.lines = t.lines[:last]
	} else {
		t.lines[last] += t.eol
	}
	return t
}

// end finds where the list of gaps ends, as an index of lines, and the column of its
// dashes. A list that is written as [] is opened.
func (t *text) end(name string) (at, column int, err error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(strings.Join(t.lines, "")), &doc); err != nil {
		return 0, 0, fmt.Errorf("%s: %w", name, err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode || doc.Content[0].Style&yaml.FlowStyle != 0 {
		return 0, 0, fmt.Errorf("%s is not written as keys on lines of their own: it cannot be edited from here", name)
	}
	top := doc.Content[0].Content
	for i := 0; i+1 < len(top); i += 2 {
		if top[i].Value != "gaps" {
			continue
		}
		at, column = len(t.lines), 3
		if i+2 < len(top) {
			at = top[i+2].Line - 1
		}
		list := top[i+1]
		switch {
		case list.Kind == yaml.SequenceNode && list.Style&yaml.FlowStyle == 0:
			return at, list.Column, nil
		case list.Kind == yaml.SequenceNode && len(list.Content) > 0:
			return 0, 0, fmt.Errorf("%s:%d: gaps is written in one line: write it as a list with dashes first", name, list.Line)
		case list.Kind == yaml.SequenceNode:
			t.lines[list.Line-1] = strings.Replace(t.lines[list.Line-1], "[]", "", 1)
		}
		return at, column, nil
	}
	t.lines = append(t.lines, "gaps:"+t.eol)
	return len(t.lines), 3, nil
}

// above skips the comments and blank lines over a line.
func (t *text) above(at int) int {
	for at > 0 && isRemark(t.lines[at-1]) {
		at--
	}
	return at
}

func isRemark(l string) bool {
	l = strings.TrimSpace(l)
	return l == "" || strings.HasPrefix(l, "#")
}

// entry is the range of lines of an entry: from the comments directly above its dash
// to its last line with something on it.
func (t *text) entry(first, next int, top bool) (from, to int) {
	for first > 0 && !strings.HasPrefix(strings.TrimSpace(t.lines[first]), "-") {
		first--
	}
	from = first
	for !top && from > 0 && strings.HasPrefix(strings.TrimSpace(t.lines[from-1]), "#") {
		from--
	}
	return from, max(first+1, t.above(next))
}

// checked is the text, after it was read again: all that was there is there, and no
// more than was meant.
func (t *text) checked(name string, want []Gap) ([]byte, error) {
	out := []byte(strings.Join(t.lines, ""))
	after, err := Parse(name, out)
	if err == nil && !sameGaps(after.Gaps, want) {
		err = fmt.Errorf("%s: the edit would have changed other entries", name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be edited from here, so nothing was written; edit it by hand: %w", name, err)
	}
	return out, nil
}

func sameGaps(a, b []Gap) bool {
	return slices.EqualFunc(a, b, func(a, b Gap) bool { return a.Same(&b) })
}

// entryText is an entry as lines without their ends, its dash in a column.
func entryText(g *Gap, column int) ([]string, error) {
	n := g.node()
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(n); err != nil {
		return nil, fmt.Errorf("writing the gap %s: %w", g.ID, err)
	}
	var out []string
	indent := strings.Repeat(" ", max(column-1, 0))
	for i, l := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
		lead := "  "
		if i == 0 {
			lead = "- "
		}
		out = append(out, indent+lead+l)
	}
	return out, nil
}

// node is the entry with the keys that it has, in their order.
func (g *Gap) node() *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	add := func(key string, v *yaml.Node) {
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, v)
	}
	for _, f := range []struct{ key, value string }{
		{"id", g.ID}, {"phase", string(g.Phase)}, {"as", string(g.As)}, {"reason", g.Reason}, {"owner", g.Owner},
		{"seen", string(g.Seen)}, {"accepted", string(g.Accepted)}, {"expires", string(g.Expires)}, {"severity", string(g.Severity)}, {"path", g.Path},
		{"line", number(g.Line)}, {"side", side(g)}, {"title", g.Title}, {"why", g.Why}, {"cases", ""}, {"fingerprint", g.Fingerprint},
		{"reviewers", ""}, {"lineages", ""}, {"run", g.Run}, {"finding", g.Finding},
	} {
		switch {
		case f.key == "cases" && len(g.Cases) > 0:
			add(f.key, list(g.Cases))
		case f.key == "reviewers" && len(g.Reviewers) > 0:
			add(f.key, list(g.Reviewers))
		case f.key == "lineages" && len(g.Lineages) > 0:
			add(f.key, list(g.Lineages))
		case f.value != "":
			add(f.key, scalar(f.key, f.value))
		}
	}
	return n
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// side is written where there is a line to be on it.
func side(g *Gap) string {
	if g.Line == 0 && g.Side != "old" {
		return ""
	}
	return string(g.Side)
}

func scalar(key, value string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: value, Tag: "!!str"}
	switch key {
	case "line":
		n.Tag = "!!int"
	case "seen", "accepted", "expires": // a date needs no quotes
		if Day(value) != Never {
			n.Tag = "!!timestamp"
		}
	}
	return n
}

func list(values []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, v := range values {
		n.Content = append(n.Content, scalar("", v))
	}
	return n
}
