package lineage

import "strings"

// Unknown is the family of every model that the table does not know. All of
// them together count as one, because nothing says that they differ.
const Unknown = "unknown"

// Of gives the family of a model id, and whether it is known. It reads ids as
// providers ("gpt-5"), routers ("anthropic/claude-opus-4.7"), clouds
// ("eu.anthropic.claude-sonnet-4-v1:0", "claude-opus-4@20250514") and local servers
// ("qwen3:8b", "hf.co/bartowski/Qwen3-8B-GGUF", "/models/phi-4-q4.gguf") write them.
func Of(model string) (family string, known bool) {
	id := strings.ToLower(strings.TrimSpace(model))
	path := strings.FieldsFunc(id, func(r rune) bool { return r == '/' || r == '\\' })
	if len(path) == 0 {
		return Unknown, false
	}
	name := dashed(path[len(path)-1])
	if family, ok := find(ollamaR1, name); ok && strings.Contains(id, ":") {
		return family, true
	}
	if family, ok := find(models, name); ok {
		return family, family != Unknown
	}
	for _, segment := range path {
		if family, ok := find(vendors, dashed(strings.SplitN(segment, ".", 2)[0])); ok && len(path) > 1 {
			return family, true
		}
	}
	return cloud(name)
}

// OfName gives the family that a reviewer's own name tells: that of a model id, or of
// one of the short names that people give. Such a short name is no part of other ids:
// there are models of others with these words in their names.
func OfName(reviewer string) (family string, known bool) {
	switch strings.ToLower(strings.TrimSpace(reviewer)) {
	case "opus", "sonnet", "haiku":
		return "anthropic", true
	case "codex":
		return "openai", true
	}
	return Of(reviewer)
}

// cloud reads ids that carry the vendor as a dotted prefix, after an optional
// region: "us.amazon.next-v1:0" has become "-us-amazon-next-v1-0-" here.
func cloud(name string) (string, bool) {
	for _, region := range []string{"-us-", "-eu-", "-apac-", "-global-"} {
		if rest, ok := strings.CutPrefix(name, region); ok {
			name = "-" + rest
			break
		}
	}
	for _, v := range vendors {
		if strings.HasPrefix(name, "-"+v.word+"-") {
			return v.family, true
		}
	}
	return Unknown, false
}

// dashed writes every separator as a dash, with one at both ends.
func dashed(s string) string {
	var b strings.Builder
	b.WriteByte('-')
	last := byte('-')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c < 0x80 {
			c = '-'
		}
		if c == '-' && last == '-' {
			continue
		}
		b.WriteByte(c)
		last = c
	}
	if last != '-' {
		b.WriteByte('-')
	}
	return b.String()
}

func find(table []entry, name string) (string, bool) {
	for _, e := range table {
		if matches(name, e.word) {
			return e.family, true
		}
	}
	return "", false
}

// matches looks for the word at the start of a part, followed by a digit or by
// the end of the part.
func matches(name, word string) bool {
	for at := 0; ; {
		i := strings.Index(name[at:], "-"+word)
		if i < 0 {
			return false
		}
		at += i + 1
		next := name[at+len(word)] // dashed names end in a dash, so there is one
		if next == '-' || isDigit(next) && !isDigit(word[len(word)-1]) {
			return true
		}
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
