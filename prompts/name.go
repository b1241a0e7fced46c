package prompts

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

// Name is a path as a model sees it and must repeat it: the path itself, or,
// when it has control characters, quotes at its edges or bytes that are not
// UTF-8, a quoted form on one line. Two different paths have different names.
func Name(path string) string {
	if plain(path) {
		return path
	}
	return strconv.QuoteToGraphic(path)
}

func plain(path string) bool {
	if path == "" || !utf8.ValidString(path) || path[0] == '"' {
		return false
	}
	for _, r := range path {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return path[len(path)-1] != ' ' && path[0] != ' '
}
