package config

import (
	"fmt"
	"strconv"
	"strings"
)

// place is where a value or a problem comes from.
type place struct {
	source string // a file's name, an environment variable, or the command line
	line   int    // 0 outside of files
}

func (p place) String() string {
	if p.line == 0 {
		return p.source
	}
	return fmt.Sprintf("%s:%d", p.source, p.line)
}

// problem is something wrong at a key.
type problem struct {
	place place
	path  string // the dotted key
	text  string
}

func (p problem) Error() string {
	if p.place == (place{}) {
		return p.text
	}
	return p.place.String() + ": " + p.text
}

// join makes the dotted key of a part of something. A name that has a dot itself
// is quoted.
func join(prefix, name string) string {
	if strings.ContainsAny(name, ".[\"") || name == "" {
		name = strconv.Quote(name)
	}
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

func at(prefix string, i int) string { return prefix + "[" + strconv.Itoa(i) + "]" }

// within tells that a dotted key is another one or a part of it.
func within(path, whole string) bool {
	rest, ok := strings.CutPrefix(path, whole)
	return ok && (whole == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}
