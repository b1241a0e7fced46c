package cases

import (
	"fmt"
	"path/filepath"
	"strconv"

	"go.yaml.in/yaml/v3"

	"scrum/parity/node"
)

// Source is where cases come from: one that is written out, or a file.
type Source struct {
	Case      *Case
	Kind      string // file, har, openapi or curl
	Path      string
	Host      string   // of har and curl: only requests to this host
	Only      []string // of openapi: globs of "METHOD /path" and of operation ids
	Headers   []Field  // added to every case of the file
	Isolation string   // of every case of the file
	File      string
	Line      int
}

// Sources reads the list of cases of a gauntlet file.
func Sources(r *node.Reader, n *yaml.Node) []Source {
	var out []Source
	for _, item := range r.Items(n, "cases") {
		out = append(out, source(r, item))
	}
	return out
}

func kinds() []string { return []string{"file", "har", "openapi", "curl"} }

func source(r *node.Reader, n *yaml.Node) Source {
	s := Source{File: r.File, Line: n.Line}
	kind := kindOf(n)
	if kind == "" {
		c := FromYAML(r, n)
		s.Case = &c
		return s
	}
	s.Kind = kind
	for _, p := range r.Pairs(n, "a file of cases", kind, "host", "only", "headers", "isolation") {
		switch v := p.Value; p.Key {
		case kind:
			s.Path = r.Text(v, kind)
		case "host":
			s.Host = r.Text(v, "host")
		case "only":
			s.Only = r.Texts(v, "only")
		case "headers":
			s.Headers = Headers(r, v)
		case "isolation":
			s.Isolation = r.OneOf(v, "isolation", Isolations()...)
		}
	}
	if s.Host != "" && kind != "har" && kind != "curl" {
		r.Errorf(n.Line, "host is for har and curl; %s has no hosts", kind)
	}
	if s.Only != nil && kind != "openapi" {
		r.Errorf(n.Line, "only is for openapi; leave cases out with --case")
	}
	return s
}

// kindOf gives the key that makes a source of a mapping, "" for a case.
func kindOf(n *yaml.Node) string {
	n = node.Resolved(n)
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		for _, kind := range kinds() {
			if n.Content[i].Value == kind {
				return kind
			}
		}
	}
	return ""
}

// ReadFile reads a file with cases.
type ReadFile func(name string) ([]byte, error)

// Loaded is what came of sources.
type Loaded struct {
	Cases []Case
	Notes []string // what was left out, and why that is right
}

// maxFile bounds a file with cases.
const maxFile = 256 << 20

// Load reads the files that sources name; dir is where relative names begin.
func Load(sources []Source, dir string, read ReadFile) (Loaded, error) {
	var out Loaded
	names := map[string]int{}
	for _, s := range sources {
		if s.Case != nil {
			names[s.Case.Name]++
		}
	}
	var problems node.Reader
	for _, s := range sources {
		if s.Case != nil {
			out.Cases = append(out.Cases, *s.Case)
			continue
		}
		more, err := s.load(dir, read)
		problems.Join(err)
		for i := range more.Cases {
			if s.Kind != "file" {
				more.Cases[i].Name = unique(more.Cases[i].Name, names)
			}
			out.Cases = append(out.Cases, s.amend(more.Cases[i]))
		}
		out.Notes = append(out.Notes, more.Notes...)
	}
	return out, problems.Err()
}

// unique tells apart cases that were not named by anyone.
func unique(name string, names map[string]int) string {
	names[name]++
	if n := names[name]; n > 1 {
		return unique(name+" #"+strconv.Itoa(n), names)
	}
	return name
}

// amend adds what the source says of all its cases.
func (s *Source) amend(c Case) Case {
	for _, h := range s.Headers {
		c.ensureHeader(h.Name, h.Value)
	}
	if c.Isolation == "" {
		c.Isolation = s.Isolation
	}
	return c
}

func (s *Source) load(dir string, read ReadFile) (Loaded, error) {
	name := s.Path
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, filepath.FromSlash(name))
	}
	data, err := read(name)
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes", name, maxFile)
	}
	if err != nil {
		return Loaded{}, &node.Error{File: s.File, Line: s.Line, Msg: err.Error()}
	}
	switch s.Kind {
	case "har":
		return fromHAR(s.Path, data, s.Host)
	case "openapi":
		return fromOpenAPI(s.Path, data, s.Only)
	case "curl":
		return fromCurl(s.Path, data, s.Host)
	}
	return readList(s.Path, data)
}

// readList reads a YAML file that is a list of cases, as parity record writes it.
func readList(name string, data []byte) (Loaded, error) {
	r := &node.Reader{File: name}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return Loaded{}, &node.Error{File: name, Msg: err.Error()}
	}
	if len(doc.Content) == 0 {
		return Loaded{}, &node.Error{File: name, Msg: "it is empty; a list of cases is expected"}
	}
	var out Loaded
	for _, item := range r.Items(doc.Content[0], "the file") {
		if kind := kindOf(item); kind != "" {
			r.Errorf(item.Line, "%s names a further file, which only the gauntlet file itself may do", kind)
			continue
		}
		out.Cases = append(out.Cases, FromYAML(r, item))
	}
	return out, r.Err()
}
