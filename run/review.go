package run

import (
	"context"
	"errors"
	"slices"
	"time"

	"scrum/prompts"
	"scrum/report"
	"scrum/reviewers"
)

// Review asks the panel and decides. Answers are stored in dir before they count.
// When ctx ends, what came so far is counted and the error is
// [reviewers.ErrInterrupted] beside the review.
func (p *Prepared) Review(ctx context.Context, dir *Dir, observe func(reviewers.Event)) (*report.Review, error) {
	if err := p.Plan.CheckGuards(); err != nil {
		return nil, err
	}
	asked, err := p.matrix()
	if err != nil {
		return nil, err
	}
	p.logMatrix(asked)
	begun := time.Now()
	p.windows(ctx, asked.requests)
	p.logWindows(begun)
	m := p.manifest(dir)
	if err := errors.Join(dir.WritePlan(p.Plan, asked.requests), dir.WriteManifest(m)); err != nil {
		return nil, err
	}
	if err := dir.writeCached(asked.seats); err != nil {
		return nil, err
	}
	fan := p.fan(p.panel(dir, asked.seats, observe))
	seats := fan.Run(ctx, asked.seats)
	rows := make([]StoredSeat, len(seats))
	for i, s := range seats {
		rows[i] = Store(s)
	}
	m.Run.Finished = p.options.Now()
	r, err := Judge(p.Plan, Answers{Seats: rows}, p.Config, m, p.gaps)
	if err != nil {
		return nil, err
	}
	if p.Config.Tally.Examines() != "" {
		if r, err = p.crossExamine(ctx, dir, fan, rows, m, r); err != nil {
			return nil, err
		}
	}
	r.Diff = shownDiff(p.Plan, p.secrets)
	m.State = "finished"
	if ctx.Err() != nil {
		m.State = "interrupted"
		err = reviewers.ErrInterrupted
	}
	m.Totals, m.Verdict = r.Totals, string(r.Verdict.Outcome)
	p.options.log().Debug("judged", "verdict", m.Verdict, "rule", r.Verdict.Rule, "findings", len(r.Findings), since(begun))
	p.cache.prune()
	return r, errors.Join(dir.WriteReview(r), dir.WriteManifest(m), err)
}

// crossExamine judges again, with what other lineages say of the findings of one.
func (p *Prepared) crossExamine(ctx context.Context, dir *Dir, fan Fan, rows []StoredSeat, m *Manifest, r *report.Review) (*report.Review, error) {
	exams, err := p.examine(ctx, dir, fan, r, m)
	if err != nil {
		return nil, err
	}
	m.Run.Finished = p.options.Now()
	return Judge(p.Plan, Answers{Seats: rows, Exams: exams}, p.Config, m, p.gaps)
}

func (p *Prepared) manifest(dir *Dir) *Manifest {
	c := p.Plan.Change
	now := p.options.Now()
	m := &Manifest{
		Run: report.Run{
			ID: dir.ID(), Label: c.Label, Started: now, ToolVersion: p.options.Version,
			Base: c.Base, Head: c.Head, Dirty: c.Dirty, ForcedOversize: p.forced,
			ConfigSHA256: p.Config.Digest(), Scripted: p.options.Scripted, Dir: dir.Path(),
		},
		State: "running", LeftOut: p.Plan.LeftOut, Notes: p.Notes, Asked: p.options.asked(c),
	}
	if !p.started.IsZero() {
		m.Run.Started = p.started
	}
	for _, member := range p.Panel {
		m.Panel = append(m.Panel, panelEntry(member))
	}
	for _, member := range p.own {
		m.Panel = append(m.Panel, panelEntry(member.Member))
	}
	for _, b := range p.Plan.Bundles {
		m.Bundles = append(m.Bundles, entry(b))
	}
	return m
}

// matrix is the coverage before anything is asked: every reviewer on every bundle.
type matrix struct {
	requests []prompts.Request // by bundle
	seats    []reviewers.Seat
}

// matrix is made once: what it finds in the cache is announced and then used.
func (p *Prepared) matrix() (*matrix, error) {
	if p.made != nil {
		return p.made, nil
	}
	var m matrix
	for _, b := range p.Plan.Bundles {
		r, err := p.Request(b)
		if err != nil {
			return nil, err
		}
		m.requests = append(m.requests, r)
		for _, who := range slices.Concat(p.Panel, p.on(r)) {
			m.seats = append(m.seats, p.seat(who, r))
		}
	}
	p.made = &m
	return p.made, nil
}

// seat is one of the matrix: with the answer that it has from the run that is gone
// on with, else from the cache, else to be asked.
func (p *Prepared) seat(m *reviewers.Member, r prompts.Request) reviewers.Seat {
	s := reviewers.Seat{Bundle: r.Bundle, Member: m, Request: r}
	before, ok := p.stored[seatKey{r.Bundle, m.Name}]
	before = before.open()
	if ok && before.Final() {
		return before.Answered(m, r)
	}
	if ok { // asked for again: what it has cost so far stays spent
		spent := before.usage()
		s.Prior = &spent
	}
	if hit, ok := p.cache.find(p.cacheKey(m, r)); ok {
		if state, _ := p.Config.Engagement.Judge(r.Paths, hit.response(), m.Kind); state == reviewers.Engaged || len(hit.Parts) > 0 {
			return hit.Again(r.Bundle).Answered(m, r)
		}
	}
	return s
}

func (p *Prepared) panel(dir *Dir, seats []reviewers.Seat, observe func(reviewers.Event)) *reviewers.Panel {
	spent := 0.0
	for _, s := range seats {
		spent += s.Usage().USD
	}
	return &reviewers.Panel{
		Providers:    p.limits,
		SeatDeadline: p.Config.Deadlines.Seat,
		Attempts:     p.Config.Attempts,
		Observe:      observe,
		Judge:        Rules{Engagement: p.Config.Engagement}.Judge,
		Store:        func(s reviewers.Seat) error { return p.keep(dir, s) },
		Halve:        func(s reviewers.Seat) ([]reviewers.Seat, error) { return p.halve(dir, s) },
		Budget:       p.Config.Budget.USD,
		Spent:        spent,
	}
}

// keep puts an answer on disk, first into the run, which counts, and then, when it
// is one to be used again, into the cache.
func (p *Prepared) keep(dir *Dir, s reviewers.Seat) error {
	out := Store(s)
	if err := dir.WriteAnswer(out.Answer, out.Text); err != nil {
		return err
	}
	if s.State == reviewers.Engaged && !s.Cached {
		p.cache.put(p.cacheKey(s.Member, s.Request), out)
	}
	return nil
}

func panelEntry(m *reviewers.Member) PanelEntry {
	return PanelEntry{Name: m.Name, Kind: m.Kind, Lineage: m.Lineage, Model: m.Model, Provider: m.Provider, Host: m.Host, Price: m.Price, Own: m.Own}
}

// CreateDir makes the directory of a new run: at path, or below .scrum/runs.
func (p *Prepared) CreateDir(path string) (*Dir, error) {
	d, err := CreateDir(p.Plan.Change.Dir, path, p.options.Now(), p.Plan.Change.Head)
	if err != nil && path != "" {
		return nil, &UsageError{Err: err}
	}
	return d, err
}
