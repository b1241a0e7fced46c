// Package policy decides by ordered rules: each has a name, an expression over variables
// (github.com/expr-lang/expr) and an outcome, and the first that holds decides.
//
// [Compile] checks all that can be checked before anything is decided: names, outcomes,
// the types of the expressions, and comparisons with words that a variable never is.
// [Policy.Decide] says which rule has decided, on what values. A rule that fails while it
// runs decides nothing but that nothing could be decided: that is the caller's word, and
// never a pass.
package policy
