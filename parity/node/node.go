package node

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Error is a mistake in a file that the user wrote.
type Error struct {
	File string
	Line int // 0 when it concerns the file as a whole
	Msg  string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Msg
	}
	return e.File + ":" + strconv.Itoa(e.Line) + ": " + e.Msg
}

// Reader reads the nodes of one file and collects what is wrong with them.
type Reader struct {
	File string
	errs []error
}

// Errorf notes a mistake at a line.
func (r *Reader) Errorf(line int, format string, args ...any) {
	r.errs = append(r.errs, &Error{r.File, line, fmt.Sprintf(format, args...)})
}

// Join notes mistakes that were found elsewhere.
func (r *Reader) Join(err error) {
	if err != nil {
		r.errs = append(r.errs, err)
	}
}

// maxErrors keeps a file that is wrong throughout from filling the screen.
const maxErrors = 20

// Err is all that was wrong, nil when nothing was.
func (r *Reader) Err() error {
	if more := len(r.errs) - maxErrors; more > 0 {
		return errors.Join(append(slices.Clone(r.errs[:maxErrors]), fmt.Errorf("and %d more mistakes", more))...)
	}
	return errors.Join(r.errs...)
}

// Pair is a key of a mapping with its value.
type Pair struct {
	Key   string
	Line  int
	Value *yaml.Node
}

// Pairs gives the keys of a mapping in their order. Another kind of node is a mistake,
// and so are a key that is not known and one that stands there twice. With no known
// keys every name is one.
func (r *Reader) Pairs(n *yaml.Node, what string, known ...string) []Pair {
	n = Resolved(n)
	if n.Kind != yaml.MappingNode {
		r.Errorf(n.Line, "%s is %s, but it takes keys%s", what, Found(n), listed(known))
		return nil
	}
	seen := map[string]int{}
	var out []Pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case seen[key.Value] > 0:
			r.Errorf(key.Line, "%s of %s stands here a second time; the first is on line %d", Quote(key.Value), what, seen[key.Value])
		case len(known) > 0 && !slices.Contains(known, key.Value):
			r.Errorf(key.Line, "unknown key %s of %s; %s", Quote(key.Value), what, Hint(key.Value, known))
		default:
			out = append(out, Pair{key.Value, key.Line, Resolved(n.Content[i+1])})
		}
		seen[key.Value] = key.Line
	}
	return out
}

func listed(known []string) string {
	if len(known) == 0 {
		return ""
	}
	return ": " + strings.Join(known, ", ")
}

// Items gives the elements of a list.
func (r *Reader) Items(n *yaml.Node, what string) []*yaml.Node {
	n = Resolved(n)
	if n.Kind != yaml.SequenceNode {
		r.Errorf(n.Line, "%s is %s, but it takes a list", what, Found(n))
		return nil
	}
	out := make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		out[i] = Resolved(c)
	}
	return out
}

// Text reads a text. A number or a truth value that stands for one is taken as it is
// written.
func (r *Reader) Text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		r.Errorf(n.Line, "%s is %s, but it takes a text", what, Found(n))
		return ""
	}
	return n.Value
}

// Texts reads a list of texts.
func (r *Reader) Texts(n *yaml.Node, what string) []string {
	var out []string
	for _, item := range r.Items(n, what) {
		out = append(out, r.Text(item, what))
	}
	return out
}

// OneOf reads a text that is one of a few.
func (r *Reader) OneOf(n *yaml.Node, what string, known ...string) string {
	s := r.Text(n, what)
	if s != "" && !slices.Contains(known, s) {
		r.Errorf(n.Line, "%s is %s; %s", what, Quote(s), Hint(s, known))
		return ""
	}
	return s
}

// Count reads a whole number from least to most.
func (r *Reader) Count(n *yaml.Node, what string, least, most int) int {
	i, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || i < least || i > most {
		r.Errorf(n.Line, "%s is %s, but it takes a whole number from %d to %d", what, Found(n), least, most)
		return least
	}
	return i
}

// Duration reads a time such as 10s.
func (r *Reader) Duration(n *yaml.Node, what string) time.Duration {
	d, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || d <= 0 {
		r.Errorf(n.Line, "%s is %s, but it takes a time with its unit, such as 10s", what, Found(n))
	}
	return d
}

// Resolved follows an alias to what it stands for.
func Resolved(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

// Found describes a node for a message.
func Found(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a set of keys"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "empty"
	case "!!str":
		return "the text " + Quote(n.Value)
	}
	return Quote(n.Value)
}

// Quote quotes a text for a message, cut when it is long.
func Quote(s string) string {
	const most = 60
	s = strings.ToValidUTF8(s, "\uFFFD")
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}
