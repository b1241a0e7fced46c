// Package exchange sends one request to one target and holds the answer: a [Client]
// for all of a run, an [Answer] with its [Body].
//
// Redirects are answers and not followed, bodies are not decompressed, no proxy stands
// between. A body that is large waits in a file, not in memory; one that is larger
// still is only counted and hashed.
package exchange
