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
	"strings"

	"scrum/procgroup"
)

// listed is a package as go list knows it.
type listed struct {
	Dir            string
	ImportPath     string
	IgnoredGoFiles []string
	Error          *loadError
	DepsErrors     []*loadError
}

type loadError struct {
	ImportStack []string
	Pos         string // of the import, when Go knows it
	Err         string
}

// Error names what could not be imported and where, which the words often leave out.
func (e *loadError) Error() string {
	if e.Pos != "" && !strings.Contains(e.Err, e.Pos) {
		return e.Pos + ": " + e.Err
	}
	if n := len(e.ImportStack); n > 0 && !strings.Contains(e.Err, e.ImportStack[n-1]) {
		return e.ImportStack[n-1] + ": " + e.Err
	}
	return e.Err
}

// list gives the packages of the changed files by their folders, those that
// cannot be loaded with their errors.
func (g *goRun) list(ctx context.Context, m *module) (map[string]listed, error) {
	args := []string{"list", "-e", "-json=Dir,ImportPath,IgnoredGoFiles,Error,DepsErrors", "--"}
	stdout, stderr, err := g.goCommand(ctx, m, append(args, m.patterns()...))
	if err != nil {
		return nil, errors.New(g.advice(stderr + "\n" + err.Error()))
	}
	out := map[string]listed{}
	dec := json.NewDecoder(bytes.NewReader(stdout))
	for {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading what go list says: %w", err)
		}
		out[filepath.Clean(p.Dir)] = p
	}
}

// patterns are the packages' folders, relative to the module's.
func (m *module) patterns() []string {
	var out []string
	for _, f := range slices.Concat(m.files, m.deleted) {
		dir := path.Dir(f)
		if m.root != "." {
			dir = strings.TrimPrefix(strings.TrimPrefix(dir, m.root), "/")
		}
		out = append(out, "./"+dir)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// goCommand runs the go command in a module of the tree. A workspace file is
// heeded when it is the tree's own and knows the module; what lies around the
// throw-away folder is not.
func (g *goRun) goCommand(ctx context.Context, m *module, args []string) (stdout []byte, stderr string, err error) {
	work := "off"
	if dir, ok := g.above(path.Join(m.root, "go.mod"), "go.work"); ok && !m.alone {
		work = filepath.Join(g.path(dir), "go.work")
	}
	stdout, stderr, err = g.goWith(ctx, m, work, args)
	if work != "off" && ctx.Err() == nil && strings.Contains(stderr+string(stdout), "not one of the workspace modules") {
		m.alone = true
		return g.goWith(ctx, m, "off", args)
	}
	return stdout, stderr, err
}

func (g *goRun) goWith(ctx context.Context, m *module, work string, args []string) (stdout []byte, stderr string, err error) {
	cmd := exec.CommandContext(ctx, g.bin, args...)
	cmd.Dir = g.path(m.root)
	cmd.Env = append(slices.Clone(g.env), "PWD="+cmd.Dir, "GOWORK="+work, vetToolEnv+"=1")
	return runGroup(cmd)
}

// goEnvironment is what the go command gets to see: the caches of the user and
// nothing else of their settings, no network, no other toolchain, no cgo, because
// it loads the code of a stranger. GOFLAGS is empty, so that a vendor folder is
// used where there is one and go.mod is never changed.
func goEnvironment(ctx context.Context, goBin string) ([]string, error) {
	cmd := exec.CommandContext(ctx, goBin, "env", "-json", "GOCACHE", "GOMODCACHE", "GOPATH", "GOROOT")
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GO111MODULE=on", "GOWORK=off")
	out, stderr, err := runGroup(cmd)
	if err != nil {
		return nil, fmt.Errorf("asking go for its folders: %s", oneLine(firstLine(stderr+"\n"+err.Error())))
	}
	var known map[string]string
	if err := json.Unmarshal(out, &known); err != nil {
		return nil, fmt.Errorf("asking go for its folders: %w", err)
	}
	env := []string{
		"GOENV=off", "GOFLAGS=", "GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOVCS=*:off",
		"CGO_ENABLED=0", "GOTELEMETRY=off", "GO111MODULE=on", "LC_ALL=C",
	}
	for name, value := range known {
		env = append(env, name+"="+value)
	}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "USERPROFILE", "LOCALAPPDATA"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	env = append(env, procgroup.Marks(os.Environ())...)
	slices.Sort(env)
	return env, nil
}
