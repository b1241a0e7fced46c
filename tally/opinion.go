package tally

import (
	"encoding/json"
	"slices"
	"strings"
)

// Opinion is what another lineage says of a finding that was put to it.
type Opinion string

// The opinions. None means that the answer held none.
const (
	Confirms Opinion = "confirm"
	Refutes  Opinion = "refute"
	Unsure   Opinion = "unsure"
	None     Opinion = ""
)

// Examined is one lineage's opinion of a finding.
type Examined struct {
	Reviewer string  `json:"reviewer"`
	Lineage  string  `json:"lineage"` // of the model that answered
	Opinion  Opinion `json:"opinion"`
	Reason   string  `json:"reason"` // in the examiner's words, or why there is no opinion
}

// ParseOpinion reads the answer to a cross-examination: a VERDICT line and a REASON, or
// both as JSON. None, when it holds no verdict. An answer that contradicts itself, or
// that gives a verdict and no reason, is unsure, whatever it says.
func ParseOpinion(text string) (Opinion, string) {
	text = withoutReasoning(text)
	if o, reason, ok := jsonOpinion(text); ok {
		return reasoned(o, reason)
	}
	var said []Opinion
	var reason []string
	fenced := false
	for _, l := range splitLines(text) {
		if _, ok := readFence(l); ok {
			fenced = !fenced
			continue
		}
		if fenced || l.quoted || l.text == "" {
			continue
		}
		o, rest, ok := opinionLine(l.text)
		if ok {
			said = append(said, o)
		} else {
			rest = withoutLabel(l.text, "reason", "why", "because", "explanation")
		}
		if rest != "" {
			reason = append(reason, rest)
		}
	}
	slices.Sort(said)
	switch said = slices.Compact(said); len(said) {
	case 0:
		return None, strings.Join(reason, " ")
	case 1:
		return reasoned(said[0], strings.Join(reason, " "))
	}
	return Unsure, "the answer contradicts itself: " + strings.Join(reason, " ")
}

func reasoned(o Opinion, reason string) (Opinion, string) {
	reason = shortened(strings.TrimSpace(reason), longestText)
	if reason == "" && o != None {
		return Unsure, "the answer gives no reason"
	}
	return o, reason
}

// withoutReasoning drops a thinking block in front of the answer.
func withoutReasoning(text string) string {
	for _, tag := range []string{"</think>", "</thinking>", "</reasoning>", "</thought>"} {
		if i := strings.LastIndex(text, tag); i >= 0 {
			return text[i+len(tag):]
		}
	}
	return text
}

func jsonOpinion(text string) (Opinion, string, bool) {
	start := strings.IndexByte(text, '{')
	if start < 0 || strings.Trim(strings.TrimPrefix(strings.TrimSpace(text[:start]), "```json"), "` \n") != "" {
		return None, "", false
	}
	var v struct{ Verdict, Opinion, Answer, Reason, Why string }
	if json.NewDecoder(strings.NewReader(text[start:])).Decode(&v) != nil {
		return None, "", false
	}
	for _, word := range []string{v.Verdict, v.Opinion, v.Answer} {
		if o, ok := opinionOf(word); ok {
			return o, v.Reason + v.Why, true
		}
	}
	return None, "", false
}

// opinionLine reads "VERDICT: CONFIRM — reason", "**REFUTE**", "UNSURE: reason".
func opinionLine(s string) (o Opinion, rest string, ok bool) {
	labelled := withoutLabel(s, "verdict", "opinion", "answer", "decision")
	word := strings.TrimLeft(labelled, " *_`#[(")
	end := wordEnd(word)
	o, ok = opinionOf(word[:end])
	if !ok || labelled == s && word[:end] != strings.ToUpper(word[:end]) {
		return None, "", false // "Confirm that …" is a sentence
	}
	return o, withoutLabel(strings.TrimLeft(word[end:], " *_`])—–-:.,"), "reason", "because"), true
}

// withoutLabel drops one of the labels with its colon from the beginning of s.
func withoutLabel(s string, labels ...string) string {
	t := strings.TrimLeft(s, " *_`#")
	for _, l := range labels {
		if len(t) > len(l) && strings.EqualFold(t[:len(l)], l) {
			if rest := strings.TrimLeft(t[len(l):], " *_`"); strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "—") {
				return strings.TrimLeft(rest, " *_`:—")
			}
		}
	}
	return s
}

func opinionOf(word string) (Opinion, bool) {
	switch strings.ToUpper(strings.TrimSpace(word)) {
	case "CONFIRM", "CONFIRMED", "CONFIRMS":
		return Confirms, true
	case "REFUTE", "REFUTED", "REFUTES":
		return Refutes, true
	case "UNSURE", "UNCERTAIN", "UNCLEAR":
		return Unsure, true
	}
	return None, false
}

// Examinable tells that a finding may be put to other lineages: it is open, at a place
// of the diff, and of one lineage only.
func (f Finding) Examinable() bool {
	return f.Gates() && f.Convergence == 1
}

// Unanswered tells that the finding was put to other lineages, and none of them gave an
// opinion.
func (f Finding) Unanswered() bool {
	return len(f.Examined) > 0 && !slices.ContainsFunc(f.Examined, func(e Examined) bool { return e.Opinion != None })
}

// Authors are the lineages that have reported the finding, also those that took it back.
func (f Finding) Authors() []string {
	out := slices.Clone(f.Lineages)
	for _, s := range f.Sources {
		out = append(out, s.Lineage)
	}
	return distinct(out)
}

// Examine takes in opinions, by the id of the finding, and counts again. Convergence
// stays what was reported independently; who confirms a finding stands beside it. A
// finding that nobody confirms, and that more than half of those who answered refute,
// is refuted: disputed, shown, and not open. An opinion of a lineage that has reported
// the finding counts for nothing, and a lineage has one voice: its refusal weighs more
// than its consent.
func (r *Result) Examine(opinions map[string][]Examined) {
	for i := range r.Findings {
		f := &r.Findings[i]
		if !f.Examinable() {
			continue
		}
		f.examine(opinions[f.ID])
	}
	*r = r.recounted()
}

func (f *Finding) examine(all []Examined) {
	authors := f.Authors()
	voices := map[string]Opinion{}
	for _, e := range all {
		if slices.Contains(authors, e.Lineage) {
			e.Opinion, e.Reason = None, "its answer came from the lineage of the author"
		}
		f.Examined = append(f.Examined, e)
		if before, spoken := voices[e.Lineage]; e.Opinion != None && (!spoken || e.Opinion.weight() > before.weight()) {
			voices[e.Lineage] = e.Opinion
		}
	}
	slices.SortStableFunc(f.Examined, func(a, b Examined) int {
		return strings.Compare(a.Lineage+"\x00"+a.Reviewer, b.Lineage+"\x00"+b.Reviewer)
	})
	refuted := 0
	for lineage, o := range voices {
		switch o {
		case Confirms:
			f.ConfirmedBy = append(f.ConfirmedBy, lineage)
		case Refutes:
			refuted++
		}
	}
	f.ConfirmedBy = distinct(f.ConfirmedBy)
	if len(f.ConfirmedBy) == 0 && 2*refuted > len(voices) {
		f.State = Refuted
	}
}

// weight orders what several models of one lineage say.
func (o Opinion) weight() int {
	switch o {
	case Refutes:
		return 2
	case Unsure:
		return 1
	}
	return 0
}
