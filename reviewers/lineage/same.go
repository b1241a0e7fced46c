package lineage

import (
	"slices"
	"strings"
)

// SameModel tells whether the model that answered is the one asked for. A
// router's prefix, the order of the words, a date, an edition such as
// "-preview" or "-latest", and the form in which weights are stored make no other
// model; a size or a version does. A server that does not say which model has
// answered contradicts nothing.
func SameModel(asked, answered string) bool {
	if strings.TrimSpace(answered) == "" {
		return true
	}
	return slices.Equal(essence(asked), essence(answered))
}

// essence is the sorted list of the words that tell one model from another.
func essence(model string) []string {
	id := strings.ToLower(strings.TrimSpace(model))
	if i := strings.LastIndexAny(id, `/\`); i >= 0 && i < len(id)-1 {
		id = id[i+1:]
	}
	id, _, _ = strings.Cut(id, "@") // a date or a digest
	id = strings.TrimSuffix(id, ".gguf")
	id = withoutCloud(id)
	words := splitWords(id)
	words = withoutDates(words)
	kept := words[:0:0]
	for _, w := range words {
		if !incidental(w) {
			kept = append(kept, w)
		}
	}
	if len(kept) == 0 {
		kept = words
	}
	slices.Sort(kept)
	return kept
}

// withoutCloud removes Bedrock's region and vendor, and its "-v1:0".
func withoutCloud(id string) string {
	if i := strings.LastIndex(id, "-v"); i > 0 {
		version, edition, ok := strings.Cut(id[i+2:], ":")
		if ok && digits(version) && digits(edition) {
			id = id[:i]
		}
	}
	for {
		first, rest, ok := strings.Cut(id, ".")
		if !ok || !cloudPrefix(first) {
			return id
		}
		id = rest
	}
}

func cloudPrefix(s string) bool {
	switch s {
	case "us", "eu", "apac", "global":
		return true
	}
	return slices.ContainsFunc(vendors, func(v entry) bool { return v.word == s })
}

// splitWords cuts at separators and between a name and the number that follows
// it, so that "qwen3" and "qwen-3" are alike; "8b" and "4o" stay whole.
func splitWords(id string) []string {
	var words []string
	for _, part := range strings.FieldsFunc(id, func(r rune) bool { return strings.ContainsRune("-_.: ~", r) }) {
		i := strings.IndexFunc(part, func(r rune) bool { return r >= '0' && r <= '9' })
		if i > 1 {
			words = append(words, part[:i], part[i:])
		} else {
			words = append(words, part)
		}
	}
	return words
}

// withoutDates removes 20250514, 2025-05-14, 0528 and 05-28, which stand after
// the name.
func withoutDates(words []string) []string {
	var out []string
	for i := 0; i < len(words); i++ {
		switch {
		case i == 0:
			out = append(out, words[i])
		case len(words[i]) == 8 && digits(words[i]) && words[i][:2] == "20":
		case len(words[i]) == 4 && digits(words[i]) && !year(words[i]):
		case year(words[i]) && i+2 < len(words) && two(words[i+1]) && two(words[i+2]):
			i += 2
		case two(words[i]) && i+1 < len(words) && two(words[i+1]):
			i++
		default:
			out = append(out, words[i])
		}
	}
	return out
}

func incidental(w string) bool {
	switch w {
	case "latest", "preview", "exp", "experimental", "free", "nitro", "floor", "exacto", "extended", "online",
		"instruct", "it", "gguf", "mlx", "awq", "gptq", "fp16", "bf16", "fp8", "int8", "int4", "4bit", "8bit",
		"001", "002", "k", "m", "s", "l", "0":
		return true
	}
	return len(w) >= 2 && (w[0] == 'q' || strings.HasPrefix(w, "iq")) && isDigit(w[len(w)-1]) && len(w) <= 3
}

func digits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

func year(s string) bool { return len(s) == 4 && digits(s) && s[:2] == "20" }

func two(s string) bool { return len(s) == 2 && digits(s) }
