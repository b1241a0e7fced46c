package run

import (
	"strings"

	"scrum/bundler"
	"scrum/reviewers"
)

// halve makes the two seats that a seat is tried again with, none when its bundle
// has been halved as often as the configuration allows, or is a single line.
func (p *Prepared) halve(dir *Dir, s reviewers.Seat) ([]reviewers.Seat, error) {
	b := p.bundle(s.Bundle)
	if b == nil {
		return nil, nil
	}
	who := s.Member
	if s.Used != nil {
		who = s.Used
	}
	var out []reviewers.Seat
	for _, h := range p.halvesOf(b) {
		r, err := p.Request(h)
		if err != nil {
			return nil, err
		}
		if err := dir.WriteBundle(h, r); err != nil {
			return nil, err
		}
		out = append(out, p.seat(who, r))
	}
	return out, nil
}

// halvesOf are the halves of a bundle, down to the depth that is allowed. The
// names tell the depth: c1, c1.2, c1.2.1.
func (p *Prepared) halvesOf(b *bundler.Bundle) []*bundler.Bundle {
	if strings.Count(b.ID, ".") >= p.Config.Halvings {
		return nil
	}
	return b.Halves()
}

// bundle finds a bundle of the plan, or the half of one, by its name.
func (p *Prepared) bundle(id string) *bundler.Bundle {
	whole, _, _ := strings.Cut(id, ".")
	for _, b := range p.Plan.Bundles {
		if b.ID == whole {
			return part(b, id)
		}
	}
	return nil
}

func part(b *bundler.Bundle, id string) *bundler.Bundle {
	if b.ID == id {
		return b
	}
	for _, h := range b.Halves() {
		if id == h.ID || strings.HasPrefix(id, h.ID+".") {
			return part(h, id)
		}
	}
	return nil
}
