package analyse

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
)

// vet runs the analysers over the packages that could be loaded, takes what they
// found, and gives what was said beside it.
func (g *goRun) vet(ctx context.Context, m *module, packages map[string]listed) (said, error) {
	var paths []string
	for _, p := range packages {
		if p.Error == nil && len(p.DepsErrors) == 0 {
			paths = append(paths, p.ImportPath)
		}
	}
	if len(paths) == 0 {
		return said{}, nil
	}
	slices.Sort(paths)
	stdout, stderr, err := g.goCommand(ctx, m, append([]string{"vet", "-json", "-vettool=" + g.self, "--"}, paths...))
	if ctx.Err() != nil {
		return said{}, ctx.Err()
	}
	// Which of the two -json writes to has changed between versions of Go.
	found, beside := splitJSON(stdout)
	more, rest := splitJSON([]byte(stderr))
	for _, unit := range append(found, more...) {
		g.take(unit)
	}
	said := newSaid(beside + rest)
	if err != nil {
		said.other += err.Error() + "\n"
	}
	return said, nil
}

// unit is what the vet tool printed for one package, or a package with its tests:
// what each check has to say.
type unit map[string]json.RawMessage

// splitJSON takes the tool's objects out of an output, and gives what stands
// around them.
func splitJSON(out []byte) (units []unit, rest string) {
	var other strings.Builder
	for len(out) > 0 {
		if out[0] == '{' {
			dec := json.NewDecoder(bytes.NewReader(out))
			var byPackage map[string]unit
			if err := dec.Decode(&byPackage); err == nil {
				for _, u := range byPackage {
					units = append(units, u)
				}
				out = bytes.TrimLeft(out[dec.InputOffset():], "\n")
				continue
			}
		}
		line, after, _ := bytes.Cut(out, []byte("\n"))
		other.Write(line)
		other.WriteByte('\n')
		out = after
	}
	return units, other.String()
}

// take adds what the checks found in one unit. Without the mark of the files that
// it read, a unit was not analysed. A check that failed there makes its analyser's
// silence about these files worth nothing.
func (g *goRun) take(u unit) {
	var files []string
	for _, n := range notesOf(u[markName]) {
		if p, ok := g.inChange(n.File); ok {
			files = append(files, p)
			g.out.read[p] = true
		}
	}
	for check, raw := range u {
		if check == markName {
			continue
		}
		var failed struct{ Error string }
		if json.Unmarshal(raw, &failed) == nil && failed.Error != "" {
			g.breaks(check, files, failed.Error)
			continue
		}
		for _, n := range notesOf(raw) {
			if p, ok := g.inChange(n.File); ok {
				g.out.diagnostics = append(g.out.diagnostics, n.diagnostic(p, check))
			}
		}
	}
}

func (g *goRun) breaks(check string, files []string, why string) {
	name := analyserOf(check)
	if g.out.broken[name] == nil {
		g.out.broken[name] = map[string]string{}
	}
	for _, f := range files {
		g.out.broken[name][f] = check + " failed on its package: " + g.advice(why)
	}
}

// notesOf reads the diagnostics of one check.
func notesOf(raw json.RawMessage) []note {
	var list []struct{ Message string }
	if len(raw) == 0 || json.Unmarshal(raw, &list) != nil {
		return nil
	}
	var out []note
	for _, d := range list {
		var n note
		if json.Unmarshal([]byte(d.Message), &n) == nil {
			out = append(out, n)
		}
	}
	return out
}

func (n note) diagnostic(path, check string) diagnostic {
	d := diagnostic{path: path, first: n.First, last: max(n.First, n.Last), severity: warn, check: check, message: n.Text, fix: n.Fix}
	if certain(check) {
		d.severity = block
	}
	return d
}

// inChange gives a file of the tree its path in the change.
func (g *goRun) inChange(file string) (string, bool) {
	rel, err := filepath.Rel(g.dir, file)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

// said is what the go command said in words: per package under its "# path"
// heading, the rest before.
type said struct {
	byPackage map[string]string
	other     string
}

func newSaid(text string) said {
	s := said{byPackage: map[string]string{}}
	pkg := ""
	for line := range strings.Lines(text) {
		if heading, ok := strings.CutPrefix(line, "# "); ok {
			name, _, _ := strings.Cut(strings.Trim(strings.TrimSpace(heading), "[]"), " ")
			pkg = strings.TrimSuffix(name, "_test")
			continue
		}
		if pkg == "" {
			s.other += line
		} else {
			s.byPackage[pkg] += line
		}
	}
	return s
}

// about finds the words on one package: its own, else a line that begins with its
// folder, else the first there are, which may be on one that it imports.
func (s said) about(pkg, dir string) string {
	if text := s.byPackage[pkg]; text != "" {
		return text
	}
	for line := range strings.Lines(s.other) {
		if strings.HasPrefix(line, dir+"/") {
			return line
		}
	}
	for _, name := range sortedKeys(s.byPackage) {
		if text := s.byPackage[name]; strings.TrimSpace(text) != "" {
			return "what it needs does not build: " + firstLine(text)
		}
	}
	return s.other
}
