package run

import (
	"log/slog"
	"time"
)

// log is where the run tells what it does, for who wants to know.
func (o Options) log() *slog.Logger {
	if o.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Log
}

// since is how long a step has taken.
func since(begun time.Time) slog.Attr {
	return slog.Float64("took_s", time.Since(begun).Round(time.Millisecond).Seconds())
}

// logPlan tells what there is to review, once it is packed.
func (p *Prepared) logPlan(begun time.Time) {
	bytes := 0
	for _, b := range p.Plan.Bundles {
		bytes += b.Bytes
	}
	p.options.log().Debug("change read and packed", "files", len(p.Plan.Change.Files), "bundles", len(p.Plan.Bundles),
		"bytes", bytes, "left_out", len(p.Plan.LeftOut), since(begun))
}

// logPanel tells who will read it.
func (p *Prepared) logPanel(begun time.Time) {
	p.options.log().Debug("panel chosen, credentials masked", "reviewers", len(p.Panel), "notes", len(p.Notes), since(begun))
}

// logMatrix tells what is asked, and what is known already.
func (p *Prepared) logMatrix(m *matrix) {
	p.options.log().Debug("requests made", "bundles", len(m.requests), "seats", len(m.seats), "from_cache", m.cached(), "known", m.known())
}

// logWindows tells what local servers have said of the context of their models.
func (p *Prepared) logWindows(begun time.Time) {
	for _, m := range p.Panel {
		if m.Window > 0 {
			p.options.log().Debug("context of a model", "reviewer", m.Name, "tokens", m.Window)
		}
	}
	p.options.log().Debug("contexts asked for", since(begun))
}

// Known is how many of the seats have their answer already, from the cache or from
// the run that is gone on with.
func (p *Prepared) Known() int {
	m, err := p.matrix()
	if err != nil {
		return 0
	}
	return m.known()
}

func (m *matrix) known() int {
	n := 0
	for _, s := range m.seats {
		if s.State != "" {
			n++
		}
	}
	return n
}
