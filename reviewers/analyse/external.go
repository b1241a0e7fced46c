package analyse

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"scrum/bundler"
	"scrum/reviewers"
)

// NewExternal makes the member of a configured analyser: a command that is run in
// the tree of the new side, and prints SARIF, rdjson or plain "path:line: message"
// lines. Its exit status may be 1 when it has findings.
func NewExternal(name string, run []string, format string, w *Workspace) (*reviewers.Member, error) {
	parse, err := parserOf(format)
	if err != nil {
		return nil, err
	}
	if len(run) == 0 || run[0] == "" {
		return nil, errors.New("an analyser needs the command to run")
	}
	if !filepath.IsAbs(run[0]) && strings.ContainsAny(run[0], `/\`) {
		return nil, fmt.Errorf("%q would be taken from the tree under review, which would then review itself: name a command on the PATH or give its absolute path", run[0])
	}
	e := &external{w: w, run: run, parse: parse}
	return w.member(name, nil, once(e.look)), nil
}

// external is a configured command.
type external struct {
	w     *Workspace
	run   []string
	parse parser
}

// look runs the command for all seats. It is not known what such a tool has read:
// when it ends well, all is taken for read.
func (e *external) look(ctx context.Context) (result, error) {
	dir, err := e.w.tree(ctx)
	if errors.Is(err, bundler.ErrNoTree) {
		return result{}, errors.New("a plain diff has no tree to run it in: review a range, a commit, the index or the work tree")
	}
	if err != nil {
		return result{}, err
	}
	cmd := exec.CommandContext(ctx, e.run[0], e.run[1:]...)
	cmd.Dir = dir
	cmd.Env = append(withoutKeys(os.Environ()), "PWD="+dir)
	stdout, stderr, err := runGroup(cmd)
	if ctx.Err() != nil {
		return result{}, ctx.Err()
	}
	found, err := e.understand(stdout, stderr, err)
	if err != nil {
		return result{}, errors.New(inWords(err, dir))
	}
	r := newResult()
	for _, d := range found.diagnostics {
		d.path = inTree(dir, d.path)
		r.diagnostics = append(r.diagnostics, d)
	}
	for _, f := range e.w.change.Files {
		r.covered[f.Path] = true
	}
	r.notes = found.notes
	return r, nil
}

// understand tells findings from failure. What cannot be read is a failure, and so
// is an exit status above 0 with nothing to show for it.
func (e *external) understand(stdout []byte, stderr string, err error) (parsed, error) {
	if errors.Is(err, exec.ErrNotFound) {
		return parsed{}, fmt.Errorf("there is no command %q on the PATH: install it, or take the reviewer out of the panel", e.run[0])
	}
	status := exitCode(err)
	if status < 0 {
		return parsed{}, fmt.Errorf("running %s: %w", e.run[0], err)
	}
	found, parseErr := e.parse(stdout)
	switch {
	case parseErr != nil && status == 0:
		return parsed{}, parseErr
	case parseErr != nil || status > 0 && len(found.diagnostics) == 0:
		return parsed{}, fmt.Errorf("%s ended with status %d and no findings that can be read: %s", e.run[0], status, lastWords(stderr, stdout, parseErr))
	}
	return found, nil
}

func lastWords(stderr string, stdout []byte, parseErr error) string {
	for _, s := range []string{stderr, string(stdout[:min(len(stdout), 1000)])} {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	if parseErr != nil {
		return parseErr.Error()
	}
	return "it said nothing"
}

// inWords makes one line of an error, without the throw-away folder's name, which
// differs from run to run.
func inWords(err error, dir string) string {
	text := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
	return oneLine(strings.ReplaceAll(text, dir, "."))
}

// keyName knows variables that hold secrets by their names.
var keyName = regexp.MustCompile(`(?i)KEY|TOKEN|SECRET|PASSW|CREDENTIAL|_PAT$`)

// withoutKeys is the environment without the keys of models and other services: a
// tool reads the code of strangers, and often its settings as well.
func withoutKeys(environ []string) []string {
	var out []string
	for _, entry := range environ {
		if name, _, _ := strings.Cut(entry, "="); !keyName.MatchString(name) {
			out = append(out, entry)
		}
	}
	return out
}

// inTree makes a reported path one of the change: relative to the tree, with
// slashes.
func inTree(dir, p string) string {
	if u, err := url.Parse(p); err == nil && u.Scheme == "file" {
		p = u.Path
		if len(p) > 2 && p[0] == '/' && p[2] == ':' {
			p = p[1:] // file:///C:/…
		}
	}
	p = filepath.FromSlash(p)
	if filepath.IsAbs(p) {
		for _, base := range []string{dir, realPath(dir)} {
			if rel, err := filepath.Rel(base, p); err == nil && filepath.IsLocal(rel) {
				p = rel
				break
			}
		}
	}
	return path.Clean(filepath.ToSlash(p))
}

func realPath(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return real
	}
	return dir
}
