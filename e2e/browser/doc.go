// Package browser tests the pages of the tool in a real browser, with real clicks and
// keys: that they work, that they ask nobody for anything, that their policy is kept, and
// that axe-core finds nothing serious in them.
//
// It is a module of its own, so that nothing of it is needed to build or test the tool.
// `make e2e` sets it up and runs it. A browser that is missing is a failure.
//
// A test opens a page with [open] or [openFile] and ends with [tab.check], which looks
// at everything that a page must keep whatever it shows.
package browser
