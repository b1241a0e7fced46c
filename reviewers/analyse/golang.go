package analyse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"scrum/bundler"
)

// goResult is one run of the go command's vet over the changed packages: it serves
// go-vet and staticcheck both.
type goResult struct {
	diagnostics []diagnostic
	covered     map[string]bool
	skipped     map[string]string
}

// goFindings gives one analyser's share of the run.
func (w *Workspace) goFindings(ctx context.Context, name string) (result, error) {
	all, err := w.golang(ctx)
	if err != nil {
		return result{}, err
	}
	r := result{covered: all.covered, skipped: all.skipped}
	for _, d := range all.diagnostics {
		if strings.HasPrefix(d.check, "SA") == (name == "staticcheck") {
			r.diagnostics = append(r.diagnostics, d)
		}
	}
	return r, nil
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
	run := &goRun{dir: dir, bin: goBin, self: w.opt.Self, out: goResult{covered: map[string]bool{}, skipped: map[string]string{}}}
	if run.self == "" {
		if run.self, err = os.Executable(); err != nil {
			return goResult{}, fmt.Errorf("finding the program to start as vet tool: %w", err)
		}
	}
	if run.env, err = goEnvironment(ctx, goBin); err != nil {
		return goResult{}, err
	}
	for _, module := range run.modules(w.change.Files) {
		if err := run.module(ctx, module); err != nil {
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
	root  string // path in the tree; "" is its top
	files []string
}

// modules sorts the changed files by the go.mod that rules them.
func (g *goRun) modules(files []*bundler.File) []*module {
	var out []*module
	for _, f := range files {
		if !isGo(f.Path) {
			continue
		}
		if f.Status == bundler.Deleted {
			g.out.covered[f.Path] = true // what it leaves behind is in the other files
			continue
		}
		root, ok := g.moduleRoot(f.Path)
		if !ok {
			g.out.skipped[f.Path] = "no go.mod above it"
			continue
		}
		i := slices.IndexFunc(out, func(m *module) bool { return m.root == root })
		if i < 0 {
			out, i = append(out, &module{root: root}), len(out)
		}
		out[i].files = append(out[i].files, f.Path)
	}
	return out
}

func (g *goRun) moduleRoot(p string) (string, bool) {
	for dir := path.Dir(p); ; dir = path.Dir(dir) {
		if _, err := os.Stat(filepath.Join(g.dir, filepath.FromSlash(dir), "go.mod")); err == nil {
			return dir, true
		}
		if dir == "." || dir == "/" {
			return "", false
		}
	}
}

// listed is a package as go list knows it.
type listed struct {
	Dir          string
	ImportPath   string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Error        *struct{ Err string }
	DepsErrors   []struct{ Err string }
}

// module lists the packages of the changed files, and vets those that load.
func (g *goRun) module(ctx context.Context, m *module) error {
	var patterns []string
	for _, f := range m.files {
		rel, err := filepath.Rel(filepath.FromSlash(m.root), filepath.FromSlash(path.Dir(f)))
		if err != nil {
			return fmt.Errorf("finding the package of %s: %w", f, err)
		}
		if p := "./" + filepath.ToSlash(rel); !slices.Contains(patterns, p) {
			patterns = append(patterns, p)
		}
	}
	out, stderr, err := g.goCommand(ctx, m.root, append([]string{"list", "-e", "-test=false", "-deps=false", "-json=Dir,ImportPath,GoFiles,TestGoFiles,XTestGoFiles,Error,DepsErrors", "--"}, patterns...)...)
	if err != nil {
		g.skip(m.files, advice(stderr, err))
		return ctx.Err()
	}
	var good []string
	byDir := map[string]listed{}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return fmt.Errorf("reading what go list says: %w", err)
		}
		byDir[p.Dir] = p
		if p.problem() == "" {
			good = append(good, p.ImportPath)
		}
	}
	failed := map[string]string{}
	if len(good) > 0 {
		if failed, err = g.vet(ctx, m, good); err != nil {
			return err
		}
	}
	for _, f := range m.files {
		g.settle(f, byDir, failed)
	}
	return ctx.Err()
}

func (p listed) problem() string {
	switch {
	case p.Error != nil:
		return p.Error.Err
	case len(p.DepsErrors) > 0:
		return p.DepsErrors[0].Err
	}
	return ""
}

func (g *goRun) skip(files []string, why string) {
	for _, f := range files {
		g.out.skipped[f] = why
	}
}

// settle says of one changed file whether it was analysed.
func (g *goRun) settle(f string, byDir map[string]listed, failed map[string]string) {
	dir := filepath.Join(g.dir, filepath.FromSlash(path.Dir(f)))
	p, ok := byDir[dir]
	if !ok {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			p, ok = byDir[real]
		}
	}
	base := path.Base(f)
	switch {
	case !ok:
		g.out.skipped[f] = "its package was not found"
	case p.problem() != "":
		g.out.skipped[f] = advice(p.problem(), nil)
	case failed[p.ImportPath] != "":
		g.out.skipped[f] = advice(failed[p.ImportPath], nil)
	case !slices.Contains(slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles), base):
		g.out.skipped[f] = "excluded by build constraints on this machine, or it needs cgo"
	default:
		g.out.covered[f] = true
	}
}

// advice makes a reason out of what the go command said, with what to do.
func advice(said string, err error) string {
	said = strings.TrimSpace(said)
	for line := range strings.SplitSeq(said, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			said = line
			break
		}
	}
	if said == "" && err != nil {
		said = err.Error()
	}
	if strings.Contains(said, "GOPROXY=off") || strings.Contains(said, "module lookup disabled") || strings.Contains(said, "no required module") {
		said += " (dependencies are not fetched during a review: run go mod download first)"
	}
	return oneLine(said)
}

// vet runs the analysers and gives the packages that did not load, with the
// reason.
func (g *goRun) vet(ctx context.Context, m *module, packages []string) (map[string]string, error) {
	stdout, stderr, err := g.goCommand(ctx, m.root, append([]string{"vet", "-json", "-vettool=" + g.self, "--"}, packages...)...)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	// Where -json goes has changed between versions of Go: read both.
	seen, rest := g.readDiagnostics(append(append(stdout, '\n'), stderr...))
	failed := map[string]string{}
	for _, p := range packages {
		if !seen[p] && (err != nil || strings.Contains(rest, p)) {
			failed[p] = failureOf(p, rest, err)
		}
	}
	return failed, nil
}

// failureOf finds what was said about a package: the lines behind "# package".
func failureOf(p, rest string, err error) string {
	_, after, ok := strings.Cut("\n"+rest, "\n# "+p)
	if !ok {
		return advice(rest, err)
	}
	return advice(after[min(len(after), strings.IndexByte(after+"\n", '\n')):], err)
}

// readDiagnostics reads the JSON objects that the vet tool printed, one a package,
// and gives what stood around them.
func (g *goRun) readDiagnostics(out []byte) (seen map[string]bool, rest string) {
	seen = map[string]bool{}
	var other strings.Builder
	for len(out) > 0 {
		if out[0] == '{' {
			dec := json.NewDecoder(bytes.NewReader(out))
			var byPackage map[string]map[string]json.RawMessage
			if err := dec.Decode(&byPackage); err == nil {
				g.take(byPackage, seen)
				out = out[dec.InputOffset():]
				continue
			}
		}
		line, after, _ := bytes.Cut(out, []byte("\n"))
		other.Write(line)
		other.WriteByte('\n')
		out = after
	}
	return seen, other.String()
}

func (g *goRun) take(byPackage map[string]map[string]json.RawMessage, seen map[string]bool) {
	for pkg, byCheck := range byPackage {
		name, _, _ := strings.Cut(pkg, " ") // "p [p.test]" is p with its tests
		seen[strings.TrimSuffix(name, "_test")] = true
		for check, raw := range byCheck {
			var found []struct{ Posn, End, Message string }
			if json.Unmarshal(raw, &found) != nil {
				continue // {"error": …}: the package is named in the text around it
			}
			for _, f := range found {
				if d, ok := g.diagnostic(check, f.Posn, f.End, f.Message); ok {
					g.out.diagnostics = append(g.out.diagnostics, d)
				}
			}
		}
	}
}

func (g *goRun) diagnostic(check, posn, end, message string) (diagnostic, bool) {
	file, first := position(posn)
	_, last := position(end)
	rel, err := filepath.Rel(g.dir, file)
	if err != nil || first == 0 || strings.HasPrefix(rel, "..") {
		return diagnostic{}, false
	}
	d := diagnostic{path: filepath.ToSlash(rel), first: first, last: max(first, last), severity: warn, check: check, message: message}
	if certain(check) {
		d.severity = block
	}
	return d, true
}

// position reads "file:line:column".
func position(s string) (file string, line int) {
	parts := strings.Split(s, ":")
	if len(parts) < 3 {
		return s, 0
	}
	line, err := strconv.Atoi(parts[len(parts)-2])
	if err != nil {
		return s, 0
	}
	return strings.Join(parts[:len(parts)-2], ":"), line
}

// goCommand runs the go command in a module of the tree.
func (g *goRun) goCommand(ctx context.Context, root string, args ...string) (stdout []byte, stderr string, err error) {
	cmd := exec.CommandContext(ctx, g.bin, args...)
	cmd.Dir = filepath.Join(g.dir, filepath.FromSlash(root))
	cmd.Env = append(slices.Clone(g.env), "PWD="+cmd.Dir, vetToolEnv+"=1")
	return runGroup(cmd)
}

// goEnvironment is what the go command gets to see: the caches of the user and
// nothing else of their settings, no network, no other toolchain, no cgo, because
// it loads the code of a stranger.
func goEnvironment(ctx context.Context, goBin string) ([]string, error) {
	cmd := exec.CommandContext(ctx, goBin, "env", "-json", "GOCACHE", "GOMODCACHE", "GOPATH", "GOROOT")
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local")
	out, stderr, err := runGroup(cmd)
	if err != nil {
		return nil, fmt.Errorf("asking go for its folders: %s", advice(stderr, err))
	}
	var known map[string]string
	if err := json.Unmarshal(out, &known); err != nil {
		return nil, fmt.Errorf("asking go for its folders: %w", err)
	}
	env := []string{
		"GOENV=off", "GOFLAGS=", "GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOVCS=*:off", "CGO_ENABLED=0", "GOTELEMETRY=off", "GO111MODULE=on", "LC_ALL=C",
	}
	for name, value := range known {
		env = append(env, name+"="+value)
	}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "USERPROFILE", "LOCALAPPDATA"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	slices.Sort(env)
	return env, nil
}
