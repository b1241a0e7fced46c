package injection

import (
	"bytes"
	"regexp"
	"slices"
)

// marks finds signs that a line has by itself: of a chat, of the fence, of an
// answer. Lines are plain ones.
func marks(lines [][]byte) []hit {
	var out []hit
	heading := -1 // the line of "### BLOCK:", while its WHERE may come
	for i, line := range lines {
		if chat(line) || tagged(lines, i) {
			out = append(out, hit{kind: Chat, first: i, last: i})
		}
		if bytes.Contains(line, []byte("DIFF")) && fence.Match(line) {
			out = append(out, hit{kind: Fence, first: i, last: i})
		}
		switch said := body(line); {
		case bytes.Contains(line, []byte("##")) && findingHeading.Match(line):
			heading = i
		case heading >= 0 && bytes.HasPrefix(said, []byte("WHERE:")):
			out = append(out, hit{kind: Contract, first: heading, last: i})
			heading = -1
		case answer(said):
			out = append(out, hit{kind: Contract, first: i, last: i})
		case len(said) > 0:
			heading = -1
		}
	}
	return out
}

// fence is a line that begins as the markers around a diff do, with any nonce.
var fence = regexp.MustCompile(`(?:^|[^<>])(?:<{4,}|>{4,}) {0,4}(?:END |BEGIN |END OF |/)?DIFF\b`)

// findingHeading begins a finding in the form of the contract.
var findingHeading = regexp.MustCompile(`#{2,6} {0,4}\**(?:BLOCK|WARN|INFO)\**: `)

// body is what a line says without the signs of a comment, a quotation or a list.
func body(line []byte) []byte {
	return bytes.Trim(line, " \t\r/*#;%>!'\"`,-+|{}")
}

// answer tells that a line is one of the contract's.
func answer(said []byte) bool {
	if string(said) == "NO FINDINGS" {
		return true
	}
	colon := bytes.IndexByte(said, ':')
	if colon < 5 || colon > 12 {
		return false
	}
	switch string(said[:colon]) {
	case "COVERED", "RETRACT", "WHERE":
		return place.Match(said[colon+1:])
	case "no_findings", `no_findings"`:
		return bytes.HasPrefix(bytes.TrimSpace(said[colon+1:]), []byte("true"))
	}
	return false
}

// place is a path at the beginning of a value, alone or with a line or a remark.
var place = regexp.MustCompile("^ {0,4}`?[\\w.@-]*[./][\\w./@-]*\\w(?::~?\\d[\\d-]*)?`?(?:$| +[(—–-])")

// chat tells that a line has a token by which models tell the messages of a chat
// apart.
func chat(line []byte) bool {
	if bytes.IndexByte(line, '<') >= 0 && chatTokens.Match(line) {
		return true
	}
	if i := bytes.Index(line, []byte("INST]")); i > 0 && instruction.Match(line) {
		return true
	}
	return bytes.Contains(line, []byte("##")) && turn.Match(line)
}

var (
	chatTokens = regexp.MustCompile(`(?i)<\|(?:im_start|im_end|im_sep|system|user|assistant|end|endoftext|end_of_text|begin_of_text|eot_id|eom_id|start_header_id|end_header_id|endofprompt|start|channel|message|tool|[a-z_]+▁[a-z▁_]+)\|>|<</?SYS>>|<(?:start|end)_of_turn>`)

	instruction = regexp.MustCompile(`(?:^|[^\w\])])(?:\[INST\](?:\s+[A-Za-z<]|\s*$)|\[/INST\])`)
	turn        = regexp.MustCompile(`(?i)^\W*#{2,6} {0,4}(?:system|assistant|human|instruction)(?: (?:prompt|message))?:\s*(?:\S|$)`)
)

// tagged tells that line i opens a <system> whose text is a sentence, and not the
// value or the elements that data has.
func tagged(lines [][]byte, i int) bool {
	if bytes.IndexByte(lines[i], '<') < 0 {
		return false
	}
	at := systemTag.FindIndex(lines[i])
	if at == nil {
		return false
	}
	said := lines[i][at[1]:]
	if len(bytes.TrimSpace(said)) == 0 && i+1 < len(lines) {
		said = body(lines[i+1])
	}
	return sentence.Match(said)
}

var (
	systemTag = regexp.MustCompile(`(?i)<system(?:[_-](?:prompt|message|reminder|instructions?))?>`)
	sentence  = regexp.MustCompile(`^\s*[A-Za-z']+,?(?: +[A-Za-z']+,?){2}`)
)

// merged puts hits of one kind together that overlap or follow each other.
func merged(hits []hit) []hit {
	slices.SortFunc(hits, compareHits)
	var out []hit
	for _, h := range hits {
		if n := len(out); n > 0 && out[n-1].kind == h.kind && h.first <= out[n-1].last+1 {
			out[n-1].last = max(out[n-1].last, h.last)
			continue
		}
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b hit) int { return a.first - b.first })
	return out
}
