package run

import (
	"context"
	"errors"

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
	requests, err := p.requests()
	if err != nil {
		return nil, err
	}
	m := p.manifest(dir)
	if err := errors.Join(dir.WritePlan(p.Plan, requests), dir.WriteManifest(m)); err != nil {
		return nil, err
	}
	seats := p.panel(dir, observe).Run(ctx, p.seats(requests))

	m.Run.Finished = p.options.Now()
	r, err := Judge(p.Plan, p.rows(seats), p.Config, m)
	if err != nil {
		return nil, err
	}
	m.State = "finished"
	if ctx.Err() != nil {
		m.State = "interrupted"
		err = reviewers.ErrInterrupted
	}
	m.Totals, m.Verdict = r.Totals, string(r.Verdict.Outcome)
	return r, errors.Join(dir.WriteReview(r), dir.WriteManifest(m), err)
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
	for _, b := range p.Plan.Bundles {
		m.Bundles = append(m.Bundles, entry(b))
	}
	return m
}

// seats is the coverage matrix before anything is known: every reviewer on every
// bundle.
func (p *Prepared) seats(requests []prompts.Request) []reviewers.Seat {
	var seats []reviewers.Seat
	for _, r := range requests {
		for _, m := range p.Panel {
			if s, ok := p.stored[seatKey{r.Bundle, m.Name}]; ok {
				seats = append(seats, s.seat(m, s.Text))
				continue
			}
			seats = append(seats, reviewers.Seat{Bundle: r.Bundle, Member: m, Request: r})
		}
	}
	return seats
}

func (p *Prepared) requests() ([]prompts.Request, error) {
	out := make([]prompts.Request, 0, len(p.Plan.Bundles))
	for _, b := range p.Plan.Bundles {
		r, err := p.Request(b)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (p *Prepared) panel(dir *Dir, observe func(reviewers.Event)) *reviewers.Panel {
	engagement := p.Config.Engagement
	return &reviewers.Panel{
		Providers:    p.limits,
		SeatDeadline: p.Config.Deadlines.Seat,
		Attempts:     p.Config.Attempts,
		Observe:      observe,
		Judge: func(req prompts.Request, m *reviewers.Member, r reviewers.Response) (reviewers.State, error) {
			state, reason := engagement.Judge(req.Paths, r, m.Kind)
			if reason == "" {
				return state, nil
			}
			return state, errors.New(reason)
		},
		Store: func(s reviewers.Seat) error { return dir.WriteAnswer(answer(s), s.Response.Text) },
	}
}

// rows are the seats as they are stored. One that was taken over keeps what was
// stored of it, its cost above all.
func (p *Prepared) rows(seats []reviewers.Seat) []StoredSeat {
	out := make([]StoredSeat, len(seats))
	for i, s := range seats {
		if before, ok := p.stored[seatKey{s.Bundle, s.Member.Name}]; ok {
			out[i] = before
			continue
		}
		out[i] = StoredSeat{Answer: answer(s), Text: s.Response.Text}
	}
	return out
}

func panelEntry(m *reviewers.Member) PanelEntry {
	return PanelEntry{Name: m.Name, Kind: m.Kind, Lineage: m.Lineage, Model: m.Model, Provider: m.Provider, Host: m.Host, Price: m.Price}
}

// CreateDir makes the directory of a new run: at path, or below .scrum/runs.
func (p *Prepared) CreateDir(path string) (*Dir, error) {
	d, err := CreateDir(p.Plan.Change.Dir, path, p.options.Now(), p.Plan.Change.Head)
	if err != nil && path != "" {
		return nil, &UsageError{Err: err}
	}
	return d, err
}
