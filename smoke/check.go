package smoke

import (
	"slices"
	"strings"
)

// check holds what no single key can tell: that names are different, that what is
// needed exists and that nothing needs itself.
func (d *decoder) check(s *Spec) {
	d.names(s)
	d.needs(s)
	d.portNames(s)
	d.persistence(s)
	if len(d.errs) == 0 {
		d.cycles(s)
	}
}

// names of services and steps stand in one list, since needs may name both, and are
// names of files, where some systems do not tell a from A.
func (d *decoder) names(s *Spec) {
	lines := map[string]int{}
	once := func(name string, line int) {
		key := strings.ToLower(name)
		if first := lines[key]; first > 0 {
			d.wrong(line, "the name %s is taken already, in line %d", name, first)
			return
		}
		lines[key] = line
	}
	for _, v := range s.Services {
		once(v.Name, v.Line)
	}
	for _, v := range s.Steps {
		once(v.Name, v.Line)
	}
}

func (d *decoder) needs(s *Spec) {
	var known []string
	for _, n := range s.nodes() {
		known = append(known, n.name)
	}
	for _, n := range s.nodes() {
		for _, need := range n.needs {
			if !slices.Contains(known, need) {
				d.wrong(n.line, "%s needs something that is not there: %s", n.name, unknown("service or step", shown(need), need, known))
			}
		}
	}
}

// portNames holds that every port that is named is one of a service: else a slip would
// be just another free port that nobody listens on.
func (d *decoder) portNames(s *Spec) {
	d.samePorts(s)
	known := s.portNames()
	for _, v := range s.Services {
		texts := slices.Concat(v.Run.texts(), values(v.Env), v.Ready.Exec.texts(), []string{v.Ready.HTTP, v.Ready.TCP})
		d.portsIn(v.Line, known, texts)
	}
	for _, v := range s.Steps {
		d.portsIn(v.Line, known, append(v.Run.texts(), values(v.Env)...))
	}
}

// samePorts finds ports that children could not tell from each other.
func (d *decoder) samePorts(s *Spec) {
	variables, numbers := map[string]string{}, map[int]string{}
	for _, name := range s.portNames() {
		variable := variableName(name)
		if other := variables[variable]; other != "" {
			d.wrong(s.owner(name).Line, "the ports %s and %s would have the same variable SCRUM_PORT_%s", other, name, variable)
		}
		variables[variable] = name
	}
	for _, p := range s.ports() {
		if other := numbers[p.Number]; p.Number > 0 && other != "" && other != p.Name {
			d.wrong(p.line, "the ports %s and %s have the same number %d", other, p.Name, p.Number)
		}
		numbers[p.Number] = p.Name
	}
}

func (d *decoder) portsIn(line int, known, texts []string) {
	for _, text := range texts {
		for _, m := range portName.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(known, m[1]) {
				d.wrong(line, "%s", unknown("port", shown(m[1]), m[1], known))
			}
		}
		if m := slip.FindString(text); m != "" {
			d.wrong(line, "unknown placeholder %s; did you mean {{port.NAME}}?", shown(m))
		}
	}
}

// persistence holds that one can find out whether a persistent service is up.
func (d *decoder) persistence(s *Spec) {
	numbers := map[string]int{}
	for _, p := range s.ports() {
		numbers[p.Name] = p.Number
	}
	for _, v := range s.Services {
		if !v.Persistent {
			continue
		}
		if v.Ready.Log != nil || v.Ready.Exit != nil {
			d.wrong(v.Line, "services.%s is persistent: ready must be http, tcp or exec, which tell whether it is up already", v.Name)
		}
		for _, text := range append(v.Ready.Exec.texts(), v.Ready.HTTP, v.Ready.TCP) {
			for _, m := range portName.FindAllStringSubmatch(text, -1) {
				if numbers[m[1]] == 0 {
					d.wrong(v.Line, "services.%s is persistent: give the port %s a number, since a free one is never up already", v.Name, m[1])
				}
			}
		}
	}
}

// cycles names the way round when something needs itself.
func (d *decoder) cycles(s *Spec) {
	nodes := map[string]node{}
	for _, n := range s.nodes() {
		nodes[n.name] = n
	}
	done := map[string]bool{}
	var path []string
	var visit func(name string) bool
	visit = func(name string) bool {
		if i := slices.Index(path, name); i >= 0 {
			d.wrong(nodes[name].line, "%s needs itself: %s", name, strings.Join(append(path[i:], name), " → "))
			return false
		}
		if done[name] {
			return true
		}
		path = append(path, name)
		for _, need := range nodes[name].needs {
			if !visit(need) {
				return false
			}
		}
		path = path[:len(path)-1]
		done[name] = true
		return true
	}
	for _, n := range s.nodes() {
		if !visit(n.name) {
			return
		}
	}
}
