package report

import (
	"fmt"
	"html/template"
	"path"
	"strings"
	"time"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

// What the page spends at most. A page that a browser cannot open shows nothing.
const (
	colourFile = 96 << 10        // bytes of one file in colours
	colourAll  = 256 << 10       // bytes of all files in colours
	largeDiff  = 1 << 20         // bytes of a diff whose folded lines are plain text, without numbers and colours
	plainAll   = 8 << 20         // bytes of diff on the page
	lineBytes  = 2000            // bytes of one line
	colourLine = 1000            // bytes of a line; a longer one is no source code of people
	colourTime = 5 * time.Second // for texts that lexers are slow with
)

// budget is what the page has left.
type budget struct {
	colour, plain int
	until         time.Time               // after which nothing is coloured
	lexers        map[string]chroma.Lexer // by the end of the name: looking one up takes milliseconds
}

// lexer chooses the language by the file's name; nil: none is known.
func (b *budget) lexer(file string) chroma.Lexer {
	key := path.Ext(file)
	if key == "" || key == ".txt" { // Makefile, CMakeLists.txt
		key = path.Base(file)
	}
	lexer, ok := b.lexers[key]
	if !ok {
		if lexer = lexers.Match(path.Base(file)); lexer != nil {
			lexer = chroma.Coalesce(lexer)
		}
		b.lexers[key] = lexer
	}
	return lexer
}

// painter colours the lines of one file.
type painter struct {
	file  string
	left  int // bytes of the file
	all   *budget
	short bool // some lines have no colours because there are too many
}

// lines gives the lines of a span as escaped markup.
func (p *painter) lines(h *placedHunk, from, to int) []string {
	texts := make([]string, to-from)
	size := 0
	paintable := true
	for i := range texts {
		texts[i] = h.text(from + i)
		size += len(texts[i])
		paintable = paintable && len(texts[i]) <= colourLine
	}
	if paintable && (size > p.left || size > p.all.colour || time.Now().After(p.all.until)) {
		paintable, p.short = false, true
	}
	if paintable {
		if lexer := p.all.lexer(p.file); lexer != nil {
			p.left, p.all.colour = p.left-size, p.all.colour-size
			if painted, ok := p.paint(lexer, h, from, texts); ok {
				return painted
			}
		}
	}
	for i, t := range texts {
		texts[i] = escapeLine(t)
	}
	return texts
}

// text is a line as it is seen.
func (h *placedHunk) text(i int) string {
	text := string(h.lines[i].Text)
	if h.crlf {
		text = strings.TrimSuffix(text, "\r")
	}
	return strings.ReplaceAll(Sanitise(text), "\n", "\u240a")
}

// paint colours both sides of the span, each as the text that it is.
func (p *painter) paint(lexer chroma.Lexer, h *placedHunk, from int, texts []string) ([]string, bool) {
	out := make([]string, len(texts))
	for _, side := range []byte{'+', '-'} {
		var at []int
		own := false
		for i := range texts {
			if kind := h.lines[from+i].Kind; kind == side || kind == ' ' {
				at = append(at, i)
				own = own || kind == side
			}
		}
		if !own && side == '-' {
			continue
		}
		joined := make([]string, len(at))
		for k, i := range at {
			joined[k] = texts[i]
		}
		painted, ok := p.tokenise(lexer, strings.Join(joined, "\n")+"\n", len(at))
		if !ok {
			return nil, false
		}
		for k, i := range at {
			if side == '+' || h.lines[from+i].Kind == '-' {
				out[i] = painted[k]
			}
		}
	}
	return out, true
}

// tokenise gives the lines of a text in colours. Lexers are made for code and get texts
// from strangers: one that panics or is slow costs the colours, and nothing else.
func (p *painter) tokenise(lexer chroma.Lexer, text string, lines int) (out []string, ok bool) {
	defer func() {
		if recover() != nil {
			out, ok = nil, false
		}
	}()
	next, err := lexer.Tokenise(nil, text)
	if err != nil {
		return nil, false
	}
	var line strings.Builder
	for token := next(); token != chroma.EOF; token = next() {
		if time.Now().After(p.all.until) {
			return nil, false
		}
		class := tokenClass(token.Type)
		for i, part := range strings.Split(token.Value, "\n") {
			if i > 0 {
				out = append(out, line.String())
				line.Reset()
			}
			writeToken(&line, class, part)
		}
	}
	if line.Len() > 0 {
		out = append(out, line.String())
	}
	return out, len(out) == lines
}

func writeToken(b *strings.Builder, class, text string) {
	switch {
	case text == "":
	case class == "" || strings.TrimSpace(text) == "":
		b.WriteString(template.HTMLEscapeString(text))
	default:
		b.WriteString(`<i class=` + class + `>` + template.HTMLEscapeString(text) + `</i>`)
	}
}

// tokenClass is the class of a token in report.css; "" is plain text.
func tokenClass(t chroma.TokenType) string {
	switch {
	case t.InCategory(chroma.Comment):
		return "c"
	case t == chroma.KeywordType, t == chroma.NameClass, t == chroma.NameTag:
		return "t"
	case t.InCategory(chroma.Keyword), t == chroma.OperatorWord:
		return "k"
	case t.InSubCategory(chroma.LiteralNumber):
		return "n"
	case t.InCategory(chroma.Literal):
		return "s"
	case t.InSubCategory(chroma.NameFunction), t == chroma.NameDecorator:
		return "f"
	case t.InSubCategory(chroma.NameBuiltin), t == chroma.NameAttribute, t == chroma.NameConstant:
		return "b"
	}
	return ""
}

// escapeLine is a line without colours; what is too long ends with what is not shown.
func escapeLine(text string) string {
	if len(text) <= lineBytes {
		return template.HTMLEscapeString(text)
	}
	kept := strings.ToValidUTF8(text[:lineBytes], "")
	return template.HTMLEscapeString(kept) + fmt.Sprintf(` <em>%d more bytes of this line are in change.diff</em>`, len(text)-len(kept))
}
