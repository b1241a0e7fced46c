package ledger

import (
	"fmt"
	"slices"
	"strings"
)

// SignatureRequest asks for gaps of the phases smoke and parity to be accepted.
type SignatureRequest struct {
	Phase    Phase    // "" when only entries are named
	Names    []string // signatures, or ids of entries that scrum assess has recorded
	Decision Decision
}

// AcceptSignatures writes the decision into a ledger's text: for all names or for none.
// What was recorded, and what has expired, is replaced by an entry of the same id. Bare
// are the signatures of which no run has recorded anything.
func AcceptSignatures(name string, data []byte, r SignatureRequest) (out []byte, gaps []Gap, bare []string, err error) {
	l, err := Parse(name, data)
	if err != nil {
		return nil, nil, nil, err
	}
	var replaced []string
	for _, n := range r.Names {
		g, old, err := r.entry(l, n)
		if err != nil {
			return nil, nil, nil, err
		}
		if slices.ContainsFunc(gaps, func(other Gap) bool { return other.ID == g.ID }) {
			return nil, nil, nil, fmt.Errorf("%s is named twice", clip(n))
		}
		if old == nil {
			bare = append(bare, n)
		} else {
			replaced = append(replaced, old.ID)
		}
		gaps = append(gaps, g)
	}
	out = data
	if len(replaced) > 0 {
		if out, err = Remove(name, out, replaced...); err != nil {
			return nil, nil, nil, err
		}
	}
	out, err = Append(name, out, gaps...)
	return out, gaps, bare, err
}

// entry is the accepted entry of a name, and the one that it takes the place of.
func (r SignatureRequest) entry(l *Ledger, name string) (g Gap, old *Gap, err error) {
	if old = l.Find(name); old == nil {
		old = l.signature(r.Phase, name)
	}
	switch {
	case old == nil && idForm.MatchString(name) && r.Phase == "":
		return Gap{}, nil, unknownGap(l.Name, name, l.Gaps)
	case old == nil && !IsSignature(name):
		return Gap{}, nil, fmt.Errorf("%q is no signature; scrum assess shows those of a run", clip(name))
	case old == nil:
		g = Gap{ID: signatureID(r.Phase, name), Phase: r.Phase, Side: "new", Fingerprint: name}
	case old.Phase == Review:
		return Gap{}, nil, fmt.Errorf("%s is a finding of a review: accept it with scrum gaps accept %s --run RUN", old.ID, old.Finding)
	case r.Phase != "" && old.Phase != r.Phase:
		return Gap{}, nil, fmt.Errorf("%s is of the phase %s, not %s", old.ID, old.Phase, r.Phase)
	case old.Fingerprint == "":
		return Gap{}, nil, fmt.Errorf("%s has no fingerprint, so that nothing could be known by it; name a signature", old.ID)
	case old.As != "" && !old.Expired(r.Decision.Today):
		return Gap{}, nil, fmt.Errorf("%s (%s) is accepted already, as %s until %s; to change that, remove it first with scrum gaps remove %s", old.Fingerprint, old.ID, old.As, old.Expires, old.ID)
	default:
		g = *old
	}
	d := r.Decision
	g.As, g.Reason, g.Owner, g.Accepted, g.Expires = d.As, strings.TrimSpace(d.Reason), d.Owner, d.Today, d.Expires
	return g, old, nil
}

// signature finds the entry of a signature, those that were accepted first.
func (l *Ledger) signature(p Phase, signature string) *Gap {
	return l.entryOf(&Occurrence{Phase: p, Signature: signature})
}
