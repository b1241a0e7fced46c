package smoke

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Decode reads the sections services and smoke, either of which may be nil. Its errors
// name the file and the line, as in gauntlet.yaml:12; all mistakes are told at once.
func Decode(file string, services, steps *yaml.Node) (Spec, error) {
	d := &decoder{reader: reader{file: file}, spec: Spec{File: file}}
	if services != nil {
		d.entries(services, "services", func(key, value *yaml.Node) {
			d.name(key, "a service")
			d.spec.Services = append(d.spec.Services, d.service(key, value))
		})
	}
	if steps != nil {
		d.fields(steps, "smoke", []field{
			{"jobs", func(n *yaml.Node) { d.spec.Jobs = d.number(n, "jobs", 1, 1000) }},
			{"steps", d.steps},
		})
	}
	if len(d.errs) == 0 {
		d.check(&d.spec)
	}
	return d.spec, d.err()
}

type decoder struct {
	reader
	spec Spec
}

func (d *decoder) service(key, n *yaml.Node) Service {
	s := Service{
		Name: key.Value, Line: key.Line, ReadyTimeout: defaultReadyTimeout,
		Stop: Stop{Signal: "TERM", Grace: defaultGrace},
	}
	ready := false
	d.fields(n, "services."+s.Name, []field{
		{"run", func(n *yaml.Node) { s.Run = d.command(n, "run") }},
		{"env", func(n *yaml.Node) { s.Env = d.variables(n) }},
		{"dir", func(n *yaml.Node) { s.Dir = d.text(n, "dir") }},
		{"needs", func(n *yaml.Node) { s.Needs = d.texts(n, "needs") }},
		{"ready", func(n *yaml.Node) { ready = true; s.Ready = d.ready(n) }},
		{"ready_timeout", func(n *yaml.Node) { s.ReadyTimeout = d.duration(n, "ready_timeout") }},
		{"stop", func(n *yaml.Node) { d.stop(n, &s.Stop) }},
		{"port", func(n *yaml.Node) {
			s.Ports = append(s.Ports, Port{s.Name, d.number(n, "port", 0, 65535), target(n).Line})
		}},
		{"ports", func(n *yaml.Node) { s.Ports = append(s.Ports, d.ports(n)...) }},
		{"persistent", func(n *yaml.Node) { s.Persistent = d.flag(n, "persistent") }},
	})
	if !ready && target(n).Kind == yaml.MappingNode {
		d.wrong(s.Line, "services.%s does not say when it is ready: set ready to one of http, tcp, log, exec, exit", s.Name)
	}
	if s.Run.none() && !s.Persistent && target(n).Kind == yaml.MappingNode {
		d.wrong(s.Line, "services.%s has no run; only one that is persistent may be started by others", s.Name)
	}
	return s
}

func (d *decoder) steps(n *yaml.Node) {
	n = target(n)
	if n.Kind != yaml.SequenceNode {
		d.wrong(n.Line, "steps takes a list, but it is %s", found(n))
		return
	}
	for i, e := range n.Content {
		d.spec.Steps = append(d.spec.Steps, d.step(e, fmt.Sprintf("smoke.steps[%d]", i)))
	}
}

func (d *decoder) step(n *yaml.Node, what string) Step {
	n = target(n)
	s := Step{Line: n.Line, Timeout: defaultTimeout, Grace: defaultGrace, Format: Exit}
	d.fields(n, what, []field{
		{"name", func(n *yaml.Node) { s.Name = d.text(n, "name"); d.name(target(n), "a step") }},
		{"run", func(n *yaml.Node) { s.Run = d.command(n, "run") }},
		{"env", func(n *yaml.Node) { s.Env = d.variables(n) }},
		{"dir", func(n *yaml.Node) { s.Dir = d.text(n, "dir") }},
		{"needs", func(n *yaml.Node) { s.Needs = d.texts(n, "needs") }},
		{"timeout", func(n *yaml.Node) { s.Timeout = d.duration(n, "timeout") }},
		{"grace", func(n *yaml.Node) { s.Grace = d.duration(n, "grace") }},
		{"retries", func(n *yaml.Node) { s.Retries = d.number(n, "retries", 0, 100) }},
		{"locks", func(n *yaml.Node) { s.Locks = unique(d.texts(n, "locks")) }},
		{"tags", func(n *yaml.Node) { s.Tags = unique(d.texts(n, "tags")) }},
		{"format", func(n *yaml.Node) {
			s.Format = Format(d.oneOf(n, "format", []string{string(GoTest), string(TAP), string(JUnit), string(Exit)}))
		}},
		{"report", func(n *yaml.Node) { s.Report = d.text(n, "report") }},
	})
	switch {
	case n.Kind != yaml.MappingNode:
	case s.Name == "":
		d.wrong(s.Line, "a step has no name")
	case s.Run.none():
		d.wrong(s.Line, "step %s has no run", s.Name)
	case s.Format == JUnit && s.Report == "":
		d.wrong(s.Line, "step %s has the format junit: report must name the file that it writes", s.Name)
	case s.Format != JUnit && s.Report != "":
		d.wrong(s.Line, "step %s has a report, which only the format junit reads", s.Name)
	}
	return s
}

// named is what a name looks like: it is a file's name too.
var named = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func (d *decoder) name(n *yaml.Node, what string) {
	if n.Value != "" && !named.MatchString(n.Value) {
		d.wrong(n.Line, "%s cannot be called %s: a name has up to 64 letters, digits, dots, dashes and underscores, and begins with a letter or digit", what, shown(n.Value))
	}
}

func (d *decoder) command(n *yaml.Node, what string) Command {
	n = target(n)
	if n.Kind == yaml.SequenceNode {
		args := d.texts(n, what)
		if len(args) == 0 || args[0] == "" {
			d.wrong(n.Line, "%s names no program", what)
		}
		return Command{Args: args}
	}
	return Command{Shell: d.text(n, what)}
}

func (d *decoder) variables(n *yaml.Node) []Variable {
	var out []Variable
	d.entries(n, "env", func(key, value *yaml.Node) {
		if key.Value == "" || strings.ContainsAny(key.Value, "=\x00") {
			d.wrong(key.Line, "env: %s is no name of a variable", shown(key.Value))
		}
		out = append(out, Variable{key.Value, d.value(value, "env."+key.Value)})
	})
	return out
}

func (d *decoder) ports(n *yaml.Node) []Port {
	var out []Port
	d.entries(n, "ports", func(key, value *yaml.Node) {
		d.name(key, "a port")
		out = append(out, Port{key.Value, d.number(value, "ports."+key.Value, 0, 65535), key.Line})
	})
	return out
}

func (d *decoder) ready(n *yaml.Node) Ready {
	var r Ready
	ways := 0
	way := func(name string, read func(*yaml.Node)) field {
		return field{name, func(n *yaml.Node) { ways++; read(n) }}
	}
	d.fields(n, "ready", []field{
		way("http", func(n *yaml.Node) { r.HTTP = d.address(n) }),
		way("tcp", func(n *yaml.Node) { r.TCP = d.text(n, "tcp") }),
		way("log", func(n *yaml.Node) { r.Log = d.pattern(n) }),
		way("exec", func(n *yaml.Node) { r.Exec = d.command(n, "exec") }),
		way("exit", func(n *yaml.Node) { code := d.number(n, "exit", 0, 255); r.Exit = &code }),
	})
	if n = target(n); n.Kind == yaml.MappingNode && ways != 1 {
		d.wrong(n.Line, "ready takes one of http, tcp, log, exec, exit, but it has %d keys", ways)
	}
	return r
}

func (d *decoder) address(n *yaml.Node) string {
	text := d.text(n, "http")
	// Names of ports are no numbers yet.
	u, err := url.Parse(portName.ReplaceAllString(text, "1"))
	if text != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		d.wrong(target(n).Line, "http takes an address such as http://127.0.0.1:8080/health, but it is %s", shown(text))
	}
	return text
}

func (d *decoder) pattern(n *yaml.Node) *regexp.Regexp {
	text := d.text(n, "log")
	re, err := regexp.Compile(text)
	if err != nil {
		d.wrong(target(n).Line, "log is no regular expression: %v", err)
	}
	return re
}

func signals() []string { return []string{"TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "KILL"} }

func (d *decoder) stop(n *yaml.Node, s *Stop) {
	d.fields(n, "stop", []field{
		{"signal", func(n *yaml.Node) { s.Signal = d.oneOf(n, "signal", signals()) }},
		{"grace", func(n *yaml.Node) { s.Grace = d.duration(n, "grace") }},
	})
}

func unique(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}
