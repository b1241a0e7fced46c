// Package history remembers the runs of a repository in a database: who was asked,
// what came of it, what it cost, and how the word of each reviewer has held.
//
// The database is derived. [Store.ReadIn] reads the run directories that it has not
// read yet, or not as they are now, and forgets none whose directory is gone. Nothing
// else writes to it, and no verdict depends on it: a lost history costs the memory of
// the runs whose directories were removed, and nothing else.
//
// [Store.Runs], [Store.Seats] and [Store.Records] ask it; each gives a [Document],
// which [Write] prints for people, as JSON or as CSV. The tables are meant to be read
// by other programs too: they are documented in docs/history.md.
package history
