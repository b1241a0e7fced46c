// Package compare finds how two answers differ, and what the difference is called.
//
// [Compare] goes through the layers of an answer: transport, status, headers, content
// type, shape, value, bytes. Bodies that are the same bytes are not looked into. JSON is
// compared without loss, along [Rules]; each [Difference] has a [Class], which names the
// cause as far as it can be seen, and a signature, which is the same wherever that cause
// shows.
package compare
