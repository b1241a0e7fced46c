package bundler

import (
	"bytes"
	"fmt"
)

// record is one entry of git diff --raw -z.
type record struct {
	oldMode, newMode string
	oldID, newID     string
	status           Status
	path, oldPath    string
}

// splitRaw reads the raw records and gives what follows them: the patch.
func splitRaw(out []byte) ([]record, []byte, error) {
	var records []record
	rest := out
	at := func() int64 { return int64(len(out) - len(rest)) }
	for len(rest) > 0 && rest[0] == ':' {
		r, after, msg := readRecord(rest)
		if msg != "" {
			return nil, nil, &SyntaxError{Source: gitDiff, Offset: at(), Msg: msg}
		}
		records, rest = append(records, r), after
	}
	if len(rest) == 0 {
		return records, nil, nil
	}
	if len(records) == 0 || rest[0] != 0 {
		return nil, nil, &SyntaxError{Source: gitDiff, Offset: at(), Msg: fmt.Sprintf("a raw record or its end was expected, found %q", head(rest))}
	}
	return records, rest[1:], nil
}

const gitDiff = "the output of git diff"

// readRecord reads ":oldmode newmode oldid newid status NUL path NUL", and a
// second path for renames and copies.
func readRecord(b []byte) (r record, rest []byte, msg string) {
	meta, rest, ok := bytes.Cut(b[1:], []byte{0})
	if !ok {
		return r, nil, "a raw record is cut off"
	}
	f := bytes.Fields(meta)
	if len(f) != 5 || len(f[4]) == 0 {
		return r, nil, fmt.Sprintf("a raw record has an unknown form: %q", head(meta))
	}
	r = record{oldMode: string(f[0]), newMode: string(f[1]), oldID: string(f[2]), newID: string(f[3]), status: Status(f[4][0])}
	path, rest, ok := bytes.Cut(rest, []byte{0})
	if !ok {
		return r, nil, "the path of a raw record is cut off"
	}
	r.path = string(path)
	switch r.status {
	case Added, Deleted, Modified, Retyped:
	case Renamed, Copied:
		r.oldPath = r.path
		if path, rest, ok = bytes.Cut(rest, []byte{0}); !ok {
			return r, nil, "the second path of a rename is cut off"
		}
		r.path = string(path)
	case 'U':
		return r, nil, fmt.Sprintf("%q has an unresolved merge conflict: resolve it, or review commits", r.path)
	default:
		return r, nil, fmt.Sprintf("%q has the unknown status %q", r.path, f[4])
	}
	return r, rest, ""
}

// head shows the beginning of bytes in a message.
func head(b []byte) []byte { return b[:min(len(b), 40)] }
