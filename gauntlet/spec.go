package gauntlet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"scrum/assess"
	"scrum/config"
	"scrum/parity"
	"scrum/smoke"
)

// Spec is a gauntlet.yaml, read. A phase without a section is nil.
type Spec struct {
	File   string
	Smoke  *smoke.Spec
	Parity *ParitySection
	Review *Review
	Assess assess.Config
}

// ParitySection is the section parity: its targets may name the ports of services, so
// that it can be read for good only when these are up.
type ParitySection struct {
	file string
	node *yaml.Node
	text string // all scalars, to look for ports in
}

// Review is the section review: what is reviewed each night, and by whom.
type Review struct {
	Range  string // "" is the default of scrum review
	Since  string // the commits of so long, such as 24h
	Panel  string
	Verify string // block, all or ""
}

// Decode reads the sections of a gauntlet file, each by its package. Every mistake is told
// with its line.
func Decode(f *File) (*Spec, error) {
	s := &Spec{File: f.Name}
	var errs []error
	if f.Section("services") != nil || f.Section("smoke") != nil {
		spec, err := smoke.Decode(f.Name, f.Section("services"), f.Section("smoke"))
		s.Smoke, errs = &spec, append(errs, err)
	}
	if n := f.Section("parity"); n != nil {
		s.Parity = &ParitySection{file: f.Name, node: n, text: scalars(n)}
		_, err := s.Parity.load(smoke.Stack{})
		errs = append(errs, err)
	}
	if n := f.Section("review"); n != nil {
		r, err := readReview(f.Name, n)
		s.Review, errs = r, append(errs, err)
	}
	var err error
	s.Assess, err = assess.Decode(f.Name, f.Section("ledger"), f.Section("assess"))
	errs = append(errs, err)
	if s.Parity != nil {
		errs = append(errs, s.knownPorts())
	}
	return s, errors.Join(errs...)
}

// knownPorts holds that the ports that parity names are those of services.
func (s *Spec) knownPorts() error {
	var names []string
	if s.Smoke != nil {
		names = s.Smoke.PortNames()
	}
	ports := map[string]int{}
	for _, n := range names {
		ports[n] = 1
	}
	if _, err := (smoke.Stack{Ports: ports}).Expand(s.Parity.text); err != nil {
		return fmt.Errorf("%s:%d: parity: %w", s.File, s.Parity.node.Line, err)
	}
	return nil
}

// load reads the section with the ports of a stack in it, and the files that it names.
func (p *ParitySection) load(stack smoke.Stack) (*parity.Spec, error) {
	n, err := expanded(p.node, stack)
	if err != nil {
		return nil, fmt.Errorf("%s: parity: %w", p.file, err)
	}
	spec, err := parity.Decode(p.file, n)
	if err != nil {
		return nil, err
	}
	return &spec, spec.Load(os.ReadFile)
}

// expanded is a copy of a node with numbers for the names of ports.
func expanded(n *yaml.Node, stack smoke.Stack) (*yaml.Node, error) {
	c := *n
	if n.Kind == yaml.ScalarNode {
		var err error
		c.Value, err = stack.Expand(n.Value)
		return &c, err
	}
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		var err error
		if c.Content[i], err = expanded(child, stack); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

func scalars(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return n.Value + "\n"
	}
	var b strings.Builder
	for _, c := range n.Content {
		b.WriteString(scalars(c))
	}
	return b.String()
}

func readReview(file string, n *yaml.Node) (*Review, error) {
	r := &Review{}
	keys := map[string]*string{"range": &r.Range, "since": &r.Since, "panel": &r.Panel, "verify": &r.Verify}
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: review must be a mapping with the keys range, since, panel, verify", file, n.Line)
	}
	var errs []error
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		into := keys[k.Value]
		switch {
		case into == nil:
			errs = append(errs, fmt.Errorf("%s:%d: unknown key review.%s%s", file, k.Line, k.Value, suggested(k.Value)))
		case v.Kind != yaml.ScalarNode || v.Tag == "!!null":
			errs = append(errs, fmt.Errorf("%s:%d: review.%s takes a text", file, v.Line, k.Value))
		default:
			*into = v.Value
		}
	}
	if r.Range != "" && r.Since != "" {
		errs = append(errs, fmt.Errorf("%s:%d: review.range and review.since each name the change: use one of them", file, n.Line))
	}
	if !slices.Contains([]string{"", "false", config.VerifyBlock, config.VerifyAll}, r.Verify) {
		errs = append(errs, fmt.Errorf("%s:%d: review.verify is block, all or false, not %q", file, n.Line, r.Verify))
	}
	return r, errors.Join(errs...)
}

func suggested(key string) string {
	if near := config.Nearest(key, []string{"range", "since", "panel", "verify"}); near != "" {
		return "; did you mean " + near + "?"
	}
	return "; known are range, since, panel, verify"
}

// ReadFile reads a gauntlet file.
func ReadFile(name string) (*Spec, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s: it names the services, steps, targets and rules of a gauntlet; examples/lakehouse has one", name)
	}
	if err != nil {
		return nil, err
	}
	f, err := Parse(name, data)
	if err != nil {
		return nil, err
	}
	return Decode(f)
}
