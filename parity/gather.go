package parity

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"scrum/parity/cases"
	"scrum/parity/compare"
	"scrum/parity/exchange"
	"scrum/parity/jsonvalue"
)

// maxBody bounds what a report shows of one body.
const maxBody = 64 << 10

// keep writes the answers into the slot, with bodies where a reader needs them.
func (r *runner) keep(s *slot, sent *cases.Case, answers []*exchange.Answer) error {
	full := s.State != StateMatch || r.opt.KeepAll
	if full {
		s.Request = r.request(sent)
	}
	for t, a := range answers {
		out := Answer{Target: r.spec.Targets[t].Name, Status: a.Status, TookUS: a.Took.Microseconds(), Bytes: a.Body.Size(), Failure: a.Failure}
		out.Header = shown(a.Header, r.spec.Headers, r.opt.KeepAll)
		if full {
			body, err := r.body(a)
			if err != nil {
				return err
			}
			out.Body, out.SHA256 = body, a.Body.SHA256()
		}
		s.Answers = append(s.Answers, out)
	}
	return nil
}

func (r *runner) request(sent *cases.Case) *Request {
	out := &Request{Path: cases.MaskedPath(sent.Path), BodyBytes: len(sent.Body)}
	for _, h := range sent.Header {
		out.Header = append(out.Header, Field{h.Name, masked(h.Name, h.Value)})
	}
	if utf8.ValidString(sent.Body) {
		out.Body, _ = cut(sent.Body, maxBody)
	}
	return out
}

func masked(name, value string) string {
	if cases.Secret(name) {
		return cases.Mask
	}
	return value
}

// shown are the header fields that a report shows: those that are compared, or all.
func shown(h http.Header, compared []string, all bool) []Field {
	var out []Field
	for name, values := range h {
		isCompared := name == "Content-Type" || slices.ContainsFunc(compared, func(c string) bool { return strings.EqualFold(c, name) })
		if !all && !isCompared {
			continue
		}
		for _, v := range values {
			out = append(out, Field{name, masked(name, v)})
		}
	}
	slices.SortStableFunc(out, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// body makes a body fit to be shown: JSON indented, its numbers and names as they are.
func (r *runner) body(a *exchange.Answer) (*Body, error) {
	data, err := a.Body.Bytes(maxBody + 1)
	if err != nil {
		return nil, err
	}
	whole := a.Body.Size() == int64(len(data))
	out := &Body{Form: "text"}
	v, syntax := jsonvalue.Parse(data)
	switch {
	case whole && syntax == nil && (v.Kind == jsonvalue.Object || v.Kind == jsonvalue.Array):
		out.Form, out.Text = "JSON", v.Indent()
	case utf8.Valid(trimmed(data, whole)):
		out.Text = string(trimmed(data, whole))
	default:
		out.Form, out.Text = "bytes", base64.StdEncoding.EncodeToString(data[:min(len(data), 1<<10)])
		out.Cut = max(0, a.Body.Size()-1<<10)
		return out, nil
	}
	var left int
	out.Text, left = cut(out.Text, int(min(maxBody, max(0, r.budget.Add(-int64(min(len(out.Text), maxBody)))))))
	out.Cut = int64(left) + a.Body.Size() - int64(len(data))
	return out, nil
}

// trimmed leaves out a character that the cut went through.
func trimmed(data []byte, whole bool) []byte {
	for n := 0; !whole && n < utf8.UTFMax && len(data) > 0; n++ {
		if r, size := utf8.DecodeLastRune(data); r != utf8.RuneError || size != 1 {
			break
		}
		data = data[:len(data)-1]
	}
	return data
}

// cut keeps the beginning of a text, and says how many bytes it leaves out.
func cut(s string, most int) (kept string, left int) {
	if len(s) <= most {
		return s, 0
	}
	kept = string(trimmed([]byte(s[:most]), false))
	return kept, len(s) - len(kept)
}

// result puts the slots together.
func (r *runner) result(started time.Time, unreachable map[string]error) *Result {
	out := &Result{
		Schema: SchemaID, Started: started.UTC(), Finished: r.opt.Now().UTC(),
		ToolVersion: r.opt.ToolVersion, Commit: r.opt.Commit, Dirty: r.opt.Dirty,
		Cases: []Case{}, Divergences: []Divergence{}, Noise: []Noise{}, Rules: []Rule{}, UnusedRules: []Rule{}, Notes: append([]string{}, r.spec.Notes...),
	}
	for _, t := range r.spec.Targets {
		target := Target{Name: t.Name, Address: t.Address()}
		if err := unreachable[t.Name]; err != nil {
			target.Error = err.Error()
		}
		out.Targets = append(out.Targets, target)
	}
	for i := range r.slots {
		s := &r.slots[i]
		if s.Cause == "" && s.State == StateNotExecuted {
			s.Cause = whyNot(out.Targets)
		}
		out.Cases = append(out.Cases, s.Case)
		out.Noise = append(out.Noise, s.noise...)
	}
	out.Divergences = gather(out.Cases)
	out.rules(r.spec.Rules)
	out.count(r.requests)
	out.Verdict = out.decide()
	out.Complete()
	return out
}

func whyNot(targets []Target) string {
	for _, t := range targets {
		if t.Error != "" {
			return t.Error
		}
	}
	return "the run did not come to it"
}

// gather puts the differences of all cases together by their signatures, those with
// the most cases first.
func gather(list []Case) []Divergence {
	out := []Divergence{}
	index := map[string]int{}
	for _, c := range list {
		for _, cmp := range c.Comparisons {
			for k := range cmp.Differences {
				d, sig := &cmp.Differences[k], cmp.Divergences[k]
				i, known := index[sig]
				if !known {
					i = len(out)
					index[sig] = i
					out = append(out, newDivergence(sig, d, c.Name, cmp.Target))
				}
				out[i].note(d, c.Name, cmp.Target)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Divergence) int { return len(b.Cases) - len(a.Cases) })
	return out
}

func newDivergence(sig string, d *compare.Difference, name, target string) Divergence {
	return Divergence{
		Signature: sig, Class: d.Class, Layer: d.Layer, Path: d.Path, Types: d.Types, Within: []compare.Class{},
		Sample: Sample{Case: name, Target: target, At: d.At, Reference: d.Reference, Other: d.Other, Detail: d.Detail},
	}
}

func (v *Divergence) note(d *compare.Difference, name, target string) {
	v.Places += d.Count
	if n := len(v.Cases); n == 0 || v.Cases[n-1] != name { // cases come one after the other
		v.Cases = append(v.Cases, name)
	}
	v.Targets = including(v.Targets, target)
	for _, w := range d.Within {
		v.Within = including(v.Within, w)
	}
}

func including[T comparable](list []T, x T) []T {
	if slices.Contains(list, x) {
		return list
	}
	return append(list, x)
}

func (r *Result) rules(list compare.Rules) {
	for _, rule := range list {
		do := string(rule.Do)
		if rule.Do == compare.Keyed {
			do += "(" + rule.Key.String() + ")"
		}
		shown := Rule{Path: rule.Path.String(), Do: do, Value: rule.Value, Reason: rule.Reason, Cases: append([]string{}, rule.Cases...), Line: rule.Line, Used: rule.Used()}
		r.Rules = append(r.Rules, shown)
		if !shown.Used {
			r.UnusedRules = append(r.UnusedRules, shown)
		}
	}
}

func (r *Result) count(requests int) {
	t := Totals{Cases: len(r.Cases), Requests: requests, Divergences: len(r.Divergences), WallMS: r.Finished.Sub(r.Started).Milliseconds()}
	for _, c := range r.Cases {
		switch c.State {
		case StateMatch:
			t.Match++
		case StateDiff:
			t.Diff++
		case StateNotCompared:
			t.NotCompared++
		default:
			t.NotExecuted++
		}
	}
	t.Executed = t.Cases - t.NotExecuted
	r.Totals = t
}

// decide says what the run comes to. The first that holds decides.
func (r *Result) decide() Verdict {
	t := r.Totals
	for _, target := range r.Targets {
		if target.Error != "" {
			return Verdict{OutcomeInconclusive, target.Error, 4}
		}
	}
	switch {
	case t.Executed == 0:
		return Verdict{OutcomeNothing, "no case was executed", 2}
	case t.Diff > 0:
		return Verdict{OutcomeDiverged, plural(t.Divergences, "divergence class", "divergence classes") + ", " + plural(t.Diff, "case", "cases"), 1}
	case t.NotCompared > 0:
		return Verdict{OutcomeInconclusive, plural(t.NotCompared, "case", "cases") + " could not be compared", 4}
	case t.NotExecuted > 0:
		return Verdict{OutcomeInconclusive, plural(t.NotExecuted, "case", "cases") + " could not be executed", 4}
	}
	return Verdict{OutcomeMatch, fmt.Sprintf("all %s match", plural(t.Match, "case", "cases")), 0}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// Complete makes lists that are empty of those that are missing: the document has no
// null.
func (r *Result) Complete() {
	for i := range r.Cases {
		c := &r.Cases[i]
		if c.Request != nil {
			c.Request.Header = orEmpty(c.Request.Header)
		}
		c.Answers, c.Comparisons, c.Divergences = orEmpty(c.Answers), orEmpty(c.Comparisons), orEmpty(c.Divergences)
		for k := range c.Comparisons {
			cmp := &c.Comparisons[k]
			cmp.Divergences, cmp.Differences = orEmpty(cmp.Divergences), orEmpty(cmp.Differences)
			if cmp.Layers == nil {
				cmp.Layers = map[compare.Layer]compare.State{}
			}
		}
	}
	for i := range r.Noise {
		r.Noise[i].Targets = orEmpty(r.Noise[i].Targets)
	}
	for _, rules := range [][]Rule{r.Rules, r.UnusedRules} {
		for i := range rules {
			rules[i].Cases = orEmpty(rules[i].Cases)
		}
	}
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
