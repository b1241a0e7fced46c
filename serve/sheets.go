package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"

	"scrum/gauntlet/overview"
	"scrum/parity"
	"scrum/parity/formats"
	"scrum/report"
	"scrum/report/page"
	"scrum/run"
)

// sheet is a page that runs keep as a file, and that can be made anew from what else they
// keep.
type sheet struct {
	kind   Kind
	file   string
	policy string // that of the pages which this program makes
	needs  string // the file that it is made from
	make   func(ctx context.Context, dir string) ([]byte, error)
}

// sheets are the pages of runs. Their policies are seen by making one of nothing.
func sheets() ([]sheet, error) {
	all := []sheet{
		{kind: Review, file: "report.html", needs: "findings.json", make: reviewPage},
		{kind: Gauntlet, file: "report.html", needs: "assess.json", make: gauntletPage},
		{kind: Gauntlet, file: "parity.html", needs: "parity.json", make: parityPage},
		{kind: Gauntlet, file: "review/report.html", needs: "review/findings.json", make: reviewBelow},
	}
	for i, empty := range []func() ([]byte, error){emptyReview, emptyGauntlet, emptyParity, emptyReview} {
		data, err := empty()
		if err != nil {
			return nil, err
		}
		all[i].policy = policyOf(data)
	}
	return all, nil
}

func (s *Server) sheet(k Kind, file string) *sheet {
	for i := range s.sheets {
		if s.sheets[i].kind == k && s.sheets[i].file == file {
			return &s.sheets[i]
		}
	}
	return nil
}

var policyMeta = regexp.MustCompile(`^<!doctype html>\s*<html lang="en">\s*<head>\s*<meta charset="utf-8">\s*<meta http-equiv="Content-Security-Policy" content="([^"]*)">`) //nolint:gochecknoglobals // a constant

// policyOf is the policy that a page brings with it; "" when it is not one of ours.
func policyOf(data []byte) string {
	m := policyMeta.FindSubmatch(data[:min(len(data), 4096)])
	if m == nil {
		return ""
	}
	return html.UnescapeString(string(m[1]))
}

// show sends a page as the run has it, if this very program can have made it; else it
// is made anew. Either way no script runs but those of this program: the policy goes
// with the answer, whatever the file says.
func (s *Server) show(w http.ResponseWriter, r *http.Request, root *os.Root, at Run, sh *sheet) {
	data, err := root.ReadFile(filepath.FromSlash(sh.file))
	if err != nil || policyOf(data) != sh.policy {
		data, err = s.anew(r.Context(), root, at, sh)
	}
	if errors.Is(err, fs.ErrNotExist) {
		s.unfinished(w, at, sh)
		return
	}
	if err != nil {
		s.fail(w, http.StatusInternalServerError, "The page cannot be made", err)
		return
	}
	send(w, http.StatusOK, page.LinkHome(data, "/"), sh.policy)
}

// anew makes a page. A directory with links in it is not read: they could lead out of
// it.
func (s *Server) anew(ctx context.Context, root *os.Root, at Run, sh *sheet) ([]byte, error) {
	if _, err := root.Stat(filepath.FromSlash(sh.needs)); err != nil {
		return nil, err
	}
	err := fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !e.Type().IsRegular() {
			return fmt.Errorf("%s is no regular file: the run is not read", name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return sh.make(ctx, at.Dir)
}

// unfinished tells of a run that has no result yet.
func (s *Server) unfinished(w http.ResponseWriter, at Run, sh *sheet) {
	s.fail(w, http.StatusNotFound, "The run has no result yet", fmt.Errorf("there is no %s: it is running, or was killed; go on with it: %s", sh.needs, at.resume()))
}

// send answers with a page.
func send(w http.ResponseWriter, status int, data []byte, policy string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy+"; frame-ancestors 'none'")
	w.WriteHeader(status)
	_, _ = w.Write(data) //nolint:gosec // html/template has escaped it, and the policy rules a stored page; an error is a reader who is gone
}

func parityPage(_ context.Context, dir string) ([]byte, error) {
	f, err := os.Open(filepath.Join(dir, "parity.json"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	r, err := parity.DecodeResult(f)
	if err != nil {
		return nil, err
	}
	return parityHTML(r)
}

func emptyParity() ([]byte, error) { return parityHTML(&parity.Result{}) }

func parityHTML(r *parity.Result) ([]byte, error) {
	var b bytes.Buffer
	err := formats.HTML{}.Write(&b, r)
	return b.Bytes(), err
}

func reviewBelow(ctx context.Context, dir string) ([]byte, error) {
	return reviewPage(ctx, filepath.Join(dir, "review"))
}

func reviewPage(ctx context.Context, dir string) ([]byte, error) {
	r, err := run.ReadShown(ctx, dir)
	if err != nil {
		return nil, err
	}
	return reviewHTML(r)
}

func emptyReview() ([]byte, error) { return reviewHTML(&report.Review{}) }

func reviewHTML(r *report.Review) ([]byte, error) {
	var b bytes.Buffer
	err := report.HTML{}.Write(&b, r)
	return b.Bytes(), err
}

func gauntletPage(_ context.Context, dir string) ([]byte, error) {
	o, err := overview.Read(dir)
	if err != nil {
		return nil, err
	}
	return gauntletHTML(o)
}

func emptyGauntlet() ([]byte, error) { return gauntletHTML(&overview.Overview{}) }

func gauntletHTML(o *overview.Overview) ([]byte, error) {
	var b bytes.Buffer
	err := overview.Write(&b, o)
	return b.Bytes(), err
}
