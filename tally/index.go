package tally

import (
	"bytes"
	"path"
	"slices"
	"sort"
	"strings"

	"scrum/bundler"
)

// index knows the paths of the change and which lines of each the diff shows.
type index struct {
	root    string // top folder of the work tree, "" when there is none
	bundles []string
	order   map[string]int        // bundle id → position
	files   map[string]*file      // by path
	alias   map[string][]*file    // by the old name of a rename
	base    map[string][]*file    // by the last element of the path
	folded  map[string][]*file    // by the path in lower case
	known   map[string]resolution // memo of resolve

	problems []bundler.LeftOut // parts whose hunks could not be read
}

type file struct {
	path    string
	deleted bool
	bundles []int // that carry it, ascending; none when it was left out
	sides   [2][]segment
	parts   []shownPart
	text    *fileText // nil until a quotation is looked up
}

// shownPart is a piece of the file in a bundle, and where it begins there.
type shownPart struct {
	bundler.Part
	bundle int
	before int // lines of the bundle's text that stand before it
}

// segment is a run of shown lines of one kind on one side.
type segment struct {
	first, last int
	changed     bool
	bundle      int
}

func sideIndex(s Side) int {
	if s == Old {
		return 1
	}
	return 0
}

func newIndex(plan *bundler.Plan) *index {
	x := &index{
		order: map[string]int{}, files: map[string]*file{}, alias: map[string][]*file{},
		base: map[string][]*file{}, folded: map[string][]*file{}, known: map[string]resolution{},
	}
	if plan == nil {
		return x
	}
	if plan.Change != nil {
		x.root = plan.Change.Dir
		for _, f := range plan.Change.Files {
			x.file(f)
		}
	}
	for i, b := range plan.Bundles {
		x.bundle(b.ID)
		lines := 0
		for _, p := range b.Parts {
			f := x.file(p.File)
			f.parts = append(f.parts, shownPart{p, i, lines})
			lines += bytes.Count(p.Patch, []byte("\n"))
			if err := x.part(p, i); err != nil {
				x.problems = append(x.problems, bundler.LeftOut{Path: p.File.Path, Reason: err.Error(), Bytes: len(p.Patch)})
			}
		}
	}
	for _, f := range x.files {
		for side := range f.sides {
			slices.SortStableFunc(f.sides[side], func(a, b segment) int { return a.first - b.first })
		}
	}
	return x
}

// bundle gives a bundle its position.
func (x *index) bundle(id string) {
	if _, ok := x.order[id]; !ok {
		x.order[id] = len(x.bundles)
		x.bundles = append(x.bundles, id)
	}
}

func (x *index) file(f *bundler.File) *file {
	if have := x.files[f.Path]; have != nil {
		return have
	}
	n := &file{path: f.Path, deleted: f.Status == bundler.Deleted}
	x.files[f.Path] = n
	if f.Status == bundler.Renamed && f.OldPath != "" {
		x.alias[f.OldPath] = append(x.alias[f.OldPath], n)
	}
	x.base[path.Base(f.Path)] = append(x.base[path.Base(f.Path)], n)
	fold := strings.ToLower(f.Path)
	x.folded[fold] = append(x.folded[fold], n)
	return n
}

// part adds the lines that a part shows.
func (x *index) part(p bundler.Part, bundle int) error {
	f := x.file(p.File)
	if len(f.bundles) == 0 || f.bundles[len(f.bundles)-1] != bundle {
		f.bundles = append(f.bundles, bundle)
	}
	hunks, err := p.Hunks()
	if err != nil {
		return err
	}
	for _, h := range hunks {
		for l := range h.Lines() {
			if l.Kind != '-' {
				f.show(New, l.New, l.Kind == '+', bundle)
			}
			if l.Kind != '+' {
				f.show(Old, l.Old, l.Kind == '-', bundle)
			}
		}
	}
	return nil
}

func (f *file) show(side Side, line int, changed bool, bundle int) {
	list := &f.sides[sideIndex(side)]
	if n := len(*list); n > 0 {
		last := &(*list)[n-1]
		if last.last+1 == line && last.changed == changed && last.bundle == bundle {
			last.last = line
			return
		}
	}
	*list = append(*list, segment{first: line, last: line, changed: changed, bundle: bundle})
}

// resolution is what a reported path stands for: nil when that is not certain.
type resolution struct {
	file *file
	rung Rung // "" when the path is as reported
}

// resolve climbs the ladder of path repairs: as it stands, without a prefix, the
// old name of a rename, a unique suffix, other capitals. A rung that fits two
// files fits none.
func (x *index) resolve(reported string) resolution {
	if r, ok := x.known[reported]; ok {
		return r
	}
	r := x.climb(reported)
	x.known[reported] = r
	return r
}

func (x *index) climb(reported string) resolution {
	if f := x.files[reported]; f != nil {
		return resolution{file: f}
	}
	clean := x.trim(reported)
	for _, p := range []string{clean, strip(clean, "a/"), strip(clean, "b/")} {
		if f := x.files[p]; f != nil {
			return resolution{f, Prefix}
		}
	}
	for _, p := range []string{reported, clean, strip(clean, "a/"), strip(clean, "b/")} {
		if f := only(x.alias[p]); f != nil {
			return resolution{f, Rename}
		}
	}
	if f := only(x.endingIn(clean)); f != nil {
		return resolution{f, Suffix}
	}
	if i := strings.LastIndexByte(clean, ' '); i >= 0 { // "in pkg/a.go"
		if f := x.files[clean[i+1:]]; f != nil {
			return resolution{f, Words}
		}
	}
	if f := only(x.folded[strings.ToLower(clean)]); f != nil {
		return resolution{f, Capitals}
	}
	return resolution{}
}

// trim takes off what only says where the repository stands.
func (x *index) trim(p string) string {
	p = strings.ReplaceAll(p, `\`, "/")
	if root := strings.ReplaceAll(x.root, `\`, "/"); root != "" {
		p = strip(p, strings.TrimSuffix(root, "/")+"/")
	}
	for strings.HasPrefix(p, "./") {
		p = p[2:]
	}
	return strings.TrimLeft(p, "/")
}

func strip(p, prefix string) string { return strings.TrimPrefix(p, prefix) }

// endingIn lists the files whose last elements are those of p.
func (x *index) endingIn(p string) []*file {
	if p == "" {
		return nil
	}
	var out []*file
	for _, f := range x.base[path.Base(p)] {
		if strings.HasSuffix(f.path, "/"+p) {
			out = append(out, f)
		}
	}
	return out
}

func only(files []*file) *file {
	if len(files) == 1 {
		return files[0]
	}
	return nil
}

// home is the bundle that a place of the file belongs to: the one that was asked
// when it carries the file, else the first that does.
func (f *file) home(asked int) int {
	if len(f.bundles) == 0 || slices.Contains(f.bundles, asked) {
		return asked
	}
	return f.bundles[0]
}

// touching finds the shown lines of [first, last]; changed lines win.
func (f *file) touching(side Side, first, last, asked int) (segment, bool) {
	list := f.sides[sideIndex(side)]
	i := sort.Search(len(list), func(i int) bool { return list[i].last >= first })
	var best segment
	found := false
	for ; i < len(list) && list[i].first <= last; i++ {
		s := list[i]
		better := !found || s.changed && !best.changed || s.changed == best.changed && s.bundle == asked && best.bundle != asked
		if better {
			best, found = s, true
		}
		if best.changed && best.bundle == asked {
			break
		}
	}
	return best, found
}

// nearest finds the shown line closest to [first, last], if any is within reach;
// two that are equally close are none.
func (f *file) nearest(side Side, first, last, reach int) (line int, s segment, ok bool) {
	list := f.sides[sideIndex(side)]
	i := sort.Search(len(list), func(i int) bool { return list[i].first > last })
	up, down := reach+1, reach+1
	if i > 0 {
		up = first - list[i-1].last
	}
	if i < len(list) {
		down = list[i].first - last
	}
	switch {
	case up <= reach && up < down:
		return list[i-1].last, list[i-1], true
	case down <= reach && down < up:
		return list[i].first, list[i], true
	}
	return 0, segment{}, false
}
