package report

import (
	"time"

	"scrum/bundler"
	"scrum/reviewers"
	"scrum/tally"
)

// SchemaID identifies the format of findings.json.
const SchemaID = "scrum/review/v1"

// Review is the result of a run: the document findings.json, and what every
// other format is written from.
type Review struct {
	Schema   string            `json:"schema"`
	Run      Run               `json:"run"`
	Verdict  tally.Verdict     `json:"verdict"`
	Bundles  []Bundle          `json:"bundles"`
	LeftOut  []bundler.LeftOut `json:"left_out"`
	Coverage []Seat            `json:"coverage"`
	// Examination are the seats of those who were asked about findings of others; their
	// bundle is "verify-" and the finding's id.
	Examination []Seat           `json:"examination,omitempty"`
	Tally       []tally.Row      `json:"tally"`
	Findings    []tally.Finding  `json:"findings"`
	Unparsed    []tally.Unparsed `json:"unparsed"`
	// Anchors are how well the places of each reviewer fit the diff.
	Anchors []tally.AnchorCount `json:"anchors"`
	Totals  Totals              `json:"totals"`
	// Changes are what a second count has made of the same answers: scrum tally.
	Changes []Change `json:"changes,omitempty"`
	Notes   []string `json:"notes"` // what a reader must know to trust the verdict as far as it goes

	// Diff is what the reviewers were sent, without credentials. It is only for formats
	// that show the change; nil: it is not at hand.
	Diff []DiffFile `json:"-"`
}

// Run says what was reviewed, when and by which tool.
type Run struct {
	ID             string    `json:"id"`
	Label          string    `json:"label"` // the change as a person calls it, such as "main...HEAD"
	Started        time.Time `json:"started"`
	Finished       time.Time `json:"finished"`
	ToolVersion    string    `json:"tool_version"`
	Base           string    `json:"base"`
	Head           string    `json:"head"`
	Dirty          bool      `json:"dirty"`
	ForcedOversize bool      `json:"forced_oversize"`
	ConfigSHA256   string    `json:"config_sha256"`
	Scripted       bool      `json:"scripted"` // the models were scripted: scrum demo
	Dir            string    `json:"-"`        // the run directory
}

// Bundle is a bundle's line in the report.
type Bundle struct {
	ID        string        `json:"id"`
	Component string        `json:"component"`
	Bytes     int           `json:"bytes"`
	Guard     bundler.Guard `json:"guard"`
	Files     []string      `json:"files"`
	Covered   bool          `json:"covered"` // a quorum engaged
	Why       string        `json:"why"`     // what the cover rests on, or what is missing
}

// Seat is one cell of the coverage matrix.
type Seat struct {
	Bundle           string          `json:"bundle"`
	Reviewer         string          `json:"reviewer"`
	Kind             reviewers.Kind  `json:"kind"`
	Lineage          string          `json:"lineage"`
	Model            string          `json:"model"`
	AnsweredModel    string          `json:"answered_model"`
	State            reviewers.State `json:"state"`
	PromptTokens     int             `json:"prompt_tokens"` // of all attempts, halves included
	CompletionTokens int             `json:"completion_tokens"`
	Estimated        bool            `json:"estimated"` // the token counts are estimates
	LatencyMS        int64           `json:"latency_ms"`
	Attempts         int             `json:"attempts"`
	CostUSD          *float64        `json:"cost_usd"` // null: unknown, which is not zero
	Cached           bool            `json:"cached"`   // an answer of an earlier run: it cost this one nothing
	Error            string          `json:"error"`    // why it is not engaged; "" when it is

	// Of a seat that was tried again on two halves of its bundle: how the whole had
	// ended, and the halves. The counts above hold all of it.
	Whole      reviewers.State `json:"whole_state,omitempty"`
	WholeError string          `json:"whole_error,omitempty"`
	Halves     []Half          `json:"halves,omitempty"`
}

// Half is a seat on one half of its bundle. Its answer is in the run directory
// under the half's name.
type Half struct {
	Bundle           string          `json:"bundle"` // c1.1 is the first half of c1
	Lineage          string          `json:"lineage"`
	AnsweredModel    string          `json:"answered_model"`
	State            reviewers.State `json:"state"`
	PromptTokens     int             `json:"prompt_tokens"`
	CompletionTokens int             `json:"completion_tokens"`
	LatencyMS        int64           `json:"latency_ms"`
	Attempts         int             `json:"attempts"`
	CostUSD          *float64        `json:"cost_usd"`
	Error            string          `json:"error"`
}

// Totals over the run.
type Totals struct {
	Convergent       int      `json:"convergent"`
	Distinct         int      `json:"distinct"`
	PromptTokens     int      `json:"prompt_tokens"`
	CompletionTokens int      `json:"completion_tokens"`
	CostUSD          *float64 `json:"cost_usd"` // null when any seat's cost is unknown
	WallMS           int64    `json:"wall_ms"`
}
