package analyse

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"scrum/bundler"
	"scrum/reviewers"
)

// NewExternal makes the member of a configured analyser: a command that is run in
// the tree of the new side, and prints SARIF, rdjson or plain "path:line: message"
// lines.
func NewExternal(name string, run []string, format string, w *Workspace) (*reviewers.Member, error) {
	parse, ok := map[string]func([]byte) ([]diagnostic, error){"sarif": parseSARIF, "rdjson": parseRDJSON, "plain": parsePlain, "": parsePlain}[format]
	if !ok {
		return nil, fmt.Errorf("an analyser prints sarif, rdjson or plain, not %q", format)
	}
	if len(run) == 0 {
		return nil, errors.New("an analyser needs the command to run")
	}
	e := &external{w: w, name: name, run: run, parse: parse}
	return w.member(name, nil, e.once), nil
}

type external struct {
	w     *Workspace
	name  string
	run   []string
	parse func([]byte) ([]diagnostic, error)

	mu     sync.Mutex
	done   bool
	result result
	err    error
}

// once runs the command once for all seats.
func (e *external) once(ctx context.Context) (result, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.done {
		e.result, e.err = e.look(ctx)
		e.done = ctx.Err() == nil
	}
	return e.result, e.err
}

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
	stdout, stderr, err := runGroup(cmd)
	if ctx.Err() != nil {
		return result{}, ctx.Err()
	}
	if errors.Is(err, exec.ErrNotFound) {
		return result{}, fmt.Errorf("there is no command %q on the PATH: install it, or take the reviewer out of the panel", e.run[0])
	}
	found, parseErr := e.parse(stdout)
	if parseErr != nil || (err != nil && len(found) == 0) {
		return result{}, fmt.Errorf("it ended with status %d: %s", exitCode(err), oneLine(firstOf(stderr, text(parseErr), text(err))))
	}
	r := result{covered: map[string]bool{}, skipped: map[string]string{}}
	for _, d := range found {
		d.path = inTree(dir, d.path)
		r.diagnostics = append(r.diagnostics, d)
	}
	for _, f := range e.w.change.Files {
		r.covered[f.Path] = true
	}
	return r, nil
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func firstOf(all ...string) string {
	for _, s := range all {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return "it said nothing"
}

// inTree makes a reported path one of the change: relative to the tree, with
// slashes.
func inTree(dir, p string) string {
	if u, err := url.Parse(p); err == nil && u.Scheme == "file" {
		p = u.Path
	}
	if filepath.IsAbs(p) {
		if rel, err := filepath.Rel(dir, p); err == nil {
			p = rel
		}
	}
	return path.Clean(filepath.ToSlash(p))
}

// parseSARIF reads SARIF 2.1.0.
func parseSARIF(data []byte) ([]diagnostic, error) {
	var log struct {
		Version string
		Runs    []struct {
			Results []struct {
				RuleID    string
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, EndLine int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(data, &log); err != nil {
		return nil, fmt.Errorf("its output is no SARIF: %w", err)
	}
	if log.Version == "" && log.Runs == nil {
		return nil, errors.New("its output is JSON and no SARIF: it has no version and no runs")
	}
	var out []diagnostic
	for _, run := range log.Runs {
		for _, r := range run.Results {
			for _, l := range r.Locations {
				p := l.PhysicalLocation
				uri, err := url.PathUnescape(p.ArtifactLocation.URI)
				if err != nil {
					uri = p.ArtifactLocation.URI
				}
				out = append(out, diagnostic{path: uri, first: p.Region.StartLine, last: p.Region.EndLine,
					severity: severityOf(r.Level), check: r.RuleID, message: r.Message.Text})
			}
		}
	}
	return out, nil
}

// severityOf maps the levels of SARIF and rdjson. An error of one tool is a
// warning here: what blocks is convergence.
func severityOf(level string) string {
	switch strings.ToLower(level) {
	case "note", "none", "info", "information":
		return info
	}
	return warn
}

type rdDiagnostic struct {
	Message  string
	Severity string
	Location struct {
		Path  string
		Range struct {
			Start struct{ Line int }
			End   struct{ Line int }
		}
	}
	Code struct{ Value string }
}

// parseRDJSON reads rdjson (one object) or rdjsonl (one diagnostic a line).
func parseRDJSON(data []byte) ([]diagnostic, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	var out []diagnostic
	for {
		var v struct {
			Diagnostics []rdDiagnostic
			rdDiagnostic
		}
		err := dec.Decode(&v)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("its output is no rdjson: %w", err)
		}
		all := v.Diagnostics
		if v.Message != "" || v.Location.Path != "" {
			all = append(all, v.rdDiagnostic)
		}
		for _, d := range all {
			r := d.Location.Range
			out = append(out, diagnostic{path: d.Location.Path, first: r.Start.Line, last: max(r.Start.Line, r.End.Line),
				severity: severityOf(d.Severity), check: d.Code.Value, message: d.Message})
		}
	}
}

var plainLine = regexp.MustCompile(`^(.+?):(\d+)(?::\d+)?:\s*(.+)$`)

// parsePlain reads "path:line: message" lines, as compilers print them. Other
// lines are passed over.
func parsePlain(data []byte) ([]diagnostic, error) {
	var out []diagnostic
	in := bufio.NewReader(bytes.NewReader(data))
	for {
		line, err := in.ReadString('\n')
		if m := plainLine.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil && len(line) < 64<<10 {
			if n, err := strconv.Atoi(m[2]); err == nil {
				out = append(out, diagnostic{path: m[1], first: n, last: n, severity: warn, message: m[3]})
			}
		}
		if err != nil {
			return out, nil //nolint:nilerr // the end of a text in memory
		}
	}
}
