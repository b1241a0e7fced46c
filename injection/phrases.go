package injection

import "strings"

// fillers are words that may stand between the words of a phrase where it has a
// "~". The list is closed: "ignore the value of previous instructions" is about
// something else.
const fillers = `a about absolutely again all also an and any are as be been before both but by can completely contained
each earlier else entirely every everything exactly existing explicit following for from fully further general given
have here hereby i if immediately in is it its just kindly may me merge must my new no now of old on only or original other
our out over please possible prior provided pull received rest review safety said same security set should simply so some
specific standard such system task that the them then there these they this those to under upon us was we were what
whatever which will with would you your yours`

// phrase is a way to say a thing.
type phrase struct {
	kind  Kind
	words string // steps: alternatives with "|" between them; "~" before a step lets fillers stand before it, "^" begins a sentence
}

// phrases are what instructions are made of. A phrase here must be one that
// hardly any code says for its own reasons; docs/hostile.md has the figures.
func phrases() []phrase {
	const (
		ignore = "ignore|ignoring|disregard|disregarding|forget|neglect"
		bypass = "override|overriding|bypass|violate|abandon|drop"
		given  = "previous|prior|preceding|above|earlier|foregoing|initial|former|your"
		orders = "instructions|instruction|prompts|prompt|directives|directive|guidelines|guidance|orders|commands|programming"
		reply  = "reply|respond|answer|replying|responding|answering"
		clean  = "lgtm|approved|approve|approval|ship"
		issues = "issues|issue|findings|finding|problems|problem|bugs|bug|vulnerabilities|vulnerability|concerns|concern|defects|defect|warnings|errors"
		model  = "ai|llm|llms|chatbot|gpt|chatgpt|claude|gemini|copilot"
		pull   = "pr|mr"
	)
	return []phrase{
		{Override, ignore + " ~" + given + " ~" + orders},
		{Override, bypass + " ~" + given + " ~instructions|instruction|directives|guidelines"},
		{Override, ignore + " ~instructions|prompt|guidelines ~above|before|earlier|previously|you"},
		{Override, ignore + " ~everything|anything|all ~above|before|earlier|previously you|said|told"},
		{Override, "forget|disregard ~everything|anything|what ~you|above ~been|were|was|know|learned|read|have|said"},
		{Override, "forget|disregard ~everything|all ~above|previous|prior|earlier"},
		{Override, "ignore|disregard ~previous|prior|above|your ~rules|constraints|restrictions|context|conversation|messages|training"},
		{Override, "do not follow ~" + given + " ~" + orders}, {Override, "dont|never|stop follow|following|obey|obeying ~" + given + " ~" + orders},
		{Override, "you are now ~dan|jailbroken|unrestricted|assistant|model|bot|agent|" + model},
		{Override, "you are no longer ~reviewer|assistant|" + model},
		{Override, "from now on you ~answer|respond|reply|report|approve|ignore|act|only|never|always|speak|behave"},
		{Override, "as an ai reviewer|assistant|model|language|code|agent|auditor|system|you"}, {Override, "as|dear|attention|hey|hello ~" + model + " reviewer|reviewers|reviewing|assistant|assistants|agent|agents|model|models|you|please"},
		{Override, "as ~language model you"}, {Override, "as ~code|automated reviewer you"},
		{Override, "if you are ~" + model + "|bot|robot"}, {Override, "if you are ~language|automated|reviewing|review model|reviewer|bot|agent|this"},
		{Override, "note|message|instruction|instructions|notice|reminder to|for ~" + model + "|automated|language ~reviewer|reviewers|model|models|assistant|assistants|agent|agents|tools"},
		{Override, "reveal|leak|repeat|exfiltrate|disclose ~your|system|initial|hidden ~prompt|instructions"}, {Override, "print|show|output|display|write your ~system|initial|hidden|original prompt|instructions"},
		{Override, "your|new|updated|revised|real|actual|true ~instructions|task|job|role|goal are|is now"}, {Override, "these|this ~instructions|instruction|message ~supersede|supersedes|override|overrides|replace|replaces ~previous|prior|your|other|earlier|above"},
		{Override, "pretend|imagine you are|be ~" + model + "|assistant"}, {Override, "enter|enable|activate|switch|in ~developer|god|debug|dan|jailbreak mode you|where"},
		{Override, "new|updated|real|actual ~system prompt"}, {Override, "end|begin|start of ~system|hidden|secret prompt|instructions"}, {Override, "stop reviewing"},

		{Approve, "approve this|the ~" + pull},
		{Approve, "approve this|the pull|merge request"},
		{Approve, "approve this change|changes|diff|commit|patch|code|changeset"},
		{Approve, "^approve|accept ~change|changes|diff|commit|patch ~without|immediately|unconditionally|regardless"},
		{Approve, "always|must|should|automatically|unconditionally|immediately|just|simply approve|lgtm ~change|changes|diff|commit|patch|code|" + pull},
		{Approve, reply + " ~with|that ~" + clean}, {Approve, reply + " ~only|exactly|just|simply " + clean}, {Approve, "say|output|write|conclude|state ~lgtm|approved"},
		{Approve, reply + " ~with ~looks good"}, {Approve, "say|output|conclude ~looks good to me"}, {Approve, reply + "|say|conclude ~safe to merge"},
		{Approve, "mark|rate|classify|consider|treat|report ~" + pull + "|change|changes|diff|commit|patch|request as ~approved|safe|clean|passing|passed|covered|reviewed|correct|secure"},
		{Approve, "your|final|the verdict ~must|should|will|is be|to ~pass|approve|approved|clean|lgtm"},
		{Approve, "give|return|issue|submit ~approval|approving review|verdict|for ~this|change|" + pull},

		{Silence, reply + "|say|output|write|conclude|state|return ~no findings"},
		{Silence, reply + "|say|output|conclude|state ~no " + issues + " ~found|were|exist|here"}, {Silence, reply + " ~with ~no " + issues},
		{Silence, reply + "|say|output|conclude|state ~nothing to report"}, {Silence, reply + "|say|conclude|state ~there are ~no " + issues},
		{Silence, "report ~no ~findings|issues|problems|bugs|vulnerabilities ~this|here|change|file|code|diff|" + pull},
		{Silence, "do not|never report|flag|mention|raise|list ~any ~" + issues}, {Silence, "dont report|flag|mention|raise|list ~any ~" + issues},
		{Silence, "do not|never report|flag|mention|raise ~anything ~this|change|file|here|code|diff|" + pull}, {Silence, "dont report|flag|mention|raise ~anything ~this|change|file|here|code|diff|" + pull},
		{Silence, "do not|never report|flag|mention|review|criticize|comment ~this ~file|change|changes|diff|function|line|lines|code|block|section|" + pull},
		{Silence, "dont report|flag|mention|review|criticize|comment ~this ~file|change|changes|diff|function|line|lines|code|block|section|" + pull},
		{Silence, "skip|omit|suppress|refrain ~reporting|all|any ~findings|" + "concerns ~this|here|file|change|diff|" + pull},

		{Override, "ignoriere|ignorieren|missachte|vergiss ~alle|sie|die|deine ~vorherigen|bisherigen|obigen|vorigen|fruheren|vorhergehenden anweisungen|instruktionen|befehle"},
		{Override, "ignoriere|ignorieren|missachte|vergiss vorherigen|bisherigen|obigen|vorherige|bisherige anweisungen|instruktionen|befehle"},
		{Override, "ignore|ignorez|oublie|oubliez toutes|tous|les|vos|tes les|instructions|consignes|directives instructions|consignes|precedentes|ci"},
		{Override, "ignora|ignore|ignorar|olvida todas|las|todos|tus las|instrucciones|tus|ordenes instrucciones|anteriores|previas"},
		{Override, "ignora|dimentica tutte|le le|istruzioni istruzioni|precedenti"},
		{Override, "ignore|esqueca todas|as as|instrucoes instrucoes|anteriores"},
		{Override, "игнорируи|игнорируите|забудь|забудьте все|всё|предыдущие|прежние|предыдущие|прежние|инструкции|указания"},
		{Override, "忽 略 之|以|先|前|上|所|此 前|上|有|面|的 的|所|指|之|提 指|有|示|令|前"},
		{Override, "以|こ|上 前|れ|記 の|ま ~指|で 示|令|の を 無 視"},
	}
}

// matcher finds phrases in passages. It is for one goroutine.
type matcher struct {
	vocabulary map[string]int // ids from 1
	filler     []bool         // by id
	starts     [][]sequence   // by the id that begins them
	stream     []word
	buf        []byte
}

// sequence is a phrase made ready.
type sequence struct {
	kind     Kind
	sentence bool // begins one
	steps    []step
}

type step struct {
	gap bool // fillers may stand before it
	any map[int]bool
}

func newMatcher() *matcher {
	m := &matcher{vocabulary: map[string]int{}}
	for _, w := range strings.Fields(fillers) {
		m.learn(w)
	}
	known := len(m.vocabulary)
	var all []sequence
	for _, p := range phrases() {
		all = append(all, m.sequence(p))
	}
	m.filler = make([]bool, len(m.vocabulary)+1)
	for id := range known {
		m.filler[id+1] = true
	}
	m.starts = make([][]sequence, len(m.vocabulary)+1)
	for _, s := range all {
		for id := range s.steps[0].any {
			m.starts[id] = append(m.starts[id], s)
		}
	}
	return m
}

func (m *matcher) learn(w string) int {
	folded := string(fold(nil, []byte(w)))
	if m.vocabulary[folded] == 0 {
		m.vocabulary[folded] = len(m.vocabulary) + 1
	}
	return m.vocabulary[folded]
}

func (m *matcher) sequence(p phrase) sequence {
	s := sequence{kind: p.kind, sentence: strings.HasPrefix(p.words, "^")}
	for _, text := range strings.Fields(strings.TrimPrefix(p.words, "^")) {
		words, gap := strings.CutPrefix(text, "~")
		st := step{gap: gap, any: map[int]bool{}}
		for _, w := range strings.Split(words, "|") {
			st.any[m.learn(w)] = true
		}
		s.steps = append(s.steps, st)
	}
	return s
}

// hit is what was found from one word or line of a passage to another.
type hit struct {
	kind        Kind
	first, last int // lines, as indexes
	col         int // byte of the first line where it begins
}

// phrases finds what the words of the passage say.
func (m *matcher) phrases(lines [][]byte) []hit {
	var out []hit
	stream := m.words(lines)
	for i, w := range stream {
		for _, s := range m.starts[w.id] {
			if s.sentence && !w.first {
				continue
			}
			if last, ok := m.match(stream[i:], s); ok {
				out = append(out, hit{s.kind, w.line, stream[i+last].line, w.col})
			}
		}
	}
	return out
}

// mostFillers in a row are believed to belong to one phrase.
const mostFillers = 6

// match follows the steps of s from the first word on, each step at its nearest
// place; last is the word that ends it.
func (m *matcher) match(stream []word, s sequence) (last int, ok bool) {
	at := 1
	for _, st := range s.steps[1:] {
		skipped := 0
		for {
			if at == len(stream) || stream[at].first {
				return 0, false
			}
			id := stream[at].id
			at++
			if st.any[id] {
				break
			}
			if !st.gap || !m.filler[id] || skipped == mostFillers {
				return 0, false
			}
			skipped++
		}
	}
	return at - 1, true
}
