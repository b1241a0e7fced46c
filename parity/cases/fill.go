package cases

import (
	"net/url"
	"strings"

	"scrum/parity/jsonvalue"
)

// Captured is a value that was taken out of an answer.
type Captured struct {
	Text string // as it goes into a path, a header or a body of text
	JSON string // as it goes into a body of JSON
}

// CapturedValue is what a JSON value is when it was captured.
func CapturedValue(v *jsonvalue.Value) Captured {
	if v.Kind == jsonvalue.String {
		return Captured{v.Text, v.String()}
	}
	return Captured{v.String(), v.String()}
}

// CapturedText is what the value of a header is when it was captured.
func CapturedText(s string) Captured {
	return Captured{s, string(jsonvalue.AppendQuoted(nil, s))}
}

// Fill puts captured values into the request. In a path they are escaped, so that they
// stay within their part of it; in JSON, a string that is nothing but one capture
// becomes the captured value with its kind. A captured line break would end a header:
// there it becomes a space.
func (c Case) Fill(values map[string]Captured) Case {
	if len(c.Uses) == 0 {
		return c
	}
	c.Path = fillPath(c.Path, values)
	header := make([]Field, len(c.Header))
	oneLine := strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ")
	for i, h := range c.Header {
		header[i] = Field{h.Name, replace(h.Value, values, func(v Captured) string { return oneLine.Replace(v.Text) })}
	}
	c.Header = header
	switch {
	case c.Raw:
	case c.JSON:
		c.Body = replaceInJSON(c.Body, values)
	default:
		c.Body = replace(c.Body, values, func(v Captured) string { return v.Text })
	}
	return c
}

// fillPath escapes values unless one is all of the path: then it is an address, of
// which the path is taken.
func fillPath(text string, values map[string]Captured) string {
	if m := onlyCapture.FindStringSubmatch(text); m != nil {
		if u, err := url.Parse(values[m[1]].Text); err == nil {
			return pathOf(u)
		}
		return text
	}
	path, query, hasQuery := strings.Cut(text, "?")
	path = replace(path, values, func(v Captured) string { return url.PathEscape(v.Text) })
	if hasQuery {
		path += "?" + replace(query, values, func(v Captured) string { return url.QueryEscape(v.Text) })
	}
	return path
}

func replace(text string, values map[string]Captured, as func(Captured) string) string {
	return capture.ReplaceAllStringFunc(text, func(m string) string {
		if v, ok := values[capture.FindStringSubmatch(m)[1]]; ok {
			return as(v)
		}
		return m
	})
}

func replaceInJSON(text string, values map[string]Captured) string {
	var b strings.Builder
	done := 0
	for _, m := range capture.FindAllStringSubmatchIndex(text, -1) {
		from, to := m[0], m[1]
		v, ok := values[text[m[2]:m[3]]]
		switch {
		case !ok:
			continue
		case isWholeString(text, from, to):
			b.WriteString(text[done:from-1] + v.JSON)
			to++
		default:
			quoted := string(jsonvalue.AppendQuoted(nil, v.Text))
			b.WriteString(text[done:from] + quoted[1:len(quoted)-1])
		}
		done = to
	}
	return b.String() + text[done:]
}

// isWholeString tells whether the quotes of a JSON string stand around a part of it.
func isWholeString(text string, from, to int) bool {
	return from > 0 && text[from-1] == '"' && (from == 1 || text[from-2] != '\\') && to < len(text) && text[to] == '"'
}
