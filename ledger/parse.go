package ledger

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"scrum/tally"
)

// Parse reads a ledger. It is strict: an entry that is not quite right could silence
// what it should not. The error names the file and the line of every problem.
func Parse(name string, data []byte) (*Ledger, error) {
	r := &reader{name: name, ids: map[string]int{}}
	l := &Ledger{Name: name}
	if top := r.document(data); top != nil {
		r.top(top, l)
	}
	return l, r.err()
}

type reader struct {
	name     string
	ids      map[string]int // line of each id
	problems []error
}

// most is how many problems are told at once.
const most = 20

func (r *reader) err() error {
	if rest := len(r.problems) - most; rest > 0 {
		return errors.Join(append(r.problems[:most:most], fmt.Errorf("%s: and %d more", r.name, rest))...)
	}
	return errors.Join(r.problems...)
}

func (r *reader) complain(line int, format string, args ...any) {
	where := r.name
	if line > 0 {
		where += ":" + strconv.Itoa(line)
	}
	r.problems = append(r.problems, fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...)))
}

// yamlError is how the parser names a line.
var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// document gives the top of the file; nil when there is none, or it is no YAML.
func (r *reader) document(data []byte) *yaml.Node {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		switch err = dec.Decode(&more); {
		case err == nil:
			r.complain(more.Line, "a second document begins here; the ledger is one")
			return nil
		case errors.Is(err, io.EOF):
			return doc.Content[0]
		}
	}
	text, line := err.Error(), 0
	if m := yamlError.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	r.complain(line, "this is not YAML: %s", text)
	return nil
}

func (r *reader) top(n *yaml.Node, l *Ledger) {
	if isNull(n) {
		return
	}
	version := ""
	r.pairs(n, "the ledger", []string{"version", "gaps"}, func(key string, v *yaml.Node) {
		switch key {
		case "version":
			if version = r.text(key, v); version != strconv.Itoa(Version) {
				r.complain(v.Line, "version: this program reads version %d, not %q", Version, clip(version))
			}
		case "gaps":
			r.gaps(v, l)
		}
	})
	if version == "" && len(r.problems) == 0 {
		r.complain(n.Line, "the key version is missing: write version: %d", Version)
	}
}

func (r *reader) gaps(n *yaml.Node, l *Ledger) {
	if isNull(n) {
		return
	}
	if n.Kind != yaml.SequenceNode {
		r.complain(n.Line, "gaps is a list")
		return
	}
	for _, e := range n.Content {
		before := len(r.problems)
		g := r.gap(e)
		if len(r.problems) == before { // else a second complaint about what is missing would only confuse
			r.whole(&g)
		}
		l.Gaps = append(l.Gaps, g)
	}
}

// keys of an entry, in the order in which they are written.
func keys() []string {
	return []string{"id", "phase", "as", "reason", "owner", "seen", "accepted", "expires", "severity", "path", "line", "side",
		"title", "why", "cases", "fingerprint", "reviewers", "lineages", "run", "finding"}
}

func (r *reader) gap(n *yaml.Node) Gap {
	g := Gap{At: n.Line, Side: tally.New}
	r.pairs(n, "a gap", keys(), func(key string, v *yaml.Node) { r.field(&g, key, v) })
	return g
}

func (r *reader) field(g *Gap, key string, v *yaml.Node) {
	switch key {
	case "id":
		g.ID = r.id(v)
	case "phase":
		g.Phase = oneOf(r, key, v, phases())
	case "as":
		g.As = oneOf(r, key, v, ways())
	case "reason":
		g.Reason = r.text(key, v)
	case "owner":
		g.Owner = r.text(key, v)
	case "seen", "accepted", "expires":
		r.day(g, key, v)
	case "severity":
		g.Severity = oneOf(r, key, v, severities())
	case "path":
		g.Path = r.text(key, v)
	case "line":
		g.Line = r.number(key, v)
	case "side":
		g.Side = oneOf(r, key, v, []tally.Side{tally.New, tally.Old})
	case "title":
		g.Title = r.text(key, v)
	case "why":
		g.Why = r.text(key, v)
	case "cases":
		g.Cases = r.texts(key, v)
	case "fingerprint":
		g.Fingerprint = r.text(key, v)
	case "reviewers":
		g.Reviewers = r.texts(key, v)
	case "lineages":
		g.Lineages = r.texts(key, v)
	case "run":
		g.Run = r.text(key, v)
	case "finding":
		g.Finding = r.text(key, v)
	}
}

func phases() []Phase { return []Phase{Review, Smoke, Parity, Assess} }
func ways() []As      { return []As{FalsePositive, AcceptedRisk, Duplicate, Policy, Deferred} }
func severities() []tally.Severity {
	return []tally.Severity{tally.Block, tally.Warn, tally.Info}
}

// Ways lists what a gap can be accepted as.
func Ways() []string { return plain(ways()) }

func plain[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// idForm leaves room for names that people give.
var idForm = regexp.MustCompile(`^g-[0-9a-z][0-9a-z-]{0,62}$`)

func (r *reader) id(v *yaml.Node) string {
	id := r.text("id", v)
	if !idForm.MatchString(id) {
		r.complain(v.Line, "id: %q is not like g-3f9a2c", clip(id))
		return id
	}
	if line, twice := r.ids[id]; twice {
		r.complain(v.Line, "id: %s stands twice; it is already in line %d", id, line)
	}
	r.ids[id] = v.Line
	return id
}

func oneOf[T ~string](r *reader, key string, v *yaml.Node, known []T) T {
	text := r.text(key, v)
	if text == "" || slices.Contains(known, T(text)) {
		return T(text)
	}
	hint := "it is one of " + strings.Join(plain(known), ", ")
	if near := nearest(text, plain(known)); near != "" {
		hint = "did you mean " + near + "?"
	}
	r.complain(v.Line, "%s: %q is not known; %s", key, clip(text), hint)
	return T(text)
}

func (r *reader) day(g *Gap, key string, v *yaml.Node) {
	text := r.text(key, v)
	if key == "expires" && Day(text) == Never {
		g.Expires = Never
		return
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil && text != "" {
		r.complain(v.Line, "%s: %q is not a date like 2026-11-23", key, clip(text))
	}
	switch key {
	case "expires":
		g.Expires = Day(text)
	case "seen":
		g.Seen = Day(text)
	default:
		g.Accepted = Day(text)
	}
}

func (r *reader) number(key string, v *yaml.Node) int {
	n, err := strconv.Atoi(r.text(key, v))
	if err != nil || n < 0 {
		r.complain(v.Line, "%s: %q is not a line number", key, clip(v.Value))
	}
	return n
}

// text is a scalar that is not empty.
func (r *reader) text(key string, v *yaml.Node) string {
	if v.Kind != yaml.ScalarNode || v.Anchor != "" {
		r.complain(v.Line, "%s is a single value, written out", key)
		return ""
	}
	if strings.TrimSpace(v.Value) == "" || isNull(v) {
		r.complain(v.Line, "%s has no value: give it one, or leave the key away", key)
		return ""
	}
	return v.Value
}

func (r *reader) texts(key string, v *yaml.Node) []string {
	if v.Kind != yaml.SequenceNode || v.Anchor != "" {
		r.complain(v.Line, "%s is a list", key)
		return nil
	}
	var out []string
	for _, e := range v.Content {
		out = append(out, r.text(key, e))
	}
	return out
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// pairs calls do for every known key that stands once.
func (r *reader) pairs(n *yaml.Node, what string, known []string, do func(key string, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode || n.Anchor != "" {
		r.complain(n.Line, "%s is a mapping with the keys %s", what, strings.Join(known, ", "))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		switch line := seen[k.Value]; {
		case k.Kind != yaml.ScalarNode || !slices.Contains(known, k.Value):
			r.complain(k.Line, "%s", unknownKey(k.Value, known))
		case line > 0:
			r.complain(k.Line, "the key %s stands twice; it is already in line %d", k.Value, line)
		default:
			seen[k.Value] = k.Line
			do(k.Value, n.Content[i+1])
		}
	}
}

func unknownKey(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf("unknown key %s; did you mean %s?", clip(name), near)
	}
	return fmt.Sprintf("unknown key %s; known are %s", clip(name), strings.Join(known, ", "))
}

// whole holds that an entry has what its phase and its state need.
func (r *reader) whole(g *Gap) {
	need := map[string]bool{"id": g.ID == "", "phase": g.Phase == ""}
	if g.As != "" {
		need["reason"], need["owner"] = g.Reason == "", g.Owner == ""
		need["accepted"], need["expires"] = g.Accepted == "", g.Expires == ""
		need["fingerprint"] = g.Fingerprint == ""
		if g.Phase == Review {
			need["severity"], need["path"], need["title"] = g.Severity == "", g.Path == "", g.Title == ""
		}
	}
	for _, key := range keys() {
		if need[key] {
			r.complain(g.At, "%s has no %s", cmp.Or(g.ID, "the gap"), key)
		}
	}
	if g.Expires == Never && g.As != "" && !g.As.forGood() {
		r.complain(g.At, "%s: what is accepted as %s needs a date in expires, so that it is looked at again", g.ID, g.As)
	}
	if g.Phase == Review && g.Fingerprint != "" {
		if _, err := ParseFingerprint(g.Fingerprint); err != nil {
			r.complain(g.At, "%s: fingerprint: %v", g.ID, err)
		}
	}
}

// clip keeps a stranger's text from filling a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
