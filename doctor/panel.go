package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"scrum/prompts"
	"scrum/reviewers"
	"scrum/reviewers/lineage"
	"scrum/run"
)

// panel looks at who would review.
func panel(o Options, c *run.Configured) []Check {
	lineages := map[string]bool{}
	var out []Check
	models := 0
	for _, m := range c.Panel {
		if m.Kind == reviewers.Analyser {
			continue
		}
		models++
		lineages[m.Lineage] = true
		k := Check{Group: "panel", Name: m.Name, State: OK, Saw: fmt.Sprintf("%s, lineage %s", member(m), m.Lineage)}
		if m.Lineage == lineage.Unknown {
			k.State, k.Fix = Warn, "set lineage for it: all unknown ones together count as one"
		}
		if m.Kind == reviewers.Command {
			k = command(o, c, m, k)
		}
		out = append(out, k)
	}
	for _, u := range c.Unmade {
		out = append(out, Check{Group: "panel", Name: u.Name, State: Fail, Saw: u.Err.Error(), Fix: "do that, or take the reviewer out of the panel"})
	}
	return append(out, quorum(c, models, len(lineages)))
}

func command(o Options, c *run.Configured, m *reviewers.Member, k Check) Check {
	for _, r := range c.Config.Reviewers {
		if r.Name != m.Name {
			continue
		}
		argv := r.Run
		if len(argv) == 0 {
			if a, err := reviewers.AgentNamed(r.Agent); err == nil {
				argv = a.Run
			}
		}
		if len(argv) == 0 {
			continue
		}
		if _, err := o.LookPath(argv[0]); err != nil {
			k.State, k.Saw, k.Fix, k.Elsewhere = Fail, argv[0]+" is not on PATH", "install it, or take the reviewer out of the panel", true
		}
	}
	return k
}

func quorum(c *run.Configured, models, lineages int) Check {
	k := Check{Group: "panel", Name: "lineages", State: OK, Saw: fmt.Sprintf("%d lineages of models; %d must read each bundle", lineages, min(max(lineages, 1), max(c.Config.Engagement.Quorum, 1)))}
	switch {
	case models == 0 && len(c.Unmade) > 0:
		k.State, k.Saw = Skipped, "none of the models can be asked"
	case models == 0:
		k.State, k.Saw = Warn, "no model reads the changes: the analysers review alone"
		k.Fix = "export a key (OPENROUTER_API_KEY alone gives three lineages) or start a local server, then scrum init --force"
	case lineages < 2:
		k.State, k.Saw, k.Fix = Warn, "one lineage only: nothing can converge", "add a reviewer of another family (docs/recipes.md)"
	}
	return k
}

// providers looks at every provider of the panel, all at the same time.
func providers(ctx context.Context, o Options, c *run.Configured) []Check {
	type job struct {
		provider reviewers.Provider
		members  []*reviewers.Member
	}
	var jobs []*job
	at := map[string]*job{}
	for _, m := range c.Panel {
		p, ok := c.Provider(m)
		if !ok {
			continue
		}
		if at[p.Name] == nil {
			at[p.Name] = &job{provider: p}
			jobs = append(jobs, at[p.Name])
		}
		at[p.Name].members = append(at[p.Name].members, m)
	}
	found := make([][]Check, len(jobs))
	var wg sync.WaitGroup
	for i, j := range jobs {
		wg.Go(func() { found[i] = provider(ctx, o, j.provider, j.members) })
	}
	wg.Wait()
	var out []Check
	for _, f := range found {
		out = append(out, f...)
	}
	return out
}

// patience is how long a provider has for its list, and for a small question.
const (
	patience    = 10 * time.Second
	askPatience = 60 * time.Second
	slow        = 3 * time.Second
	clockSkew   = time.Minute
)

func provider(ctx context.Context, o Options, p reviewers.Provider, members []*reviewers.Member) []Check {
	group := fmt.Sprintf("%s (%s)", p.Name, p.Host())
	listing, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	l, err := p.List(listing, o.Client)
	reach := Check{Group: group, Name: "endpoint", State: OK, Saw: fmt.Sprintf("answers in %s", l.Latency.Round(time.Millisecond))}
	if err != nil {
		reach.State, reach.Saw, reach.Fix, reach.Elsewhere = Fail, err.Error(), "see above", true
		var e *reviewers.Error
		if errors.As(err, &e) {
			reach.Saw, reach.Fix = strings.TrimSuffix(err.Error(), "; "+e.Advice), e.Advice
			reach.Elsewhere = e.Status != 401 && e.Status != 403
		}
		return []Check{reach}
	}
	if l.Latency > slow {
		reach.State, reach.Fix = Warn, "expect slow reviews, or find out what is between here and there"
	}
	out := []Check{reach, clock(group, l, time.Now())}
	for _, m := range members {
		out = append(out, listed(group, l, m))
		if o.Ask {
			out = append(out, ask(ctx, group, m)...)
		}
	}
	return out
}

// clock compares this machine's with the server's: Retry-After dates and signatures go by it.
func clock(group string, l reviewers.Listing, now time.Time) Check {
	k := Check{Group: group, Name: "clock", State: OK}
	if l.Clock.IsZero() {
		k.State, k.Saw = Skipped, "the server does not tell the time"
		return k
	}
	skew := now.Sub(l.Clock).Round(time.Second)
	k.Saw = fmt.Sprintf("differs by %s from the server's", skew.Abs())
	if skew.Abs() > clockSkew {
		k.State, k.Fix = Warn, "set this machine's clock (timedatectl set-ntp true)"
	}
	return k
}

func listed(group string, l reviewers.Listing, m *reviewers.Member) Check {
	k := Check{Group: group, Name: m.Name, State: OK, Saw: m.Model + " is there"}
	switch {
	case len(l.Models) == 0:
		k.State, k.Saw = Skipped, "the provider has no list of models; scrum doctor --ask asks "+m.Model+" itself"
	case !l.Has(m.Model):
		k.State, k.Saw = Fail, fmt.Sprintf("%s is not among its %d models", m.Model, len(l.Models))
		k.Fix = "correct model"
		if near := nearest(m.Model, l.Models); near != "" {
			k.Fix += "; did you mean " + near + "?"
		} else if len(l.Models) <= fewModels {
			k.Fix += "; there are: " + strings.Join(l.Models, ", ")
		}
	}
	return k
}

// fewModels fit into a line.
const fewModels = 8

// nearest is a listed model whose name has the longest beginning in common.
func nearest(model string, all []string) string {
	best, most := "", 4
	for _, m := range all {
		n := 0
		for n < len(m) && n < len(model) && m[n] == model[n] {
			n++
		}
		if n > most {
			best, most = m, n
		}
	}
	return best
}

// question is all that --ask sends.
const question = "This is a test of a connection. Answer with these two lines and nothing else:\nCOVERED: connection.txt\nNO FINDINGS"

// ask sends one small question and looks at how the answer comes.
func ask(ctx context.Context, group string, m *reviewers.Member) []Check {
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	steps := 0
	begun := time.Now()
	r, err := m.Reviewer.Review(ctx, prompts.Request{Bundle: "c1", System: "You test connections.", User: question, Paths: []string{"connection.txt"}}, func(int) { steps++ })
	k := Check{Group: group, Name: m.Name + " answers", State: OK, Saw: fmt.Sprintf("%d tokens in %s, the first after %s", r.CompletionTokens, time.Since(begun).Round(10*time.Millisecond), r.FirstToken.Round(10*time.Millisecond))}
	if err != nil {
		k.State, k.Saw, k.Elsewhere = Fail, err.Error(), true
		var e *reviewers.Error
		if errors.As(err, &e) {
			k.Saw, k.Fix = strings.TrimSuffix(err.Error(), "; "+e.Advice), e.Advice
		}
		return []Check{k}
	}
	return []Check{k, streams(group, m, steps), contract(group, m, r), substituted(group, m, r)}
}

func streams(group string, m *reviewers.Member, steps int) Check {
	k := Check{Group: group, Name: m.Name + " streams", State: OK, Saw: fmt.Sprintf("the answer came in %d pieces", steps)}
	if steps < 2 {
		k.State, k.Saw = Warn, "the answer came in one piece"
		k.Fix = "a long answer may hit the deadline for its first token: raise deadlines.first_token, or find the proxy that buffers"
	}
	return k
}

func contract(group string, m *reviewers.Member, r reviewers.Response) Check {
	k := Check{Group: group, Name: m.Name + " keeps the form", State: OK, Saw: "the answer has the form that was asked for"}
	if !strings.Contains(r.Text, "COVERED") && !strings.Contains(r.Text, "covered") {
		k.State, k.Saw = Warn, "the answer has no COVERED line"
		k.Fix = "try structured: true for this reviewer, or a larger model"
	}
	return k
}

func substituted(group string, m *reviewers.Member, r reviewers.Response) Check {
	k := Check{Group: group, Name: m.Name + " is itself", State: OK, Saw: "answered by " + r.Model}
	switch {
	case r.Model == "":
		k.State, k.Saw = Skipped, "the server does not say which model has answered"
	case !lineage.SameModel(m.Model, r.Model):
		k.State, k.Saw = Warn, fmt.Sprintf("asked for %s, but %s answered: it would count as the lineage of that one", m.Model, r.Model)
		k.Fix = "name a model that is served, with fallbacks of your own choice"
	}
	return k
}
