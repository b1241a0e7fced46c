package compare

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"scrum/parity/exchange"
	"scrum/parity/jsonvalue"
)

// State is how a layer of two answers compares.
type State string

// The states.
const (
	Same        State = "same"
	Differs     State = "differs"
	Noisy       State = "noise" // as the reference from itself
	NotCompared State = "not compared"
)

// Options say what of two answers is compared, and how.
type Options struct {
	Headers []string // compared besides the content type
	Rules   Rules    // for the case at hand
	MaxJSON int64    // bytes of a body that is looked into
}

// Side is an answer and the target that gave it.
type Side struct {
	Target exchange.Target
	Answer *exchange.Answer
}

// Outcome is how two answers compare.
type Outcome struct {
	Layers      map[Layer]State
	Differences []*Difference
}

// Match tells whether nothing differs that counts. Other bytes that say the same do not.
func (o *Outcome) Match() bool { return len(o.Differences) == 0 && o.Layers[Transport] == Same }

// Answers compares what two targets have answered.
func Answers(reference, other Side, opt Options) (Outcome, error) {
	c := &comparison{a: reference, b: other, opt: opt, out: Outcome{Layers: map[Layer]State{}}}
	for _, l := range Layers() {
		c.out.Layers[l] = NotCompared
	}
	if !c.transport() {
		return c.done(), nil
	}
	c.status()
	c.headers()
	c.contentType()
	err := c.bodies()
	return c.done(), err
}

type comparison struct {
	a, b  Side
	opt   Options
	out   Outcome
	found List
}

// done gives the outcome. A layer with a difference differs.
func (c *comparison) done() Outcome {
	c.out.Differences = c.found.All()
	for _, d := range c.out.Differences {
		c.out.Layers[d.Layer] = Differs
	}
	return c.out
}

// transport tells whether both answers are whole; only then is there more to compare.
// Two that failed alike are no difference, and no match either.
func (c *comparison) transport() bool {
	x, y := transportWord(c.a.Answer), transportWord(c.b.Answer)
	switch {
	case x != y:
		c.found.add(Difference{
			Class: ClassTransport, Path: "transport", At: "transport", Types: [2]string{x, y},
			Reference: transportText(c.a.Answer), Other: transportText(c.b.Answer),
		})
		return false
	case !c.a.Answer.Whole():
		return false
	}
	c.out.Layers[Transport] = Same
	return true
}

func transportWord(a *exchange.Answer) string {
	if a.Failure != nil {
		return string(a.Failure.Kind)
	}
	return "answer"
}

func transportText(a *exchange.Answer) string {
	if a.Failure == nil {
		return "a whole answer of status " + strconv.Itoa(a.Status)
	}
	return sample(string(a.Failure.Kind) + ": " + a.Failure.Msg)
}

func (c *comparison) status() {
	c.out.Layers[Status] = Same
	x, y := strconv.Itoa(c.a.Answer.Status), strconv.Itoa(c.b.Answer.Status)
	if x != y {
		c.found.add(Difference{Class: ClassStatus, Path: "status", At: "status", Types: [2]string{x, y}, Reference: x, Other: y})
	}
}

func (c *comparison) headers() {
	c.out.Layers[Headers] = Same
	for _, name := range c.opt.Headers {
		name = http.CanonicalHeaderKey(name)
		if name != "Content-Type" {
			c.field(ClassHeader, "header "+strings.ToLower(name), header(c.a, name), header(c.b, name))
		}
	}
}

// header gives the values of a header. Where a target names itself it is written as
// {target}: two servers cannot agree in that.
func header(s Side, name string) []string {
	values := slices.Clone(s.Answer.Header.Values(name))
	for i, v := range values {
		if rest, own := strings.CutPrefix(v, s.Target.Address()); own && (rest == "" || strings.ContainsAny(rest[:1], "/?#")) {
			values[i] = "{target}" + rest
		}
	}
	return values
}

func (c *comparison) field(class Class, path string, x, y []string) {
	if slices.Equal(x, y) {
		return
	}
	c.found.add(Difference{
		Class: class, Path: path, At: path, Types: [2]string{presence(x), presence(y)},
		Reference: sample(strings.Join(x, ", ")), Other: sample(strings.Join(y, ", ")),
	})
}

func presence(values []string) string {
	if len(values) == 0 {
		return "absent"
	}
	return "text"
}

func (c *comparison) contentType() {
	c.out.Layers[ContentType] = Same
	c.field(ClassContentType, "content type", mediaType(c.a.Answer), mediaType(c.b.Answer))
}

// mediaType is the content type in one spelling. JSON is UTF-8 whether it says so or
// not (RFC 8259 §8.1).
func mediaType(a *exchange.Answer) []string {
	values := a.Header.Values("Content-Type")
	if len(values) == 0 {
		return nil
	}
	kind, params, err := mime.ParseMediaType(values[0])
	if err != nil {
		return values
	}
	if charset, ok := params["charset"]; ok {
		params["charset"] = strings.ToLower(charset)
		if strings.HasSuffix(kind, "json") && params["charset"] == "utf-8" {
			delete(params, "charset")
		}
	}
	return []string{mime.FormatMediaType(kind, params)}
}

// maxVisit bounds the bodies that are read only to see whether a rule is of use.
const maxVisit = 1 << 20

func (c *comparison) bodies() error {
	a, b := c.a.Answer.Body, c.b.Answer.Body
	if a.Same(b) {
		c.out.Layers[Shape], c.out.Layers[Value], c.out.Layers[Bytes] = Same, Same, Same
		return c.visit(a)
	}
	c.out.Layers[Bytes] = Differs
	if !a.Kept() || !b.Kept() || max(a.Size(), b.Size()) > c.opt.MaxJSON {
		c.found.add(Difference{
			Class: ClassTooLarge, Path: "body", At: "body", Types: [2]string{"body", "body"},
			Reference: digest(a), Other: digest(b), Detail: fmt.Sprintf("bodies above %d bytes are compared byte by byte only", c.opt.MaxJSON),
		})
		return nil
	}
	x, err := a.Bytes(c.opt.MaxJSON)
	if err != nil {
		return err
	}
	y, err := b.Bytes(c.opt.MaxJSON)
	if err != nil {
		return err
	}
	c.out.Layers[Shape], c.out.Layers[Value] = Same, Same
	c.contents(x, y)
	return nil
}

func digest(b *exchange.Body) string {
	return fmt.Sprintf("%d bytes, sha256 %s", b.Size(), b.SHA256())
}

// visit marks rules as used by a body that needs no comparison.
func (c *comparison) visit(b *exchange.Body) error {
	if !c.opt.Rules.Unused() || b.Size() == 0 || b.Size() > maxVisit {
		return nil
	}
	data, err := b.Bytes(maxVisit)
	if err != nil {
		return err
	}
	if v, err := jsonvalue.Parse(data); err == nil {
		c.opt.Rules.Visit(&v)
	}
	return nil
}

// contents compares bodies that are not the same bytes.
func (c *comparison) contents(x, y []byte) {
	v, errX := jsonvalue.Parse(x)
	w, errY := jsonvalue.Parse(y)
	switch {
	case errX == nil && errY == nil:
		list := JSON(&v, &w, c.opt.Rules)
		c.found.Merge(list.All())
	case errX == nil && looksJSON(c.a.Answer, x) || errY == nil && looksJSON(c.b.Answer, y):
		c.found.add(Difference{
			Class: ClassNotJSON, Path: "body", At: "body", Types: [2]string{bodyWord(x, errX), bodyWord(y, errY)},
			Reference: text(x), Other: text(y), Detail: firstError(errX, errY),
		})
	case utf8.Valid(x) && utf8.Valid(y):
		c.found.add(Difference{
			Class: ClassText, Path: "body", At: firstLine(x, y), Types: [2]string{bodyWord(x, errX), bodyWord(y, errY)},
			Reference: text(x), Other: text(y),
		})
	default:
		c.found.add(Difference{
			Class: ClassBytes, Path: "body", At: fmt.Sprintf("byte %d", prefix(x, y)), Types: [2]string{bodyWord(x, errX), bodyWord(y, errY)},
			Reference: digest(c.a.Answer.Body), Other: digest(c.b.Answer.Body),
		})
	}
}

// looksJSON tells whether a body that can be read as JSON was meant to be: any text of
// digits can.
func looksJSON(a *exchange.Answer, body []byte) bool {
	return strings.Contains(a.Header.Get("Content-Type"), "json") || len(body) > 0 && strings.ContainsRune("{[", rune(body[0]))
}

func bodyWord(body []byte, err error) string {
	switch {
	case len(body) == 0:
		return "empty"
	case err == nil:
		return "JSON"
	case utf8.Valid(body):
		return "text"
	}
	return "bytes"
}

func firstError(errs ...error) string {
	for _, err := range errs {
		if err != nil {
			return err.Error()
		}
	}
	return ""
}

func text(body []byte) string {
	return sample(strings.ToValidUTF8(string(body[:min(len(body), 2*maxSample)]), "\uFFFD"))
}

// firstLine names the first line in which two texts differ.
func firstLine(x, y []byte) string {
	return fmt.Sprintf("line %d", 1+strings.Count(string(x[:prefix(x, y)]), "\n"))
}

// prefix is the number of bytes that two texts begin with alike.
func prefix(x, y []byte) int {
	n := 0
	for n < min(len(x), len(y)) && x[n] == y[n] {
		n++
	}
	return n
}
