// Package formats writes a parity result: for people on a terminal, in Markdown and as
// an HTML page, for CI as JUnit, and as the document scrum/parity/v1.
//
// Answers are strangers' text. Every format makes them harmless for its readers; none
// leaves anything out without saying so.
package formats
