package tally

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/kaptinlin/jsonrepair"
)

// Bounds on the mending of JSON. The library takes time that grows with the square of
// the text, and an answer may hold many texts.
const (
	longestRepair = 32 * 1024 // bytes
	mostRepairs   = 4         // of one answer
)

// mend reads what stands behind the break of a JSON text, at the byte end, and returns
// how many bytes were taken. A text whose brackets never close was cut off. Only what cannot mean anything else is believed: of an
// answer that was cut off, a finding of which the words are cut, but neither the place
// nor the severity; never a retraction. The rest is unparsed.
func (a *answerReader) mend(end int) int {
	size, closed, _ := scanJSON(a.text)
	if size <= end {
		size, closed = len(a.text), false
	}
	whole, cut := a.text[:size], !closed
	a.report.Truncated = a.report.Truncated || cut
	rest := strings.TrimLeft(whole[end:], " \t\r\n,")
	start := a.offset + len(whole) - len(rest)
	rest = strings.TrimRight(rest, " \t\r\n,")
	if strings.Trim(rest, "]}) \t\r\n,;") == "" {
		return len(whole) // nothing was lost
	}
	as := AsUnparsed
	if a.mayRepair && len(whole) <= longestRepair && (!cut || cutInWords(whole)) && a.believe(whole, rest, cut) {
		as = AsFinding
	} else {
		a.report.Unparsed = append(a.report.Unparsed, rest)
		a.report.Truncated = true // whoever reads on cannot know what is missing
	}
	a.marks = append(a.marks, Span{start, start + len(rest), as})
	return len(whole)
}

// believe mends a text as a whole, reads it, and takes in what it has beyond the parts
// that were read before the break. It tells whether that is anything, and all of it.
func (a *answerReader) believe(whole, rest string, cut bool) bool {
	fixed, err := mended(whole)
	if err != nil {
		return false
	}
	var report Report
	again := answerReader{report: &report, scale: a.scale, text: fixed}
	if again.value() != nil || again.elements < a.elements || again.read < a.read || again.elements-again.read > a.elements-a.read {
		return false
	}
	more := report.Findings[a.read:]
	for _, f := range more {
		f.Text, f.Offset, f.Repaired = rest, a.offset, true
		a.report.Findings = append(a.report.Findings, f)
	}
	if cut || a.taken > 0 {
		return len(more) > 0
	}
	for _, r := range report.Retractions {
		r.Text, r.Offset = rest, a.offset+len(a.text)
		a.report.Retractions = append(a.report.Retractions, r)
	}
	a.report.Covered = append(a.report.Covered, report.Covered...)
	a.report.CoveredRaw = append(a.report.CoveredRaw, report.CoveredRaw...)
	a.report.NoFindings = a.report.NoFindings || report.NoFindings
	return len(more)+len(report.Retractions)+len(report.Covered) > 0 || report.NoFindings
}

// mended is the text as valid JSON. The library has met few of the texts that it will
// meet here, and none of them may end a run.
func mended(text string) (fixed string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("mending JSON: %v", r)
		}
	}()
	fixed, err = jsonrepair.Repair(text)
	if err == nil && !json.Valid([]byte(fixed)) {
		err = fmt.Errorf("mending JSON: what came out is none")
	}
	return fixed, err
}

// cutInWords tells that the break is in a value that is only words: no other value can
// have lost its end, as 120 becomes 12.
func cutInWords(text string) bool {
	_, _, key := scanJSON(text)
	switch strings.ToLower(key) {
	case "title", "why", "fix", "description", "details", "reason", "message", "body", "explanation", "suggestion", "recommendation":
		return true
	}
	return false
}

// scanJSON finds where the JSON text ends that s begins with, however broken: behind
// the bracket that closes the first one, or at the end of s. Of a text that ends within
// a string it gives the key of that string.
func scanJSON(s string) (end int, closed bool, cut string) {
	var quote byte
	before := byte('{') // the last byte that is not blank
	depth, from := 0, 0
	key, word := "", ""
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0 && c == '\\':
			i++
		case quote != 0 && c == quote:
			quote, word = 0, s[from:i]
		case quote != 0:
		case c == '"', c == '\'' && strings.IndexByte("{[,:", before) >= 0:
			quote, from = c, i+1
		case c == '{', c == '[':
			depth++
			key, word = "", ""
		case c == '}', c == ']':
			if depth--; depth == 0 {
				return i + 1, true, ""
			}
		case c == ',':
			key, word = "", ""
		case c == ':':
			key = word
		case isLetter(c) || c == '_': // a key without quotes
			if !isLetter(before) && before != '_' {
				from = i
			}
			word = s[from : i+1]
		}
		if c > ' ' {
			before = c
		}
	}
	if quote == 0 {
		key = ""
	}
	return len(s), false, key
}
