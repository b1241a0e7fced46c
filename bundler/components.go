package bundler

import (
	"fmt"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// indexedFile is a file with its place in the change.
type indexedFile struct {
	*File
	order int
}

// group is the files of one component.
type group struct {
	name  string // "" for the files of no configured component: named after their directories
	files []indexedFile
}

// components sorts files into the configured components, in their order, the
// first match has the file. The rest comes last and is divided by directories.
func components(files []indexedFile, configured []Component) []group {
	groups := make([]group, len(configured)+1)
	for i, c := range configured {
		groups[i].name = c.Name
	}
	for _, f := range files {
		i := componentOf(f.Path, configured)
		groups[i].files = append(groups[i].files, f)
	}
	return groups
}

func componentOf(p string, configured []Component) int {
	for i, c := range configured {
		if matchAny(c.Paths, p) {
			return i
		}
	}
	return len(configured)
}

func matchAny(globs []string, p string) bool {
	for _, g := range globs {
		if ok, err := doublestar.Match(g, p); err == nil && ok {
			return true
		}
	}
	return false
}

// commonName names a bundle after what its files have in common: the directory,
// or the first few entries below it.
func commonName(paths []string) string {
	dir := path.Dir(paths[0])
	for _, p := range paths[1:] {
		for dir != "." && !strings.HasPrefix(p, dir+"/") {
			dir = path.Dir(dir)
		}
	}
	if dir != "." {
		return dir
	}
	var names []string
	seen := map[string]bool{}
	for _, p := range paths {
		top, _, below := strings.Cut(p, "/")
		if !below && len(paths) > 1 {
			top = "top level"
		}
		if !seen[top] {
			seen[top] = true
			names = append(names, top)
		}
	}
	const shown = 3
	if len(names) > shown {
		return fmt.Sprintf("%s + %d more", strings.Join(names[:shown], " + "), len(names)-shown)
	}
	return strings.Join(names, " + ")
}
