package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"scrum/ledger"
	"scrum/tally"
)

// listed is a finding as formats for other programs list it.
type listed struct {
	tally.Finding
	rule     string
	identity string // the same in the next run, while the code is the same
	closes   bool   // it is one of those that keep the gate closed
}

// listed are all findings: what closes the gate first, then what is open, then what
// does not count.
func (r *Review) listed() []listed {
	findings := inOrder(r.Findings)
	ids := identities(findings)
	out := make([]listed, len(findings))
	for i, f := range findings {
		out[i] = listed{f, ruleOf(f), ids[i], r.closes(f)}
	}
	slices.SortStableFunc(out, func(a, b listed) int { return cmp.Compare(a.group(), b.group()) })
	return out
}

// open are the findings that count, and those that would if the diff had their place.
func (r *Review) open() []listed {
	return slices.DeleteFunc(r.listed(), func(l listed) bool { return l.State != tally.Open })
}

// setAside are the findings that do not count: retracted, refuted or known.
func (r *Review) setAside() []listed {
	return slices.DeleteFunc(r.listed(), func(l listed) bool { return l.State == tally.Open })
}

func (l listed) group() int {
	aside, apart := asideOf(l.Finding)
	switch {
	case l.closes:
		return 0
	case !apart:
		return 1
	case l.State == tally.Open:
		return 2
	}
	return 3 + aside
}

// closes tells whether a finding keeps the gate closed. A policy may close it for other
// reasons; then no finding is said to.
func (r *Review) closes(f tally.Finding) bool {
	return r.Verdict.Outcome == tally.Blocked && f.Gates() && f.Severity == tally.Block && (convergent(f) || len(f.ConfirmedBy) > 0)
}

const toolLineage = "tool:"

var notInRules = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// ruleOf names the kind of a finding: the analyser that reports it, else its severity.
// Reviewers name no kinds, and words of theirs would differ from run to run.
func ruleOf(f tally.Finding) string {
	if len(f.Lineages) == 1 && strings.HasPrefix(f.Lineages[0], toolLineage) {
		name := strings.Trim(notInRules.ReplaceAllString(strings.TrimPrefix(f.Lineages[0], toolLineage), "-"), "-")
		return "scrum/tool/" + cmp.Or(name, "unnamed")
	}
	return "scrum/" + severityName(f.Severity)
}

func severityName(s tally.Severity) string {
	if rank(s) < 0 {
		return "info"
	}
	return strings.ToLower(string(s))
}

// identities name findings by their rule, their file and the code at their place. Lines
// may move, and reviewers may find other words. Those that are alike in all of it are
// numbered in the order of their lines.
func identities(findings []tally.Finding) []string {
	order := make([]int, len(findings))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		f, g := findings[a], findings[b]
		return cmp.Or(cmp.Compare(f.Line, g.Line), cmp.Compare(f.EndLine, g.EndLine), cmp.Compare(f.Title, g.Title), cmp.Compare(f.Why, g.Why))
	})
	out := make([]string, len(findings))
	seen := map[string]int{}
	for _, i := range order {
		f := findings[i]
		sum := sha256.Sum256([]byte(strings.Join([]string{ruleOf(f), f.Path, string(f.Side), codeOf(f)}, "\x00")))
		name := hex.EncodeToString(sum[:16])
		seen[name]++
		out[i] = fmt.Sprintf("%s:%d", name, seen[name])
	}
	return out
}

// codeOf is what a finding is known by. Where the diff shows no code at its place, that
// is what it says.
func codeOf(f tally.Finding) string {
	fp, err := ledger.ParseFingerprint(f.Fingerprint)
	switch {
	case f.Anchor == tally.Whole:
		return "file" // not all that the change does to it, which every edit changes
	case err != nil:
		return "text " + phrase(f.Title)
	}
	return "code " + fp.Code
}

// path is where programs are to show it, relative to the root of the work tree.
func (r *Review) path(f tally.Finding) string {
	if p := relative(f.Path); p != "" {
		return p
	}
	for _, b := range r.Bundles {
		if b.ID == f.Bundle && len(b.Files) > 0 {
			return relative(b.Files[0])
		}
	}
	return r.anyPath()
}

// anyPath is a file of the change for what speaks of all of it: one that no quorum has
// read, if there is one. Programs drop what has no place.
func (r *Review) anyPath() string {
	for _, covered := range []bool{false, true} {
		for _, b := range r.Bundles {
			if b.Covered == covered && len(b.Files) > 0 && relative(b.Files[0]) != "" {
				return relative(b.Files[0])
			}
		}
	}
	for _, l := range r.LeftOut {
		if p := relative(l.Path); p != "" {
			return p
		}
	}
	return "."
}

// relative is a path below the root, whatever a reviewer has written; "" when nothing
// is left of it.
func relative(path string) string {
	var kept []string
	for part := range strings.SplitSeq(strings.ToValidUTF8(path, "\uFFFD"), "/") {
		if part != "" && part != "." && part != ".." {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "/")
}

// lines are those of the new side, as hosts show them; 0 when there are none: the
// finding is on the whole file, or on lines that the change deletes.
func (l listed) lines() (first, last int) {
	if l.Line <= 0 || l.Side == tally.Old {
		return 0, 0
	}
	return l.Line, max(l.Line, l.EndLine)
}

// apart says why a finding does not count; "" when it does.
func (l listed) apart() string {
	switch l.State {
	case tally.Retracted:
		why := ""
		for _, s := range l.Sources {
			if s.Retracted != "" {
				why = ": " + phrase(s.Retracted)
				break
			}
		}
		return "taken back by " + reviewerNames(l.Finding) + why
	case tally.Refuted:
		return strings.Join(append([]string{"refuted by other lineages"}, opinionLines(l.Finding)...), "; ")
	case tally.Known:
		return cmp.Or(knownAs(l.Finding), "accepted")
	}
	return ""
}

// place tells what a program's own place for the finding cannot: a deleted line, or a
// place that the diff does not have.
func (l listed) place() string {
	if l.Side == tally.Old && l.Line > 0 || l.Anchor == tally.Unknown || l.Anchor == tally.Outside {
		return "at " + where(l.Finding)
	}
	return ""
}

// plain is all that is said of a finding, without markup.
func (l listed) plain() string {
	about := slices.DeleteFunc([]string{l.place(), remark(l.Finding)}, func(s string) bool { return s == "" })
	parts := []string{titleOf(l.Finding), string(l.Severity) + ", " + strings.Join(append([]string{signed(l.Finding)}, about...), "; ")}
	if why := bounded(l.Why); why != "" {
		parts = append(parts, why)
	}
	if fix := bounded(l.Fix); fix != "" {
		parts = append(parts, "Fix: "+fix)
	}
	if more := append(others(l.Finding), opinionLines(l.Finding)...); len(more) > 0 {
		parts = append(parts, strings.Join(more, "\n"))
	}
	return strings.Join(parts, "\n\n")
}

// bounded is a stranger's text, cut where it is too long.
func bounded(text string) string {
	text = strings.TrimSpace(Sanitise(text))
	if len(text) <= maxText {
		return text
	}
	kept := strings.ToValidUTF8(text[:maxText], "")
	return fmt.Sprintf("%s\n[%d more bytes in findings.json]", kept, len(text)-len(kept))
}
