// Package jqpath names places in a JSON value as jq does: .items[].id.
//
// A [Pattern] is read by jq's own grammar and may hold what stands for places: names,
// indices, [] for all elements, .. for all below, | and a comma for alternatives.
// Whatever computes is refused.
package jqpath
