package tally

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"scrum/prompts"
)

// odd are the files of a change whose names, written as a place, do not read as
// that place: "a, b.go", "<x>.go", "none", and all that are shown in quotes. Their author must not be able to make
// every finding about them unreadable, so these names are looked for as they are.
type odd struct {
	paths   map[string]string // by the ways in which they may be written
	lengths map[int]bool      // of these
	longest int
	standIn string // a name that reads well, and that no file has
}

func (x *index) oddNames() odd {
	o := odd{paths: map[string]string{}, lengths: map[int]bool{}, standIn: "odd.name"}
	for x.files[o.standIn] != nil {
		o.standIn = "odd/" + o.standIn
	}
	for _, path := range slices.Sorted(maps.Keys(x.files)) {
		shown := prompts.Name(path)
		if shown == path && reads(path, 0) && reads(path, 7) {
			continue
		}
		for _, text := range []string{shown, path, strings.Trim(shown, "`* "), strings.TrimPrefix(shown, "**")} {
			if _, taken := o.paths[text]; !taken && text != "" && len(text) <= maxPath {
				o.paths[text] = path
				o.lengths[len(text)] = true
				o.longest = max(o.longest, len(text))
			}
		}
	}
	return o
}

// reads tells that a place which is written plainly reads as what it is.
func reads(path string, line int) bool {
	text := path
	if line > 0 {
		text += ":" + strconv.Itoa(line)
	}
	read := places(text)
	return len(read) == 1 && read[0].Path == path && read[0].Line == line
}

// places reads a WHERE that begins with an odd name; none when it does not.
func (o odd) places(whereText string) []Place {
	if len(o.paths) == 0 {
		return nil
	}
	for _, text := range []string{strings.TrimSpace(whereText), strings.Trim(whereText, "`* \t\n")} {
		for end := min(len(text), o.longest); end > 0; end-- { // the longest name wins
			if !o.lengths[end] || end < len(text) && strings.IndexByte(" :#(@`*,;\n", text[end]) < 0 {
				continue
			}
			if path, ok := o.paths[text[:end]]; ok {
				if out := o.after(path, text, end); len(out) > 0 {
					return out
				}
			}
		}
	}
	return nil
}

// after reads what follows a name that ends at a byte of the text.
func (o odd) after(path, text string, end int) []Place {
	out := places(o.standIn + text[end:])
	if len(out) == 0 || out[0].Path != o.standIn {
		return nil
	}
	for i := range out {
		if out[i].Path == o.standIn {
			out[i].Path, out[i].Raw = path, text
		}
	}
	return out
}

// replaced gives the problems whose places turn out to be odd names, and what of the
// unparsed texts is left.
func (o odd) replaced(report Report) (found []Reported, unparsed []string) {
	found, unparsed = report.Findings, report.Unparsed
	if len(o.paths) == 0 {
		return found, unparsed
	}
	read := map[string]int{}
	for _, r := range report.Unplaced {
		if r.Where = o.places(r.WhereText); len(r.Where) > 0 {
			found = append(found, r)
			read[r.Text]++
		}
	}
	slices.SortStableFunc(found, func(a, b Reported) int { return a.Offset - b.Offset })
	var left []string
	for _, text := range unparsed {
		if read[text] > 0 {
			read[text]--
			continue
		}
		left = append(left, text)
	}
	return found, left
}
