package assess

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// reader reads the nodes of a file and collects what is wrong with them.
type reader struct {
	file     string
	problems []error
}

// most is how many problems are told at once.
const most = 20

func (r *reader) err() error {
	if rest := len(r.problems) - most; rest > 0 {
		return errors.Join(append(r.problems[:most:most], fmt.Errorf("%s: and %d more", r.file, rest))...)
	}
	return errors.Join(r.problems...)
}

func (r *reader) clean() bool { return len(r.problems) == 0 }

func (r *reader) complain(line int, format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf("%s:%d: %s", r.file, line, fmt.Sprintf(format, args...)))
}

// resolved follows aliases.
func resolved(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// pairs calls do for every known key that stands once. A section without anything in it
// has no keys.
func (r *reader) pairs(n *yaml.Node, what string, known []string, do func(key string, v *yaml.Node)) {
	if n = resolved(n); isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.complain(n.Line, "%s is a mapping with the keys %s", what, strings.Join(known, ", "))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		switch line := seen[k.Value]; {
		case !slices.Contains(known, k.Value):
			r.complain(k.Line, "unknown key %s of %s; %s", quoted(k.Value), what, hint(k.Value, known))
		case line > 0:
			r.complain(k.Line, "the key %s of %s stands here a second time; the first is in line %d", k.Value, what, line)
		default:
			seen[k.Value] = k.Line
			do(k.Value, resolved(n.Content[i+1]))
		}
	}
}

func (r *reader) items(n *yaml.Node, what string) []*yaml.Node {
	if n = resolved(n); n.Kind != yaml.SequenceNode {
		r.complain(n.Line, "%s is a list", what)
		return nil
	}
	return n.Content
}

func (r *reader) texts(n *yaml.Node, what string) []string {
	var out []string
	for _, e := range r.items(n, what) {
		out = append(out, r.text(resolved(e), what))
	}
	return out
}

func (r *reader) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || isNull(n) || strings.TrimSpace(n.Value) == "" {
		r.complain(n.Line, "%s is a single value that is not empty", what)
		return ""
	}
	return n.Value
}

func (r *reader) yes(n *yaml.Node, what string) bool {
	if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
		r.complain(n.Line, "%s is true or false, not %s", what, quoted(n.Value))
	}
	return n.Value == "true"
}

func (r *reader) duration(n *yaml.Node, what string) time.Duration {
	d, err := time.ParseDuration(n.Value)
	if err != nil || d <= 0 {
		r.complain(n.Line, "%s: %s is no time such as 24h or 90m", what, quoted(n.Value))
	}
	return d
}

func quoted(s string) string { return strconv.Quote(clip(s)) }

// hint says which known word may be meant, or all of them.
func hint(word string, known []string) string {
	best, least := "", 1+max(1, len(word)/3)
	for _, k := range known {
		if d := distance(strings.ToLower(clip(word)), k); d < least {
			best, least = k, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return "known are " + strings.Join(known, ", ")
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
