package smoke

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"scrum/config"
	"scrum/report"
)

// reader reads nodes and collects what is wrong with them, so that all of it is told at
// once.
type reader struct {
	file string
	errs []error
}

func (r *reader) wrong(line int, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %s", r.file, line, report.Phrase(fmt.Sprintf(format, args...))))
}

func (r *reader) err() error { return errors.Join(r.errs...) }

// field is a key of a mapping, with who reads its value.
type field struct {
	name string
	read func(*yaml.Node)
}

// fields reads a mapping of known keys.
func (r *reader) fields(n *yaml.Node, what string, known []field) {
	names := make([]string, len(known))
	for i, f := range known {
		names[i] = f.name
	}
	r.entries(n, what, func(key, value *yaml.Node) {
		i := slices.Index(names, key.Value)
		if i < 0 {
			r.wrong(key.Line, "%s", unknown("key", what+"."+key.Value, key.Value, names))
			return
		}
		known[i].read(value)
	})
}

// entries goes through a mapping, whose keys are different from each other.
func (r *reader) entries(n *yaml.Node, what string, each func(key, value *yaml.Node)) {
	n = target(n)
	if n.Kind != yaml.MappingNode {
		r.wrong(n.Line, "%s takes keys with values, but it is %s", what, found(n))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := target(n.Content[i])
		switch {
		case key.Kind != yaml.ScalarNode:
			r.wrong(key.Line, "a key of %s is %s, not a word", what, found(key))
		case seen[key.Value]:
			r.wrong(key.Line, "%s has the key %s a second time", what, shown(key.Value))
		default:
			seen[key.Value] = true
			each(key, n.Content[i+1])
		}
	}
}

func (r *reader) text(n *yaml.Node, what string) string {
	n = target(n)
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" || n.Value == "" {
		hint := ""
		if n.Kind == yaml.ScalarNode && n.Value != "" {
			hint = fmt.Sprintf("; put it in quotes: %q", n.Value)
		}
		r.wrong(n.Line, "%s takes a text, but it is %s%s", what, found(n), hint)
		return ""
	}
	if strings.ContainsRune(n.Value, 0) {
		r.wrong(n.Line, "%s has a NUL character in it", what)
	}
	return n.Value
}

// value is a text that may be written as a number or a truth value too, or be empty.
func (r *reader) value(n *yaml.Node, what string) string {
	n = target(n)
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" || strings.ContainsRune(n.Value, 0) {
		r.wrong(n.Line, "%s takes a text, but it is %s", what, found(n))
		return ""
	}
	return n.Value
}

// texts reads a list of texts; numbers are welcome, as in a command line.
func (r *reader) texts(n *yaml.Node, what string) []string {
	n = target(n)
	if n.Kind != yaml.SequenceNode {
		r.wrong(n.Line, "%s takes a list, as in [%s], but it is %s", what, "a, b", found(n))
		return nil
	}
	var out []string
	for _, e := range n.Content {
		out = append(out, r.value(e, what))
	}
	return out
}

func (r *reader) flag(n *yaml.Node, what string) (b bool) {
	n = target(n)
	if n.ShortTag() != "!!bool" || n.Decode(&b) != nil {
		r.wrong(n.Line, "%s takes true or false, but it is %s", what, found(n))
	}
	return b
}

func (r *reader) number(n *yaml.Node, what string, least, most int) (i int) {
	n = target(n)
	if n.ShortTag() != "!!int" || n.Decode(&i) != nil || i < least || i > most {
		r.wrong(n.Line, "%s takes a whole number from %d to %d, but it is %s", what, least, most, found(n))
		return least
	}
	return i
}

func (r *reader) duration(n *yaml.Node, what string) time.Duration {
	n = target(n)
	d, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || d <= 0 {
		r.wrong(n.Line, "%s takes a time above zero, such as 500ms, 30s or 5m, but it is %s", what, found(n))
	}
	return d
}

func (r *reader) oneOf(n *yaml.Node, what string, words []string) string {
	got := r.text(n, what)
	if got != "" && !slices.Contains(words, got) {
		r.wrong(target(n).Line, "%s", unknown(what, shown(got), got, words))
	}
	return got
}

// target follows an alias, whose lines are those of what it stands for.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// unknown says that a word is not known, and which one may be meant.
func unknown(what, full, word string, known []string) string {
	if near := config.Nearest(word, known); near != "" {
		return fmt.Sprintf("unknown %s %s; did you mean %s?", what, full, near)
	}
	if len(known) == 0 {
		return fmt.Sprintf("unknown %s %s; there is none", what, full)
	}
	return fmt.Sprintf("unknown %s %s; known are %s", what, full, strings.Join(known, ", "))
}

func found(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a set of keys"
	case yaml.SequenceNode:
		return "a list"
	}
	if n.Value == "" {
		return "empty"
	}
	return shown(n.Value)
}

// shown quotes a word for a message, cut when it is long.
func shown(word string) string {
	if r := []rune(word); len(r) > 60 {
		word = string(r[:60]) + "…"
	}
	return fmt.Sprintf("%q", word)
}
