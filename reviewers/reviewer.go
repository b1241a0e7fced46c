package reviewers

import (
	"context"
	"time"

	"scrum/prompts"
)

// Reviewer answers one request. It makes one attempt; waiting, limits and
// retries are the panel's. The error is an *Error when the reviewer knows
// whether another attempt can help; what was received before the error is in
// the Response.
type Reviewer interface {
	Review(ctx context.Context, req prompts.Request, progress func(tokens int)) (Response, error)
}

// Response is the raw answer of a seat, kept to the byte.
type Response struct {
	Text             string        // what the model answered
	Reasoning        string        // thinking that arrived beside the answer
	Model            string        // the model that the server says has answered; "" when it did not say
	FinishReason     string        // as the server wrote it: stop, length, content_filter, …; "" when it never came
	PromptTokens     int           // 0 when unknown
	CompletionTokens int           // 0 when unknown
	CachedTokens     int           // part of PromptTokens that was read from the provider's cache
	Estimated        bool          // the token counts are estimates: the server sent no usage
	FirstToken       time.Duration // from sending to the first content
	Rest             time.Duration // how long the server says its limits are used up; 0 when they are not
}

// State is how a seat ended.
type State string

// The states of a seat.
const (
	Engaged    State = "engaged"    // the answer shows that the bundle was really read
	Disengaged State = "disengaged" // an answer that does not show it
	Truncated  State = "truncated"  // an answer cut off, or given on a cut prompt
	Failed     State = "failed"     // no answer
	Skipped    State = "skipped"    // not asked: does not apply, out of budget, interrupted
)

// Member is one reviewer of a panel.
type Member struct {
	Name     string
	Kind     Kind
	Lineage  string
	Model    string // what is asked for; "" for tools
	Provider string // the name of the provider whose limits hold; "" has none
	Host     string // where requests go; "" when nothing leaves the machine
	Price    *Price // nil: unknown, which is not zero
	Reviewer Reviewer
	// Skip tells why the reviewer does not apply to a bundle, "" when it does.
	// nil: it applies to every bundle.
	Skip func(paths []string) string
	// Fallbacks are tried in order when the reviewer has failed for good. They
	// stay in the lineage, or change the seat's lineage openly.
	Fallbacks []*Member
	// MaxTokens is the longest answer that is asked for, which providers count
	// towards tokens per minute before it is written; 0 is not known.
	MaxTokens int
	// Window is how many tokens the model takes, prompt and answer; 0 is not
	// known. A request that is certainly larger is not sent.
	Window int
	// Asks is what else could make the answer differ: parameters, a command's
	// arguments. An answer is used again only for the same.
	Asks string
	// Own tells that nobody asked for this reviewer: the tool has added it. It covers
	// nothing.
	Own bool
}

// Kind of a reviewer.
type Kind string

// The kinds.
const (
	OpenAI   Kind = "openai"
	Command  Kind = "command"
	Analyser Kind = "analyser"
)

// Price in USD per million tokens.
type Price struct {
	Input  float64  `yaml:"input" json:"input"`
	Output float64  `yaml:"output" json:"output"`
	Cached *float64 `yaml:"cached,omitempty" json:"cached,omitempty"` // of input that the provider read from its own cache; nil is the full price
}

// Limits of one provider. Zero means no limit.
type Limits struct {
	Concurrency int
	RPM         int // requests per minute
	TPM         int // tokens per minute
}

// Seat is one reviewer on one bundle, and how it ended.
type Seat struct {
	Bundle   string
	Member   *Member
	Request  prompts.Request
	State    State
	Lineage  string // of the model that answered
	Response Response
	Attempts int           // on the whole bundle; the halves count their own
	Latency  time.Duration // from the first attempt's start to the end, halves included
	Cached   bool
	Err      error   // why it failed, was cut or skipped; nil when engaged
	Used     *Member // who gave Response: Member or one of its Fallbacks; nil when nobody was asked
	Tries    []Try   // every attempt of this run on the whole bundle, the last one included
	Prior    *Usage  // what earlier runs have spent on this seat; nil is nothing

	// Halves are the seats of the second try, on two halves of the bundle, when the
	// first did not engage; Whole and WholeErr are how that one had ended.
	Halves   []Seat
	Whole    State
	WholeErr error
}

// Try is one attempt of a seat: what came and what it cost.
type Try struct {
	Member   *Member // the seat's, or a fallback
	Response Response
	Latency  time.Duration
	Err      error // nil when the attempt brought a complete answer
}
