package run

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"scrum/bundler"
	"scrum/prompts"
	"scrum/report"
	"scrum/reviewers"
	"scrum/secrets"
)

// mask finds the credentials of the change, and takes them out of all that is going
// to be sent: bundles when their requests are made, guidance now. Reports show the change
// without them even when the panel sends nothing.
func (p *Prepared) mask(ctx context.Context, set *settled) error {
	var err error
	if p.secrets, err = p.workspace.Secrets(ctx); err != nil {
		return err
	}
	if !slices.ContainsFunc(p.Panel, func(m *reviewers.Member) bool { return m.Kind != reviewers.Analyser }) {
		return nil
	}
	x, err := secrets.New(ctx)
	if err != nil {
		return err
	}
	p.guidance.Rules = slices.Clone(p.guidance.Rules) // which are the configuration's
	for _, list := range [][]*string{guides(p.guidance.Files), rules(p.guidance.Rules)} {
		for _, text := range list {
			masked, err := x.Text(ctx, "guidance", *text)
			if err != nil {
				return fmt.Errorf("looking for secrets in the guidance: %w", err)
			}
			*text = p.secrets.Text(masked)
		}
	}
	set.note(maskedNote(p.secrets.Secrets))
	return nil
}

func guides(all []prompts.Guide) []*string {
	var out []*string
	for i := range all {
		out = append(out, &all[i].Text)
	}
	return out
}

func rules(all []prompts.Rule) []*string {
	var out []*string
	for i := range all {
		out = append(out, &all[i].Text)
	}
	return out
}

// maskedNote tells what no model gets to see.
func maskedNote(all []secrets.Secret) string {
	if len(all) == 0 {
		return ""
	}
	const most = 5
	var where []string
	for _, s := range all[:min(most, len(all))] {
		where = append(where, fmt.Sprintf("%s:%d (%s)", prompts.Name(s.Path), s.First, s.Rule))
	}
	more := ""
	if n := len(all) - most; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("%s masked before anything is sent: %s%s", count(len(all), "credential"), strings.Join(where, ", "), more)
}

// shownDiff is the change as reports show it: what was packed, without its credentials.
func shownDiff(plan *bundler.Plan, found *secrets.Findings) []report.DiffFile {
	masked := make([]*bundler.Bundle, len(plan.Bundles))
	for i, b := range plan.Bundles {
		masked[i] = found.Mask(b)
	}
	return report.DiffOf(masked)
}

// storedDiff is shownDiff for a plan that was read back: its credentials are looked for again.
func storedDiff(ctx context.Context, plan *bundler.Plan) ([]report.DiffFile, error) {
	x, err := secrets.New(ctx)
	if err != nil {
		return nil, err
	}
	found, err := x.Scan(ctx, plan.Change)
	if err != nil {
		return nil, fmt.Errorf("looking for secrets in the stored change: %w", err)
	}
	return shownDiff(plan, found), nil
}

// maskedRequest makes the request of a bundle without its credentials.
func (p *Prepared) maskedRequest(b *bundler.Bundle) (prompts.Request, error) {
	masked, g := p.secrets.Mask(b), p.guidance
	if masked != b {
		g.Masked = secrets.Explanation
	}
	return p.templates.Build(masked, g)
}
