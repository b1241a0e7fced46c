// Package lineage tells which family a model descends from, from its id alone.
//
// Most users need two functions: [Of] gives the family of a model id as any
// provider, router or local server spells it, and [SameModel] tells whether the
// model that answered is the one that was asked for.
//
// The table is explicit and nothing is guessed: a model that it does not know is
// [Unknown], and all unknown models together count as one family. The package
// asks no server, so it cannot know what really runs behind a name.
package lineage
