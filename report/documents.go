package report

// What the other documents of the tool are written with. Their text comes from strangers
// just as a review's does.

// Phrase is Sanitise for words on one line, where breaks are only spaces.
func Phrase(s string) string { return phrase(s) }

// Fenced is a block of code in Markdown that no text can end.
func Fenced(s string) string { return fenced("", Sanitise(s)) }
