package cases

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v3"

	"scrum/parity/node"
)

// fromOpenAPI makes cases of the examples of an OpenAPI 3 document: one for each
// operation, or one for each name that its examples have. Examples of one name belong
// together. What is required and has no example is a mistake.
func fromOpenAPI(name string, data []byte, only []string) (Loaded, error) {
	doc, err := document(name, data)
	if err != nil {
		return Loaded{}, err
	}
	a := &api{r: &node.Reader{File: name}, doc: doc, only: only}
	if v := textOf(doc, "openapi"); !strings.HasPrefix(v, "3.") {
		return Loaded{}, &node.Error{File: name, Line: doc.Line, Msg: fmt.Sprintf("it is no OpenAPI 3 document: openapi is %s", node.Quote(v))}
	}
	a.base = a.server()
	paths := get(doc, "paths")
	if paths == nil || paths.Kind != yaml.MappingNode {
		return Loaded{}, &node.Error{File: name, Line: doc.Line, Msg: "it has no paths"}
	}
	for _, p := range a.r.Pairs(paths, "paths") {
		if !strings.HasPrefix(p.Key, "x-") {
			a.path(p.Key, p.Value)
		}
	}
	if len(a.out.Cases) == 0 && a.r.Err() == nil {
		a.r.Errorf(paths.Line, "no operation of this file is taken")
	}
	if a.skipped > 0 {
		a.out.Notes = append(a.out.Notes, fmt.Sprintf("%s: %d operations that only does not name are left out", name, a.skipped))
	}
	return a.out, a.r.Err()
}

// api is a document as far as it is read.
type api struct {
	r       *node.Reader
	doc     *yaml.Node
	base    string
	only    []string
	skipped int
	out     Loaded
}

// server gives the path of the first server: the host is the target's.
func (a *api) server() string {
	servers := get(a.doc, "servers")
	if servers == nil || servers.Kind != yaml.SequenceNode || len(servers.Content) == 0 {
		return ""
	}
	first := servers.Content[0]
	u, err := url.Parse(textOf(first, "url"))
	if err != nil || strings.Contains(textOf(first, "url"), "{") {
		a.r.Errorf(first.Line, "the address of the server is no URL without variables")
		return ""
	}
	return strings.TrimRight(u.EscapedPath(), "/")
}

// ref follows references within the document.
func (a *api) ref(n *yaml.Node) *yaml.Node {
	for range 32 {
		target := get(n, "$ref")
		if target == nil {
			return n
		}
		pointer, local := strings.CutPrefix(target.Value, "#/")
		if !local {
			a.r.Errorf(target.Line, "a reference to another file (%s) cannot be followed", node.Quote(target.Value))
			return nil
		}
		found := a.doc
		for _, part := range strings.Split(pointer, "/") {
			if text, err := url.PathUnescape(part); err == nil {
				part = text
			}
			if found = get(found, strings.NewReplacer("~1", "/", "~0", "~").Replace(part)); found == nil {
				a.r.Errorf(target.Line, "the reference %s leads nowhere", node.Quote(target.Value))
				return nil
			}
		}
		n = found
	}
	a.r.Errorf(n.Line, "references lead in a circle")
	return nil
}

func (a *api) path(path string, item *yaml.Node) {
	if item = a.ref(item); item == nil {
		return
	}
	shared := get(item, "parameters")
	for _, p := range a.r.Pairs(item, "the path "+path) {
		switch method := strings.ToUpper(p.Key); {
		case slices.Contains(methods(), method):
			a.operation(method, path, p, shared)
		case p.Key == "servers":
			a.r.Errorf(p.Line, "servers of a single path are not known here")
		case slices.Contains([]string{"parameters", "summary", "description"}, p.Key), strings.HasPrefix(p.Key, "x-"):
		default:
			a.r.Errorf(p.Line, "%s of the path %s cannot be sent", node.Quote(p.Key), path)
		}
	}
}

// operation is one method of one path, with what its cases are made of.
type operation struct {
	name   string
	method string
	path   string
	line   int
	params []*yaml.Node
	body   *yaml.Node
}

func (a *api) operation(method, path string, p node.Pair, shared *yaml.Node) {
	op := operation{name: textOf(p.Value, "operationId"), method: method, path: path, line: p.Line}
	if !a.wanted(op.name, method+" "+path) {
		a.skipped++
		return
	}
	if op.name == "" {
		op.name = method + " " + path
	}
	if s := get(p.Value, "servers"); s != nil {
		a.r.Errorf(s.Line, "servers of a single operation are not known here")
	}
	op.params = a.params(shared, get(p.Value, "parameters"))
	if body := get(p.Value, "requestBody"); body != nil {
		if op.body = a.ref(body); op.body == nil {
			return
		}
	}
	for _, example := range a.exampleNames(&op) {
		a.cases(&op, example)
	}
}

func (a *api) wanted(names ...string) bool {
	for _, glob := range a.only {
		for _, name := range names {
			slashless := strings.NewReplacer("/", "\x00")
			if ok, err := doublestar.Match(slashless.Replace(glob), slashless.Replace(name)); err == nil && ok {
				return true
			}
		}
	}
	return len(a.only) == 0
}

// params are those of the path, replaced by those of the operation.
func (a *api) params(lists ...*yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for _, list := range lists {
		if list == nil {
			continue
		}
		for _, item := range a.r.Items(list, "parameters") {
			p := a.ref(item)
			if p == nil {
				continue
			}
			out = slices.DeleteFunc(out, func(o *yaml.Node) bool {
				return textOf(o, "name") == textOf(p, "name") && textOf(o, "in") == textOf(p, "in")
			})
			out = append(out, p)
		}
	}
	return out
}

// exampleNames are all names that examples of the operation have; "" alone when they
// have none.
func (a *api) exampleNames(op *operation) []string {
	var names []string
	from := func(n *yaml.Node) {
		if examples := get(n, "examples"); examples != nil && examples.Kind == yaml.MappingNode {
			for _, p := range a.r.Pairs(examples, "examples") {
				if !slices.Contains(names, p.Key) {
					names = append(names, p.Key)
				}
			}
		}
	}
	for _, p := range op.params {
		from(p)
	}
	if op.body != nil {
		for _, media := range a.media(op) {
			from(media.Value)
		}
	}
	if names == nil {
		return []string{""}
	}
	return names
}

func (a *api) media(op *operation) []node.Pair {
	content := get(op.body, "content")
	if content == nil {
		a.r.Errorf(op.body.Line, "the request body of %s has no content", op.name)
		return nil
	}
	return a.r.Pairs(content, "content")
}

// cases makes the case of one example, or one for each media type of the body.
func (a *api) cases(op *operation, example string) {
	c := Case{Name: op.name, Method: op.method, File: a.r.File, Line: op.line}
	if example != "" {
		c.Name += " " + example
	}
	if !a.fillParams(op, &c, example) {
		return
	}
	if op.body == nil {
		a.add(c)
		return
	}
	media := a.media(op)
	for _, m := range media {
		k := c
		k.Header = slices.Clone(c.Header)
		if len(media) > 1 {
			k.Name += " " + m.Key
		}
		value := a.example(m.Value, example)
		switch {
		case value == nil && textOf(op.body, "required") == "true":
			a.r.Errorf(m.Line, "the body of %s is required and has no example as %s", op.name, m.Key)
			continue
		case value != nil && !a.fillBody(&k, m, value):
			continue
		}
		a.add(k)
	}
}

func (a *api) add(c Case) {
	if checked(a.r, &c) {
		a.out.Cases = append(a.out.Cases, c)
	}
}

// example finds the value of a parameter or of a media type: the example of that name,
// else the only or first one, else that of the schema.
func (a *api) example(n *yaml.Node, name string) *yaml.Node {
	if examples := get(n, "examples"); examples != nil && examples.Kind == yaml.MappingNode && len(examples.Content) > 1 {
		e := get(examples, name)
		if e == nil {
			e = node.Resolved(examples.Content[1])
		}
		if e = a.ref(e); e == nil {
			return nil
		}
		if external := get(e, "externalValue"); external != nil {
			a.r.Errorf(external.Line, "an example in another file cannot be read")
			return nil
		}
		return get(e, "value")
	}
	if e := get(n, "example"); e != nil {
		return e
	}
	if schema := get(n, "schema"); schema != nil {
		if schema = a.ref(schema); schema != nil {
			return a.schemaExample(schema)
		}
	}
	return nil
}

func (a *api) schemaExample(schema *yaml.Node) *yaml.Node {
	if e := get(schema, "example"); e != nil {
		return e
	}
	if list := get(schema, "examples"); list != nil && list.Kind == yaml.SequenceNode && len(list.Content) > 0 {
		return node.Resolved(list.Content[0])
	}
	return get(schema, "default")
}

// fillParams puts the parameters into path and headers.
func (a *api) fillParams(op *operation, c *Case, example string) bool {
	path, ok := op.path, true
	var query, cookies []string
	for _, p := range op.params {
		name, in := textOf(p, "name"), textOf(p, "in")
		value, given := a.param(op, p, example)
		if !given {
			ok = ok && value != nil
			continue
		}
		switch in {
		case "path":
			path = strings.ReplaceAll(path, "{"+name+"}", joined(value, url.PathEscape))
		case "query":
			query = append(query, queryPairs(p, name, value)...)
		case "header":
			// Of these three the document says elsewhere what they are (OpenAPI 3.1 §4.8.12).
			if !slices.Contains([]string{"accept", "content-type", "authorization"}, strings.ToLower(name)) {
				c.Header = append(c.Header, Field{name, joined(value, func(s string) string { return s })})
			}
		case "cookie":
			cookies = append(cookies, name+"="+joined(value, url.QueryEscape))
		default:
			a.r.Errorf(p.Line, "parameter %s is in %s; known are path, query, header, cookie", node.Quote(name), node.Quote(in))
			ok = false
		}
	}
	if strings.ContainsAny(path, "{}") {
		a.r.Errorf(op.line, "a part of the path %s has no parameter with an example", op.path)
		return false
	}
	if cookies != nil {
		c.Header = append(c.Header, Field{"Cookie", strings.Join(cookies, "; ")})
	}
	c.Path = a.base + path
	if query != nil {
		c.Path += "?" + strings.Join(query, "&")
	}
	return ok
}

// param gives the values of a parameter: several when it is a list. One that may be
// missing and has no example is not given; nil values are a mistake that was told.
func (a *api) param(op *operation, p *yaml.Node, example string) (values []string, given bool) {
	name := textOf(p, "name")
	required := textOf(p, "required") == "true" || textOf(p, "in") == "path"
	if unsupported := a.styleProblem(p); unsupported != "" {
		a.r.Errorf(p.Line, "parameter %s of %s %s", node.Quote(name), op.name, unsupported)
		return nil, false
	}
	switch value := a.example(p, example); {
	case value == nil && required:
		a.r.Errorf(p.Line, "parameter %s of %s is required and has no example", node.Quote(name), op.name)
		return nil, false
	case value == nil:
		return []string{}, false
	case value.Kind == yaml.ScalarNode:
		return []string{value.Value}, true
	case value.Kind == yaml.SequenceNode:
		for _, item := range value.Content {
			if item = node.Resolved(item); item.Kind != yaml.ScalarNode {
				a.r.Errorf(item.Line, "parameter %s: a list of anything but texts and numbers cannot be written into a request", node.Quote(name))
				return nil, false
			}
			values = append(values, item.Value)
		}
		return values, true
	default:
		a.r.Errorf(value.Line, "parameter %s: an object cannot be written into a request here", node.Quote(name))
		return nil, false
	}
}

func (a *api) styleProblem(p *yaml.Node) string {
	style := textOf(p, "style")
	usual := map[string]string{"path": "simple", "header": "simple", "query": "form", "cookie": "form"}[textOf(p, "in")]
	switch {
	case get(p, "content") != nil:
		return "is described by content, which is not known here"
	case style != "" && style != usual:
		return "has the style " + node.Quote(style) + ", which is not known here"
	case textOf(p, "allowReserved") == "true":
		return "has allowReserved, which is not known here"
	}
	return ""
}

func joined(values []string, escape func(string) string) string {
	escaped := make([]string, len(values))
	for i, v := range values {
		escaped[i] = escape(v)
	}
	return strings.Join(escaped, ",")
}

// queryPairs writes a list as several pairs, unless explode is false.
func queryPairs(p *yaml.Node, name string, values []string) []string {
	if textOf(p, "explode") == "false" {
		return []string{url.QueryEscape(name) + "=" + joined(values, url.QueryEscape)}
	}
	out := []string{}
	for _, v := range values {
		out = append(out, formPair(name, v))
	}
	return out
}

// fillBody writes an example as its media type.
func (a *api) fillBody(c *Case, m node.Pair, value *yaml.Node) bool {
	kind, _, _ := strings.Cut(strings.ToLower(m.Key), ";")
	switch {
	case kind == "application/json", strings.HasSuffix(kind, "+json"):
		c.Body = toJSON(a.r, value)
	case kind == "application/x-www-form-urlencoded" && value.Kind == yaml.MappingNode:
		c.Body = a.form(value)
	case value.Kind == yaml.ScalarNode && !strings.HasPrefix(kind, "multipart/"):
		c.Body = value.Value
	default:
		a.r.Errorf(m.Line, "a body as %s cannot be made of this example", node.Quote(m.Key))
		return false
	}
	c.ensureHeader("Content-Type", m.Key)
	return true
}

func (a *api) form(value *yaml.Node) string {
	var parts []string
	for _, p := range a.r.Pairs(value, "the example") {
		if p.Value.Kind != yaml.ScalarNode {
			a.r.Errorf(p.Line, "a form has texts only; %s is %s", p.Key, node.Found(p.Value))
			continue
		}
		parts = append(parts, formPair(p.Key, p.Value.Value))
	}
	return strings.Join(parts, "&")
}
