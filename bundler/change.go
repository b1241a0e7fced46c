package bundler

import (
	"io"
	"time"
)

// Source names where a change comes from. Exactly one of the kinds is set; the
// zero value is the default range: the merge base with the default branch … HEAD.
type Source struct {
	Dir      string        // any folder of the repository; "" is the current one
	Range    string        // "a..b", "a...b" or a single revision to diff HEAD against
	Commit   string        // one commit against its first parent
	Since    time.Duration // the commits of HEAD younger than this
	Staged   bool          // the index against HEAD
	Worktree bool          // the work tree, untracked files included, against HEAD
	Diff     io.Reader     // a plain diff; no repository is needed
	DiffName string        // how Diff is called in messages, such as a file's name or "standard input"
}

// Change is the diff under review: its files, in git's order, and git's own bytes.
type Change struct {
	Label string // how a person would call it, such as "main...HEAD" or "staged"
	Dir   string // top folder of the work tree; "" for a plain diff outside a repository
	Base  string // full commit id of the old side; "" when there is none
	Head  string // full commit id of the new side; "" when it is not a commit
	Dirty bool   // the new side is not (only) a commit: index, work tree or plain diff
	Patch []byte // the whole patch; every File.Patch is a slice of it
	Files []*File

	source Source
	read   ReadOptions
}

// Status is git's letter for what happened to a file.
type Status byte

// The statuses of git diff --raw.
const (
	Added    Status = 'A'
	Copied   Status = 'C'
	Deleted  Status = 'D'
	Modified Status = 'M'
	Renamed  Status = 'R'
	Retyped  Status = 'T'
)

// File is one changed file. Paths are the raw bytes that git has, which need
// not be valid UTF-8.
type File struct {
	Path       string // on the new side; for a deleted file on the old one
	OldPath    string // on the old side when it differs (renamed, copied), else ""
	Status     Status
	OldMode    string // six octal digits; "" for a plain diff that does not say
	NewMode    string
	OldID      string // blob ids; "" when unknown
	NewID      string
	Binary     bool   // git shows no text for it
	Added      int    // lines; 0 for a binary file
	Deleted    int    // lines; 0 for a binary file
	Patch      []byte // git's own bytes: headers, then hunks
	hunksStart int    // offset in Patch of the first "@@", len(Patch) when there is none
	second     int    // offset in Patch of the second section of a changed type; 0 when there is one section
}
