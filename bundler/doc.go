// Package bundler reads a change and packs it into bundles under the size guards.
//
// Most users need two functions: [Read] asks git (or a plain diff) for the
// change, and [Pack] splits it into what one request each can carry. Every file
// of the change ends in a bundle or in the list of what is left out, with its
// reason; a bundle's payload is git's own bytes.
//
// The package sends nothing, prints nothing and knows no model.
package bundler
