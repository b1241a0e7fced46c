// Package reviewers puts requests to models of several lineages at once.
//
// Most users need two functions: [NewOpenAI] makes a [Reviewer] of any
// OpenAI-compatible endpoint ([NewCommand] makes one of an agent's command line),
// and [Panel.Run] fans seats out to all of them under each provider's limits,
// with deadlines, retries and fallbacks, and brings every seat back in a definite
// state. [Discover] finds reviewers for the keys and local servers that are there.
//
// The package does not read answers: whether a seat is engaged is for the
// caller's Judge to say. It keeps nothing on disk and prints nothing; keys come
// from the caller, go to their own host alone and appear in no message.
package reviewers
