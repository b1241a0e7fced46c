package jsonvalue

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may be nested.
const MaxDepth = 1000

// SyntaxError says what is no JSON, and at which byte.
type SyntaxError struct {
	Offset int
	Msg    string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Msg) }

// Parse reads the one value that the data must be (RFC 8259).
func Parse(data []byte) (Value, error) {
	if len(data) > math.MaxInt32 {
		return Value{}, &SyntaxError{0, "it is larger than 2 GiB"}
	}
	p := &parser{text: string(data)}
	if !utf8.ValidString(p.text) {
		return Value{}, &SyntaxError{invalidByte(p.text), "it is not valid UTF-8"}
	}
	var v Value
	p.space()
	if err := p.value(&v, 0); err != nil {
		return Value{}, err
	}
	p.space()
	if p.at < len(p.text) {
		return Value{}, p.errorf("something follows the value")
	}
	return v, nil
}

func invalidByte(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return len(s)
}

// parser holds the text and the byte that is next. Each method reads one production
// of the grammar and leaves at behind it. Elements and members wait in the two stacks
// until their number is known: slices that grow would take twice the room.
type parser struct {
	text    string
	at      int
	items   []Value
	members []Member
}

func (p *parser) errorf(format string, args ...any) error {
	return &SyntaxError{p.at, fmt.Sprintf(format, args...)}
}

// next is the byte at hand, 0 at the end. A 0 in the text is no JSON anywhere.
func (p *parser) next() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

func (p *parser) value(v *Value, depth int) error {
	v.Offset = int32(p.at) //nolint:gosec // the length was checked
	switch c := p.next(); {
	case c == '{':
		return p.object(v, depth+1)
	case c == '[':
		return p.array(v, depth+1)
	case c == '"':
		v.Kind = String
		return p.str(&v.Text)
	case c == '-', '0' <= c && c <= '9':
		v.Kind = Number
		return p.number(&v.Text)
	case c == 'n':
		return p.word(v, Null, "null")
	case c == 't':
		return p.word(v, Bool, "true")
	case c == 'f':
		return p.word(v, Bool, "false")
	case p.at >= len(p.text):
		return p.errorf("it ends where a value is expected")
	}
	return p.errorf("no value begins with %q", p.text[p.at:p.at+1])
}

func (p *parser) word(v *Value, kind Kind, word string) error {
	if !strings.HasPrefix(p.text[p.at:], word) {
		return p.errorf("no value begins like this; %s would", word)
	}
	p.at += len(word)
	v.Kind = kind
	if kind == Bool {
		v.Text = word
	}
	return nil
}

func (p *parser) array(v *Value, depth int) error {
	v.Kind = Array
	mark := len(p.items)
	err := p.list(']', depth, func() error {
		var item Value
		if err := p.value(&item, depth); err != nil {
			return err
		}
		p.items = append(p.items, item)
		return nil
	})
	if len(p.items) > mark {
		v.Items = slices.Clip(slices.Clone(p.items[mark:]))
	}
	p.items = p.items[:mark]
	return err
}

func (p *parser) object(v *Value, depth int) error {
	v.Kind = Object
	mark := len(p.members)
	err := p.list('}', depth, func() error {
		var m Member
		if err := p.member(&m, depth); err != nil {
			return err
		}
		p.members = append(p.members, m)
		return nil
	})
	if len(p.members) > mark {
		v.Members = slices.Clip(slices.Clone(p.members[mark:]))
	}
	p.members = p.members[:mark]
	return err
}

func (p *parser) member(m *Member, depth int) error {
	if p.next() != '"' {
		return p.errorf("a member begins with its name in quotes")
	}
	if err := p.str(&m.Name); err != nil {
		return err
	}
	p.space()
	if p.next() != ':' {
		return p.errorf("a colon must follow the name")
	}
	p.at++
	p.space()
	return p.value(&m.Value, depth)
}

// list reads what stands between brackets, with commas between.
func (p *parser) list(end byte, depth int, element func() error) error {
	if depth > MaxDepth {
		return p.errorf("it is nested deeper than %d levels", MaxDepth)
	}
	p.at++
	p.space()
	if p.next() == end {
		p.at++
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		p.space()
		switch p.next() {
		case end:
			p.at++
			return nil
		case ',':
			p.at++
			p.space()
		default:
			return p.errorf("a comma or %q is expected", string(end))
		}
	}
}

func (p *parser) number(into *string) error {
	start := p.at
	if p.next() == '-' {
		p.at++
	}
	switch {
	case p.next() == '0':
		p.at++
	case !p.digits():
		return p.errorf("a number needs a digit here")
	}
	if p.next() == '.' {
		p.at++
		if !p.digits() {
			return p.errorf("a digit must follow the point")
		}
	}
	if c := p.next(); c == 'e' || c == 'E' {
		p.at++
		if c := p.next(); c == '+' || c == '-' {
			p.at++
		}
		if !p.digits() {
			return p.errorf("the exponent needs a digit")
		}
	}
	*into = p.text[start:p.at]
	return nil
}

func (p *parser) digits() bool {
	start := p.at
	for c := p.next(); '0' <= c && c <= '9'; c = p.next() {
		p.at++
	}
	return p.at > start
}

// str reads a string. Without escapes its text is a part of the source.
func (p *parser) str(into *string) error {
	p.at++
	start := p.at
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '"':
			*into = p.text[start:p.at]
			p.at++
			return nil
		case c == '\\':
			return p.escaped(start, into)
		case c < 0x20:
			return p.errorf("a control character must be escaped in a string")
		}
		p.at++
	}
	return p.errorf("it ends inside of a string")
}

func (p *parser) escaped(start int, into *string) error {
	out := append(make([]byte, 0, 2*(p.at-start)+16), p.text[start:p.at]...)
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '"':
			*into = string(out)
			p.at++
			return nil
		case c == '\\':
			var err error
			if out, err = p.escape(out); err != nil {
				return err
			}
			continue
		case c < 0x20:
			return p.errorf("a control character must be escaped in a string")
		default:
			out = append(out, c)
		}
		p.at++
	}
	return p.errorf("it ends inside of a string")
}

func (p *parser) escape(out []byte) ([]byte, error) {
	p.at++
	c := p.next()
	if c == 'u' {
		return p.unicode(out)
	}
	i := strings.IndexByte(`"\/bfnrt`, c)
	if i < 0 || c == 0 {
		return nil, p.errorf("there is no such escape")
	}
	p.at++
	return append(out, "\"\\/\b\f\n\r\t"[i]), nil
}

// unicode reads the escape of a UTF-16 unit or of a pair. A surrogate that stands
// alone is kept in the three bytes that UTF-8 would have for it, so that it differs
// from all that can be written otherwise.
func (p *parser) unicode(out []byte) ([]byte, error) {
	unit, err := p.hex()
	if err != nil {
		return nil, err
	}
	if !utf16.IsSurrogate(unit) {
		return utf8.AppendRune(out, unit), nil
	}
	if strings.HasPrefix(p.text[p.at:], `\u`) {
		back := p.at
		p.at++
		low, err := p.hex()
		if err != nil {
			return nil, err
		}
		if r := utf16.DecodeRune(unit, low); r != utf8.RuneError {
			return utf8.AppendRune(out, r), nil
		}
		p.at = back
	}
	return append(out, 0xe0|byte(unit>>12&0x0f), 0x80|byte(unit>>6&0x3f), 0x80|byte(unit&0x3f)), nil
}

// hex reads the u and four digits.
func (p *parser) hex() (rune, error) {
	p.at++
	var r rune
	for range 4 {
		digit, ok := hexDigit(p.next())
		if !ok {
			return 0, p.errorf("four hexadecimal digits must follow \\u")
		}
		r = r<<4 | digit
		p.at++
	}
	return r, nil
}

func hexDigit(c byte) (rune, bool) {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0'), true
	case 'a' <= c && c <= 'f':
		return rune(c - 'a' + 10), true
	case 'A' <= c && c <= 'F':
		return rune(c - 'A' + 10), true
	}
	return 0, false
}
