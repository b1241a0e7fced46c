package smoke

import (
	"context"
	"fmt"
	"maps"
	"strconv"
)

// Stack is what is up after the steps have run, for those who use it before it is taken
// down. The zero value is good to check texts with: every port is 1.
type Stack struct {
	Ports map[string]int // by name
	Down  []string       // services that were to be up and are not, with why
}

// Expand puts the numbers of ports for their names, as in "http://127.0.0.1:{{port.api}}".
// A name that no service has is an error.
func (s Stack) Expand(text string) (string, error) {
	var unknown string
	out := portName.ReplaceAllStringFunc(text, func(m string) string {
		name := portName.FindStringSubmatch(m)[1]
		n, ok := s.Ports[name]
		if s.Ports == nil {
			n, ok = 1, true
		}
		if !ok {
			unknown = name
		}
		return strconv.Itoa(n)
	})
	if unknown != "" {
		return "", fmt.Errorf("no service has a port named %q", unknown)
	}
	return out, nil
}

// PortNames are the names that can stand in {{port.NAME}}.
func (s *Spec) PortNames() []string { return s.portNames() }

// useStack lets those use the stack who asked for it, while all of it is up.
func (r *runner) useStack(ctx context.Context) {
	if r.opt.With == nil || ctx.Err() != nil {
		return
	}
	s := Stack{Ports: maps.Clone(r.ports.number)}
	for _, t := range r.tasks {
		if t.service != nil && t.failed() {
			s.Down = append(s.Down, fmt.Sprintf("service %s %s: %s", t.name, t.outcome(), firstLine(t.cause())))
		}
	}
	r.opt.With(ctx, s)
	r.hear()
}

// hear takes in what has happened meanwhile: a service may have ended.
func (r *runner) hear() {
	for {
		select {
		case e := <-r.events:
			r.handle(e)
		default:
			return
		}
	}
}
