package tally

// Single is one finding of one reviewer by itself, for comparing two of them.
type Single struct {
	Path    string `json:"path"`
	Side    Side   `json:"side"`     // "" is the new side
	Line    int    `json:"line"`     // 0: the whole file
	EndLine int    `json:"end_line"` // 0: the line itself
	Text    string `json:"text"`
}

// Match is what a comparison comes to.
type Match struct {
	Joined bool     `json:"joined"`
	Score  float64  `json:"score"` // likeness of the texts, 0…1
	Rule   JoinRule `json:"rule"`
}

// Compare tells whether the findings of two different reviewers are one problem.
// It is the rule by which Count joins, on two findings alone: a cluster of more asks
// it of every pair, and keeps its span.
func (o Options) Compare(a, b Single) Match {
	a, b = a.normal(), b.normal()
	t := newTokenizer()
	g, h := a.group(t, "a"), b.group(t, "b")
	o = o.orDefault()
	score, _ := o.groupsAlike(g, h)
	m := Match{Score: score, Rule: Elsewhere}
	if a.Path == b.Path && a.Side == b.Side {
		tie := o.tie(g, h)
		m.Joined, m.Rule = tie.joined, tie.rule
	}
	return m
}

func (s Single) normal() Single {
	if s.Side == "" {
		s.Side = New
	}
	s.Line = max(0, s.Line)
	s.EndLine = max(s.Line, s.EndLine)
	return s
}

func (s Single) group(t tokenizer, reviewer string) *group {
	it := &item{reviewer: reviewer, report: &Reported{Why: s.Text}, at: location{path: s.Path, side: s.Side, line: s.Line, end: s.EndLine}, words: t.of(s.Text)}
	return &group{items: []*item{it}, line: s.Line, end: s.EndLine}
}
