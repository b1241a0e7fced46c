package bundler

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNoTree is given for what needs a work tree when the change is a plain diff.
var ErrNoTree = errors.New("the change is a plain diff: there is no tree of its new side")

// UsageError is something asked for that git does not have: no repository, no
// such revision, no merge base. Its message says what to do.
type UsageError struct {
	Message string
	Err     error // what git said; may be nil
}

func (e *UsageError) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + " (" + e.Err.Error() + ")"
}

func (e *UsageError) Unwrap() error { return e.Err }

// SyntaxError is a diff that cannot be read with certainty. It is never taken for
// an empty one.
type SyntaxError struct {
	Source string // what was read, such as a file's name
	Offset int64  // byte at which reading stopped
	Msg    string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s, byte %d: %s", e.Source, e.Offset, e.Msg)
}

// RefusedError names the bundles above the refuse limit.
type RefusedError struct {
	Limit   ByteSize
	Bundles []*Bundle
}

func (e *RefusedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "refused before anything was sent: %s above the limit of %s (%d bytes)", plural(len(e.Bundles), "bundle"), e.Limit, int64(e.Limit))
	for _, bundle := range e.Bundles {
		for _, p := range bundle.Parts {
			fmt.Fprintf(&b, "\n  %s: %q, %d bytes%s", bundle.ID, p.File.Path, len(p.Patch), p.which())
		}
	}
	b.WriteString("\nA model would not read it to its end. Leave the file out (leave_out.paths), split the change,\nor go on with SCRUM_FORCE_OVERSIZE=1 or --force-oversize; the run records that it was forced.")
	return b.String()
}

func (p Part) which() string {
	if p.Of == 0 {
		return ""
	}
	return fmt.Sprintf(" (piece %d of %d; a single line cannot be cut)", p.Piece, p.Of)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
