package smoke

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// portName is how a port is named in a command, a variable or an address.
var portName = regexp.MustCompile(`\{\{ *port\.([A-Za-z0-9][A-Za-z0-9._-]*) *\}\}`)

// slip is what somebody writes who means that. Other braces belong to other programs.
var slip = regexp.MustCompile(`\{\{ *(?:[Pp]orts|[Pp]rot|Port|PORT|\.[Pp]ort)\b[^{}]*\}\}`)

// ports are those that services have by a key of their own.
func (s *Spec) ports() []Port {
	var out []Port
	for _, v := range s.Services {
		out = append(out, v.Ports...)
	}
	return out
}

// portNames are the names that can be used: each service's own, those with a key, and
// those that occur in the command or the environment of a service.
func (s *Spec) portNames() []string {
	var out []string
	for _, v := range s.Services {
		out = append(out, v.Name)
		for _, p := range v.Ports {
			out = append(out, p.Name)
		}
		out = append(out, v.namesPorts()...)
	}
	return unique(out)
}

// texts are the parts of a command where a port can be named.
func (c Command) texts() []string { return append(slices.Clone(c.Args), c.Shell) }

func values(env []Variable) []string {
	out := make([]string, len(env))
	for i, v := range env {
		out[i] = v.Value
	}
	return out
}

// ports are the numbers behind the names. A free one is held until its service starts,
// so that nothing else on the machine gets it in between. Who asks there too early is
// refused all the same.
type ports struct {
	number map[string]int

	mu   sync.Mutex
	held map[string]io.Closer // guarded by mu
}

func choosePorts(s *Spec) (*ports, error) {
	p := &ports{number: map[string]int{}, held: map[string]io.Closer{}}
	for _, port := range s.ports() {
		if port.Number > 0 {
			p.number[port.Name] = port.Number
		}
	}
	taken := map[int]bool{}
	for _, n := range p.number {
		taken[n] = true
	}
	for _, name := range s.portNames() {
		for p.number[name] == 0 {
			n, held, err := holdPort()
			if err != nil {
				p.close()
				return nil, fmt.Errorf("choosing a free port for %s: %w", name, err)
			}
			if taken[n] {
				_ = held.Close()
				continue
			}
			p.number[name], p.held[name] = n, held
		}
	}
	return p, nil
}

// release gives the ports that a service is to listen on to it.
func (p *ports) release(s *Spec, v *Service) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, l := range p.held {
		if owner := s.owner(name); owner == nil || owner.Name == v.Name {
			_ = l.Close()
			delete(p.held, name)
		}
	}
}

func (p *ports) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.held {
		_ = l.Close()
	}
	p.held = nil
}

// owner is the service that listens on a port: the one that has it by a key, the one
// of the same name, or the first that names it.
func (s *Spec) owner(port string) *Service {
	for i, v := range s.Services {
		if slices.ContainsFunc(v.Ports, func(p Port) bool { return p.Name == port }) {
			return &s.Services[i]
		}
	}
	if v := s.service(port); v != nil {
		return v
	}
	for i, v := range s.Services {
		if slices.Contains(v.namesPorts(), port) {
			return &s.Services[i]
		}
	}
	return nil
}

// namesPorts are the ports that the command and the environment of a service name.
func (v *Service) namesPorts() []string {
	var out []string
	for _, text := range append(v.Run.texts(), values(v.Env)...) {
		for _, m := range portName.FindAllStringSubmatch(text, -1) {
			out = append(out, m[1])
		}
	}
	return out
}

// free checks that nobody listens on the fixed ports of a service.
func (p *ports) free(ctx context.Context, v *Service) error {
	for _, port := range v.Ports {
		if port.Number == 0 {
			continue
		}
		// A wildcard and an address of its own can be bound side by side on some systems.
		for _, host := range []string{"127.0.0.1", "", "::1"} {
			l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port.Number)))
			switch {
			case err == nil:
				_ = l.Close()
			case host == "::1" && !inUse(err): // a machine without IPv6
			case inUse(err):
				return &environmentError{fmt.Sprintf("port %d (%s) is in use already; stop who listens there, or take another number", port.Number, port.Name)}
			default:
				return &environmentError{fmt.Sprintf("port %d (%s) cannot be used: %v", port.Number, port.Name, errors.Unwrap(err))}
			}
		}
	}
	return nil
}

// environmentError is a fault of the machine, not of what is tested.
type environmentError struct{ text string }

func (e *environmentError) Error() string { return e.text }

// expand puts numbers for names.
func (p *ports) expand(text string) string {
	return portName.ReplaceAllStringFunc(text, func(m string) string {
		return strconv.Itoa(p.number[portName.FindStringSubmatch(m)[1]])
	})
}

// variables tell the children all ports.
func (p *ports) variables() []string {
	var out []string
	for name, n := range p.number {
		out = append(out, "SCRUM_PORT_"+variableName(name)+"="+strconv.Itoa(n))
	}
	slices.Sort(out)
	return out
}

func variableName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
}
