package analyse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"scrum/bundler"
)

// goResult is one run of the analysers over the changed packages. It serves
// go-vet and staticcheck both.
type goResult struct {
	diagnostics []diagnostic
	read        map[string]bool              // by path: the analysers have really read it
	skipped     map[string]string            // by path: why they have not
	broken      map[string]map[string]string // by analyser and path: which check of it failed there
}

// goFindings gives one analyser's share of the run.
func (w *Workspace) goFindings(ctx context.Context, name string) (result, error) {
	all, err := w.golang(ctx)
	if err != nil {
		return result{}, err
	}
	r := newResult()
	for p, why := range all.skipped {
		r.skipped[p] = why
	}
	for p := range all.read {
		if why := all.broken[name][p]; why != "" {
			r.skipped[p] = why
			continue
		}
		r.covered[p] = true
	}
	for _, d := range all.diagnostics {
		if analyserOf(d.check) == name {
			r.diagnostics = append(r.diagnostics, d)
		}
	}
	return r, nil
}

func analyserOf(check string) string {
	if strings.HasPrefix(check, "SA") {
		return "staticcheck"
	}
	return "go-vet"
}

// analyseGo runs the analysers over the packages of the changed Go files, a run
// for each module. The go command caches what it has seen before.
func (w *Workspace) analyseGo(ctx context.Context) (goResult, error) {
	goBin, err := exec.LookPath("go")
	if err != nil {
		return goResult{}, errors.New("there is no go command on the PATH: install Go to analyse Go code")
	}
	dir, err := w.tree(ctx)
	if errors.Is(err, bundler.ErrNoTree) {
		return goResult{}, errors.New("a plain diff has no packages to load: review a range, a commit, the index or the work tree")
	}
	if err != nil {
		return goResult{}, err
	}
	run := &goRun{dir: dir, bin: goBin, self: w.opt.Self, out: goResult{read: map[string]bool{}, skipped: map[string]string{}, broken: map[string]map[string]string{}}}
	if run.self == "" {
		if run.self, err = os.Executable(); err != nil {
			return goResult{}, fmt.Errorf("finding the program to start as vet tool: %w", err)
		}
	}
	if run.env, err = goEnvironment(ctx, goBin); err != nil {
		return goResult{}, err
	}
	for _, m := range run.modules(w.change.Files) {
		if err := run.module(ctx, m); err != nil {
			return goResult{}, err
		}
	}
	return run.out, nil
}

// goRun is the run in progress.
type goRun struct {
	dir, bin, self string
	env            []string
	out            goResult
}

// module is the changed Go files of one go.mod.
type module struct {
	root    string // its folder in the tree, with slashes; "." is the top
	files   []string
	deleted []string
	alone   bool // the go.work above it does not name it
}

// modules sorts the changed files by the go.mod that rules them.
func (g *goRun) modules(files []*bundler.File) []*module {
	var out []*module
	for _, f := range files {
		if !isGo(f.Path) {
			continue
		}
		deleted := f.Status == bundler.Deleted
		if deleted && !g.hasGo(path.Dir(f.Path)) {
			g.out.read[f.Path] = true // its package went with it
			continue
		}
		root, ok := g.above(f.Path, "go.mod")
		if !ok {
			g.out.skipped[f.Path] = "there is no go.mod above it"
			continue
		}
		i := slices.IndexFunc(out, func(m *module) bool { return m.root == root })
		if i < 0 {
			out, i = append(out, &module{root: root}), len(out)
		}
		if deleted {
			out[i].deleted = append(out[i].deleted, f.Path)
		} else {
			out[i].files = append(out[i].files, f.Path)
		}
	}
	return out
}

func (g *goRun) hasGo(dir string) bool {
	found, err := filepath.Glob(filepath.Join(g.path(dir), "*.go"))
	return err == nil && len(found) > 0
}

// above finds the nearest folder at or over a path that has a file, never leaving
// the tree.
func (g *goRun) above(p, name string) (string, bool) {
	for dir := path.Dir(p); ; dir = path.Dir(dir) {
		if info, err := os.Stat(filepath.Join(g.path(dir), name)); err == nil && info.Mode().IsRegular() {
			return dir, true
		}
		if dir == "." || dir == "/" {
			return "", false
		}
	}
}

// path is where a file of the change lies.
func (g *goRun) path(p string) string { return filepath.Join(g.dir, filepath.FromSlash(p)) }

// module lists the packages of the changed files, vets those that load, and says
// of each file what became of it.
func (g *goRun) module(ctx context.Context, m *module) error {
	listed, err := g.list(ctx, m)
	if err != nil {
		for _, f := range slices.Concat(m.files, m.deleted) {
			g.out.skipped[f] = err.Error()
		}
		return ctx.Err()
	}
	said, err := g.vet(ctx, m, listed)
	if err != nil {
		return err
	}
	for _, f := range m.files {
		if !g.out.read[f] {
			g.out.skipped[f] = g.because(m, f, listed, said)
		}
	}
	for _, f := range m.deleted {
		g.settleDeleted(m, f, listed, said)
	}
	return ctx.Err()
}

// because says why a file was not read.
func (g *goRun) because(m *module, file string, packages map[string]listed, said said) string {
	p, ok := packages[g.path(path.Dir(file))]
	switch {
	case !ok:
		return "its package was not found"
	case p.Error != nil:
		return g.advice(p.Error.Error())
	case slices.Contains(p.IgnoredGoFiles, path.Base(file)):
		return "build constraints exclude it on this system, or it needs cgo"
	case len(p.DepsErrors) > 0:
		return g.advice(p.DepsErrors[0].Error())
	}
	rel := strings.TrimPrefix(path.Dir(file), m.root+"/")
	return g.advice(said.about(p.ImportPath, rel))
}

// settleDeleted takes a deleted file for read when what is left of its package
// was: its loss shows there.
func (g *goRun) settleDeleted(m *module, file string, packages map[string]listed, said said) {
	dir := path.Dir(file)
	for read := range g.out.read {
		if path.Dir(read) == dir {
			g.out.read[file] = true
			return
		}
	}
	g.out.skipped[file] = g.because(m, file, packages, said)
}

// advice makes a reason out of what the go command said, with what to do.
func (g *goRun) advice(said string) string {
	text := strings.ReplaceAll(firstLine(said), g.dir+string(filepath.Separator), "")
	text = oneLine(strings.ReplaceAll(text, g.dir, "."))
	for _, sign := range []string{"GOPROXY=off", "module lookup disabled", "missing go.sum entry"} {
		if strings.Contains(said, sign) {
			return text + " (nothing is fetched during a review: run go mod download first)"
		}
	}
	for _, sign := range []string{"no required module provides", "updates to go.mod needed"} {
		if strings.Contains(said, sign) {
			return text + " (go.mod does not name all it needs: run go mod tidy, then go mod download)"
		}
	}
	return text
}

// firstLine gives the first line that says something; "# package" is a heading.
func firstLine(said string) string {
	for line := range strings.SplitSeq(said, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return "the go command did not say why"
}
