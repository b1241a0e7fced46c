package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"scrum/bundler"
	"scrum/config"
	"scrum/prompts"
	"scrum/report"
	"scrum/reviewers"
	"scrum/secrets"
	"scrum/tally"
)

// Question is a finding that was put to other lineages, as the manifest has it.
type Question struct {
	Finding   string   `json:"finding"`
	Path      string   `json:"path"`
	Line      int      `json:"line"`
	Title     string   `json:"title"`
	Examiners []string `json:"examiners"`
}

// examPrefix begins the names under which answers to questions are kept, where those
// to bundles have the bundle's.
const examPrefix = "verify-"

// Bounds on cross-examination: how many lineages are asked of one finding, and how many
// lines they see before and behind its place.
const (
	mostExaminers = 3
	examLines     = 40
)

// Examining is told before findings are put to other lineages: how many, in how many
// requests.
type Examining func(findings, requests int)

// examine puts the findings of one lineage to the others, through the fan that has
// answered: its limits and its budget go on.
func (p *Prepared) examine(ctx context.Context, dir *Dir, fan Fan, r *report.Review, m *Manifest) ([]StoredSeat, error) {
	x := examination{Prepared: p, dir: dir}
	var questioned int
	for _, f := range r.Findings {
		if !p.questionable(f) {
			continue
		}
		if err := x.ask(ctx, f, questioned); err != nil {
			return nil, err
		}
		questioned++
	}
	m.Examined = x.questions
	if alone := x.alone(); alone > 0 {
		m.Notes = append(slices.Clip(m.Notes), fmt.Sprintf("%s of one lineage could be put to nobody: the panel has no other lineage of models", count(alone, "finding")))
	}
	if len(x.seats) == 0 {
		return nil, nil
	}
	if err := errors.Join(dir.WriteManifest(m), dir.writeCached(x.seats)); err != nil {
		return nil, err
	}
	if p.examining != nil {
		p.examining(questioned, len(x.seats))
	}
	var out []StoredSeat
	for _, s := range fan.Run(ctx, x.seats) {
		out = append(out, Store(s))
	}
	return out, nil
}

// questionable tells that a finding is one that the configuration wants examined.
func (p *Prepared) questionable(f tally.Finding) bool {
	return f.Examinable() && (f.Severity == tally.Block || p.Config.Tally.Examines() == config.VerifyAll)
}

// examination is what is made of the findings: a question each, a seat an examiner.
type examination struct {
	*Prepared
	dir       *Dir
	wide      map[string]*bundler.File // the change with more context, by path; nil until it is read
	scanner   *secrets.Scanner
	seats     []reviewers.Seat
	questions []Question
}

func (x *examination) ask(ctx context.Context, f tally.Finding, turn int) error {
	q := Question{Finding: f.ID, Path: f.Path, Line: f.Line, Title: f.Title, Examiners: []string{}}
	who := x.examiners(f, turn)
	if len(who) > 0 {
		req, err := x.request(ctx, f)
		if err != nil {
			return fmt.Errorf("asking other lineages about the finding at %s: %w", prompts.Name(f.Path), err)
		}
		if err := x.dir.WriteRequest(req); err != nil {
			return err
		}
		for _, m := range who {
			q.Examiners = append(q.Examiners, m.Name)
			s, err := x.seat(m, req)
			if err != nil {
				return err
			}
			x.seats = append(x.seats, s)
		}
	}
	x.questions = append(x.questions, q)
	return nil
}

// alone counts the findings for which there is no examiner.
func (x *examination) alone() int {
	n := 0
	for _, q := range x.questions {
		if len(q.Examiners) == 0 {
			n++
		}
	}
	return n
}

// strayQuestions are about findings that this count does not have: another matching or
// another reading of the answers has made others of them.
func strayQuestions(all []Question, findings []tally.Finding) []string {
	if len(all) == 0 {
		return nil
	}
	known := map[string]bool{}
	for _, f := range findings {
		known[f.ID] = true
	}
	var out []string
	for _, q := range all {
		if !known[q.Finding] {
			out = append(out, fmt.Sprintf("other lineages were asked about %q at %s:%d, which is no finding of this count: their answers are left aside", q.Title, prompts.Name(q.Path), q.Line))
		}
	}
	return out
}

// examiners are the first reviewers of the lineages that have not reported the finding.
// Whose turn it is to be asked first goes round: the order must favour nobody.
func (x *examination) examiners(f tally.Finding, turn int) []*reviewers.Member {
	authors := f.Authors()
	var out []*reviewers.Member
	seen := map[string]bool{}
	for _, m := range x.Panel {
		if m.Kind == reviewers.Analyser || slices.Contains(authors, m.Lineage) || seen[m.Lineage] {
			continue
		}
		seen[m.Lineage] = true
		out = append(out, m)
	}
	if len(out) == 0 {
		return nil
	}
	turn %= len(out)
	out = slices.Concat(out[turn:], out[:turn])
	return out[:min(len(out), mostExaminers)]
}

// request shows the code around the place, without credentials.
func (x *examination) request(ctx context.Context, f tally.Finding) (prompts.Request, error) {
	q := prompts.Question{ID: examPrefix + f.ID, Path: prompts.Name(f.Path), First: f.Line, Last: f.EndLine, Old: f.Side == tally.Old, Title: f.Title, Why: f.Why}
	hunks, err := x.hunks(ctx, f)
	if err != nil {
		return prompts.Request{}, err
	}
	q.Title, q.Why = x.secrets.Text(q.Title), x.secrets.Text(q.Why)
	code := x.secrets.Text(prompts.Excerpt(hunks, q, examLines))
	if x.scanner == nil {
		if x.scanner, err = secrets.New(ctx); err != nil {
			return prompts.Request{}, err
		}
	}
	if q.Code, err = x.scanner.Text(ctx, f.Path, code); err != nil {
		return prompts.Request{}, fmt.Errorf("looking for secrets: %w", err)
	}
	if strings.Contains(q.Code, "[MASKED:") {
		q.Masked = secrets.Explanation
	}
	return prompts.Examine(q)
}

// hunks are those of the finding's file, with more context than the reviewers had. A
// plain diff has no more.
func (x *examination) hunks(ctx context.Context, f tally.Finding) ([]bundler.Hunk, error) {
	if err := x.widen(ctx); err != nil {
		return nil, err
	}
	file := x.wide[f.Path]
	if file == nil {
		return nil, nil // the diff has no text of it
	}
	return bundler.Part{File: file, Patch: file.Patch}.Hunks()
}

func (x *examination) widen(ctx context.Context) error {
	if x.wide != nil {
		return nil
	}
	change := x.Plan.Change
	if x.options.Source.Diff == nil {
		opt := x.Config.ReadOptions()
		opt.ContextLines = max(opt.ContextLines, examLines)
		var err error
		if change, err = bundler.Read(ctx, x.options.Source, opt); err != nil {
			return fmt.Errorf("reading the change with more context: %w", err)
		}
	}
	x.wide = map[string]*bundler.File{}
	for _, f := range change.Files {
		x.wide[f.Path] = f
	}
	return nil
}

// seat is one examiner's: with the answer that the run or the cache has, else to be
// asked.
func (x *examination) seat(m *reviewers.Member, req prompts.Request) (reviewers.Seat, error) {
	s := reviewers.Seat{Bundle: req.Bundle, Member: m, Request: req}
	before, err := x.dir.ReadAnswer(req.Bundle, m.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return s, err
	case before.Final() && asks(m, before.Model):
		return before.Answered(m, req), nil
	default:
		spent := before.usage()
		s.Prior = &spent
	}
	if hit, ok := x.cache.find(x.cacheKey(m, req)); ok {
		return hit.Again(req.Bundle).Answered(m, req), nil
	}
	return s, nil
}

// judgeOpinion tells the state of an answer to a question.
func judgeOpinion(r reviewers.Response) (reviewers.State, error) {
	if strings.TrimSpace(r.Text) == "" {
		return reviewers.Disengaged, errors.New("the answer is empty")
	}
	if o, _ := tally.ParseOpinion(r.Text); o == tally.None {
		return reviewers.Disengaged, errors.New("the answer says neither CONFIRM nor REFUTE nor UNSURE")
	}
	return reviewers.Engaged, nil
}

// opinions reads the answers to the questions, by finding.
func opinions(exams []StoredSeat) map[string][]tally.Examined {
	if len(exams) == 0 {
		return nil
	}
	out := map[string][]tally.Examined{}
	for _, s := range exams {
		e := tally.Examined{Reviewer: s.Reviewer, Lineage: s.Lineage, Reason: s.Error}
		if s.State == reviewers.Engaged {
			e.Opinion, e.Reason = tally.ParseOpinion(s.Text)
		}
		id := strings.TrimPrefix(s.Bundle, examPrefix)
		out[id] = append(out[id], e)
	}
	return out
}

// exams reads the answers to the questions of a stored run.
func (d *Dir) exams(m *Manifest) ([]StoredSeat, error) {
	var out []StoredSeat
	for _, q := range m.Examined {
		for _, name := range q.Examiners {
			s, err := d.ReadAnswer(examPrefix+q.Finding, name)
			if errors.Is(err, fs.ErrNotExist) {
				i := slices.IndexFunc(m.Panel, func(e PanelEntry) bool { return e.Name == name })
				if i < 0 {
					continue
				}
				s, err = StoredSeat{Answer: Answer{Seat: unasked(examPrefix+q.Finding, m.Panel[i]), Missed: true}}, nil
			}
			if err != nil {
				return nil, err
			}
			out = append(out, s)
		}
	}
	return out, nil
}
