// Package tracker appends open decisions to a table of a Markdown document that people
// write.
//
// [Read] finds the table under a heading with a Markdown parser, so that what only looks
// like a table (in a fence, a quote, a list, a comment) is not taken for it, and refuses
// what it does not understand. [Table.Append] adds rows and changes no other byte; it
// reads the result again before it gives it away, and fails when the document would be
// another one in any other respect. A row is open while its decision is _open_; what
// people have written in its place is theirs, and no row is ever edited.
package tracker
