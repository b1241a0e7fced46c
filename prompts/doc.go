// Package prompts turns a bundle into the exact text that is put to a model.
//
// Most users need two functions: [Parse] reads the templates (the embedded ones,
// or a team's own), and [Templates.Build] makes the [Request] of one bundle. The
// diff stands between markers with a nonce and is declared to be data; its lines
// carry the numbers that the answer contract asks for.
//
// The package sends nothing and knows no model. How answers are read is the
// business of package tally; both hold to the contract in answer.schema.json and
// in the system template.
package prompts
