package config

import (
	"fmt"
	"strings"
)

// unknownKey says that a key is not known, and which one may be meant.
func unknownKey(s *spec, path, name string) string {
	if s.find("api_key_env") != nil && isSecretKey(name) {
		return fmt.Sprintf("%s: a key has no place in a file, where others read it; put it into an environment variable and name that variable with api_key_env", join(path, name))
	}
	full := join(path, shortName(name))
	if near := Nearest(name, s.known()); near != "" {
		return fmt.Sprintf("unknown key %s; did you mean %s?", full, join(path, near))
	}
	if elsewhere := root().named(name, ""); elsewhere != "" {
		return fmt.Sprintf("unknown key %s; did you mean %s?", full, elsewhere)
	}
	return fmt.Sprintf("unknown key %s; known are %s", full, strings.Join(s.known(), ", "))
}

// shortName keeps a name of any length from filling a message.
func shortName(name string) string {
	if r := []rune(name); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return name
}

// isSecretKey knows the names that people give to keys.
func isSecretKey(name string) bool {
	switch strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name)) {
	case "apikey", "key", "token", "apitoken", "secret", "password", "authorization", "bearer":
		return true
	}
	return false
}

// named gives the dotted key of the section's part that has exactly this name.
func (s *spec) named(name, prefix string) string {
	for _, k := range s.keys {
		if k.name == name {
			return join(prefix, name)
		}
	}
	for _, k := range s.keys {
		sub, below := k.spec, join(prefix, k.name)
		switch sub.shape {
		case names:
			sub, below = sub.elem, below+".<name>"
		case list:
			sub, below = sub.elem, below+"[…]"
		}
		if hit := sub.named(name, below); hit != "" {
			return hit
		}
	}
	return ""
}

// Nearest gives the candidate that a misspelt word is closest to, or "" when none
// is close.
func Nearest(word string, candidates []string) string {
	if len(word) > 60 {
		return ""
	}
	word = strings.ToLower(word)
	best, least := "", 1+max(1, len(word)/3)
	for _, c := range candidates {
		if d := distance(word, strings.ToLower(c)); d < least {
			best, least = c, d
		}
	}
	return best
}

// distance is Levenshtein's, with neighbours swapped as one step.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
