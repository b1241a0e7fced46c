// Package cases reads the requests that a parity run sends to its targets: from YAML,
// HAR files, the examples of OpenAPI 3 documents and curl command lines.
//
// What cannot be sent as it was meant is an error at its file and line. What a client
// sets by itself, such as Host, is left out and noted.
package cases
