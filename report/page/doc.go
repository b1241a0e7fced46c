// Package page is the frame of every page that the tool writes: one file that asks
// nobody for anything, with a Content-Security-Policy that allows its own styles and
// scripts by their hashes and nothing else.
//
// [Write] puts a body into the frame. The classes that a body can use are in page.css.
// A body has no style attributes and no event attributes: the policy forbids them.
//
// The package escapes nothing: a body is made with html/template, from text that
// report.Sanitise has seen.
package page
