package assess

import (
	"errors"
	"fmt"
	"time"

	"scrum/ledger"
)

// shown is what a file of evidence shows, whatever its phase.
type shown struct {
	stamp
	headline string
	silent   string // why nothing can be decided on it; "" when it can
	outcome  string // of a review: pass, block or inconclusive
	seen     []ledger.Occurrence
	ran      ledger.Ran
	notes    []string
}

// stamp says where evidence comes from.
type stamp struct {
	Commit      string
	Dirty       bool
	Finished    time.Time
	ToolVersion string
}

// read decodes the evidence of a phase and holds that its parts do not contradict each
// other: what does is no evidence.
func read(phase string, data []byte, never neverList) (*shown, error) {
	switch phase {
	case Smoke:
		return readSmoke(data, never)
	case Parity:
		return readParity(data, never)
	case Review:
		return readReview(data, never)
	}
	return nil, fmt.Errorf("there is no phase %s", clip(phase))
}

var errContradiction = errors.New("it contradicts itself")

func contradiction(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errContradiction, fmt.Sprintf(format, args...))
}

// plural counts things in a sentence.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
