package tally

// How alike two texts must be, measured on recorded reviews (docs/tally.md): they
// share this much of their words, or somewhat less and half of their names. Of 211
// pairs by different models that lie within three lines of each other, nearly all
// distinct problems, 3 % are alike; of 1,314 pairs that speak of one known bug, 83 %.
// On one line the place is no evidence either: at what would join 96 % of the one-bug
// pairs, a third of the distinct problems of one line would be joined.
const (
	sameWords      = 0.35 // cosine
	sameNamesWords = 0.30 // cosine, where the names are the same
	sameNames      = 0.50 // jaccard

	// On one line, of texts where one has few words to share.
	telling    = 10   // words
	shortWords = 0.20 // cosine
	anything   = 1    // words; a text without any cannot show that it speaks of something else
)

// JoinRule names why two reports are one problem, or why they are not.
type JoinRule string

// The rules that join, and those that keep apart.
const (
	SameLine  JoinRule = "same-line" // they begin on one line, and their texts are alike
	TooShort  JoinRule = "too-short" // they begin on one line, and one is too short to tell, or shares enough for one so short
	Nearby    JoinRule = "nearby"    // their lines are within the gap, and their texts are alike
	SameFile  JoinRule = "same-file" // neither names a line, and their texts are alike
	Repeated  JoinRule = "repeated"  // one reviewer says the same of one line again
	Overlap   JoinRule = "overlap"   // one reviewer's reports whose lines overlap, and their texts are alike
	Elsewhere JoinRule = "elsewhere" // another file or another side: never one problem
	FarApart  JoinRule = "far-apart" // their lines are further apart than the gap
	Unlike    JoinRule = "unlike"    // the place fits, but the texts speak of different things
	NotExact  JoinRule = "not-exact" // exact matching takes one line only
	OneVoice  JoinRule = "one-voice" // one reviewer reports them as two
	FileLine  JoinRule = "file-line" // one names a line, the other the whole file
)

// tie is how two groups stand to each other.
type tie struct {
	score  float64 // likeness of the texts, 0…1, and 1 more on one line
	joined bool
	rule   JoinRule
}

// likeness of the texts, without what one line is worth in the order of joining.
func (t tie) likeness() float64 {
	if t.rule == SameLine || t.rule == TooShort {
		return t.score - 1
	}
	return t.score
}

func joinedBy(rule JoinRule, score float64, alike bool) tie {
	if !alike {
		rule = Unlike
	}
	return tie{score, alike, rule}
}

// tie tells whether two groups of one path and side may be one finding, how
// strongly and why.
func (o Options) tie(a, b *group) tie {
	own := a.items[0].reviewer == b.items[0].reviewer
	distance := gap(a.line, a.end, b.line, b.end)
	switch {
	case a.line == b.line && own:
		return tie{rule: OneVoice} // dedupe has found that they are two problems
	case (a.line == 0) != (b.line == 0):
		return tie{rule: FileLine}
	case a.line != b.line && o.Match == MatchExact:
		return tie{rule: NotExact}
	case a.line != b.line && distance > o.Gap:
		return tie{rule: FarApart}
	}
	score, alike := o.groupsAlike(a, b)
	switch {
	case a.line == 0: // a file is no place
		return joinedBy(SameFile, score, alike)
	case a.line == b.line && (short(a, telling) || short(b, telling)) && (score >= shortWords || short(a, anything) || short(b, anything)):
		return tie{1 + score, true, TooShort}
	case a.line == b.line:
		t := joinedBy(SameLine, score, alike)
		if t.joined {
			t.score++ // one line is joined before lines nearby
		}
		return t
	case own && a.items[0].report != b.items[0].report:
		// One reviewer's reports of different lines are different reports, unless
		// their lines overlap.
		if distance > 0 || min(a.end, b.end) < max(a.line, b.line) || a.items[0].tool {
			return tie{score, false, OneVoice}
		}
		return joinedBy(Overlap, score, alike)
	}
	return joinedBy(Nearby, score, alike)
}

// sameProblem compares two reports of one reviewer at one line. A tool repeats
// itself in the same words, so that other words are another problem.
func (o Options) sameProblem(a, b *item) bool {
	switch {
	case a.report == b.report, a.report.Title == b.report.Title && a.report.Why == b.report.Why:
		return true
	case a.tool:
		return a.report.Title == b.report.Title
	case len(a.words.words) < anything || len(b.words.words) < anything:
		return true // too short to tell
	}
	_, alike := o.alike(a.words, b.words)
	return alike
}

func short(g *group, words int) bool {
	for _, it := range g.items {
		if len(it.words.words) >= words {
			return false
		}
	}
	return true
}

// groupsAlike takes the two reports that are most alike.
func (o Options) groupsAlike(a, b *group) (score float64, yes bool) {
	const most = 8 // reports of one reviewer on one line
	for _, x := range a.items[:min(len(a.items), most)] {
		for _, y := range b.items[:min(len(b.items), most)] {
			s, alike := o.alike(x.words, y.words)
			score, yes = max(score, s), yes || alike
		}
	}
	return score, yes
}
