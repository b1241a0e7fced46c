package bundler

import (
	"fmt"
	"strconv"
	"strings"
)

// ByteSize is a number of bytes, written as 800, 60KB or 1MB; 1 KB is 1,024
// bytes.
type ByteSize int64

// The units of ByteSize.
const (
	KB ByteSize = 1024
	MB          = 1024 * KB
)

// UnmarshalText reads a size.
func (b *ByteSize) UnmarshalText(text []byte) error {
	s := strings.ToUpper(strings.TrimSpace(string(text)))
	unit := ByteSize(1)
	for _, u := range []struct {
		suffix string
		size   ByteSize
	}{{"KIB", KB}, {"MIB", MB}, {"KB", KB}, {"MB", MB}, {"B", 1}} {
		if rest, ok := strings.CutSuffix(s, u.suffix); ok {
			s, unit = strings.TrimSpace(rest), u.size
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/int64(unit) {
		return fmt.Errorf("%q is not a size; write it as 60KB, 1MB or 800", text)
	}
	*b = ByteSize(n) * unit
	return nil
}

// MarshalText writes the size with the largest unit that is exact.
func (b ByteSize) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

func (b ByteSize) String() string {
	switch {
	case b >= MB && b%MB == 0:
		return fmt.Sprintf("%dMB", b/MB)
	case b >= KB && b%KB == 0:
		return fmt.Sprintf("%dKB", b/KB)
	default:
		return strconv.FormatInt(int64(b), 10)
	}
}

// Guards are the limits on a bundle's payload. Bundles are packed to Warn.
type Guards struct {
	Warn   ByteSize // above it a bundle is marked; 0 is 60 KB
	Refuse ByteSize // above it a run is refused; 0 is 100 KB
	Force  bool     // go on above Refuse, recorded
}

// The limits where none are configured: answers to larger requests were no
// reviews.
const (
	DefaultWarn   = 60 * KB
	DefaultRefuse = 100 * KB
)

func (g Guards) withDefaults() Guards {
	if g.Warn == 0 {
		g.Warn = DefaultWarn
	}
	if g.Refuse == 0 {
		g.Refuse = DefaultRefuse
	}
	return g
}

// Of tells how so many bytes stand to the limits.
func (g Guards) Of(bytes int) Guard { return g.withDefaults().of(bytes) }

func (g Guards) of(bytes int) Guard {
	switch {
	case ByteSize(bytes) > g.Refuse && g.Force:
		return GuardForced
	case ByteSize(bytes) > g.Refuse:
		return GuardRefused
	case ByteSize(bytes) > g.Warn:
		return GuardWarn
	default:
		return GuardOK
	}
}

// Component is a named part of the repository.
type Component struct {
	Name  string
	Paths []string // doublestar globs; the first component with a match has the file
}

// LeaveOut says what no model needs to see. Binary files are always left out.
type LeaveOut struct {
	Generated bool
	Vendored  bool
	Lockfiles bool
	Paths     []string // doublestar globs
}

// ReadOptions say how much context is read.
type ReadOptions struct {
	ContextLines int  // around hunks; 0 is 3
	Function     bool // the whole enclosing function
}

// Options say how a change is packed.
type Options struct {
	Guards     Guards
	Components []Component
	LeaveOut   LeaveOut
	Stable     bool // pack neighbours only: few bundles differ when one file does
}
