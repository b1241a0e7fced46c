package serve

import (
	"bytes"
	_ "embed" // the pages and their style
	"fmt"
	"html/template"
	"net/http"

	"scrum/history"
	"scrum/report"
	"scrum/report/page"
)

//go:embed pages.gohtml
var pagesTemplate string

//go:embed pages.css
var pagesStyle string

// index is what the list shows. Everything in it is text; the template escapes it.
type index struct {
	Title     string
	Total     int
	Trends    *trends
	Counts    []verdictCount
	Chosen    string
	Reviews   []review
	Cut       int // reviews that are not shown
	Gauntlets []gauntletLine
	Left      []history.LeftIn
	Folder    string
}

// shownRuns are how many reviews are shown unless all are asked for.
const shownRuns = 100

// list answers with the list of runs, as they are now.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	all, left, err := s.read(r)
	if err != nil {
		s.fail(w, http.StatusInternalServerError, "The runs cannot be read", err)
		return
	}
	query := r.URL.Query()
	title := "Runs"
	if s.opt.Name != "" {
		title += " of " + s.opt.Name
	}
	x := index{Title: title, Total: len(all), Trends: newTrends(all), Chosen: query.Get("verdict"), Left: left, Folder: s.opt.Folder.Path}
	x.Counts = counts(all, x.Chosen)
	for _, one := range all {
		if x.Chosen == "" || one.Verdict.Text == x.Chosen {
			x.Reviews = append(x.Reviews, one)
		}
	}
	if n := len(x.Reviews); n > shownRuns && !query.Has("all") {
		x.Reviews, x.Cut = x.Reviews[:shownRuns], n-shownRuns
	}
	var lost []history.LeftIn
	x.Gauntlets, lost = gauntlets(s.roots[Gauntlet])
	x.Left = append(x.Left, lost...)
	s.renderAs(w, http.StatusOK, title, "index", x)
}

// read brings the history up to date and gives its reviews, the latest first.
func (s *Server) read(r *http.Request) ([]review, []history.LeftIn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx := r.Context()
	var taken history.Taken
	var err error
	here := func(string) bool { return false }
	if root := s.roots[Review]; root != nil {
		if taken, err = s.store.ReadIn(ctx, root.Name()); err != nil {
			return nil, nil, err
		}
		here = func(id string) bool { _, err := root.Lstat(id); return err == nil }
	}
	runs, err := s.store.Runs(ctx, history.Selection{})
	if err != nil {
		return nil, nil, err
	}
	shares, err := s.store.Shares(ctx, history.Selection{})
	if err != nil {
		return nil, nil, err
	}
	by := perRun(shares)
	out := make([]review, 0, len(runs.Runs))
	for _, one := range runs.Runs {
		line := newReview(one, by[one.ID])
		line.Here = here(one.ID)
		out = append(out, line)
	}
	return out, taken.Left, nil
}

// renderAs answers with a template of ours in the frame.
func (s *Server) renderAs(w http.ResponseWriter, status int, title, name string, data any) {
	out, err := render(title, name, data)
	if err != nil {
		s.opt.Warn(err.Error())
		http.Error(w, "the page could not be made: "+report.Phrase(err.Error()), http.StatusInternalServerError)
		return
	}
	send(w, status, page.LinkHome(out, "/"), policyOf(out))
}

func render(title, name string, data any) ([]byte, error) {
	t, err := template.New("pages").Funcs(template.FuncMap{"text": report.Phrase}).Parse(pagesTemplate)
	if err != nil {
		return nil, fmt.Errorf("reading the pages: %w", err)
	}
	var body, out bytes.Buffer
	if err := t.ExecuteTemplate(&body, name, data); err != nil {
		return nil, fmt.Errorf("writing the page %s: %w", name, err)
	}
	err = page.Write(&out, page.Page{Title: report.Phrase(title), Styles: []string{pagesStyle}, Body: template.HTML(body.String())}) //nolint:gosec // html/template has made it
	return out.Bytes(), err
}

// fail answers with a page that says what is wrong.
func (s *Server) fail(w http.ResponseWriter, status int, what string, why error) {
	s.renderAs(w, status, what, "fail", map[string]string{"What": what, "Why": report.Phrase(why.Error())})
}
