package injection

import (
	"bytes"
	"flag"
	"fmt"
	"os/exec"
	"sort"
	"testing"

	"scrum/bundler"
)

var (
	repository = flag.String("repository", "", "measure what is found in the history of this repository")
	commits    = flag.Int("commits", 1000, "how many commits of it")
)

// TestRate measures false positives: run it with -args -repository DIR over code
// that nobody has written against a reviewer.
func TestRate(t *testing.T) {
	if *repository == "" {
		t.Skip("no -repository was given")
	}
	out, err := exec.CommandContext(t.Context(), "git", "-C", *repository, "-c", "core.quotePath=true", "log", "-p", "-M", "--no-merges", "--no-color", "--no-ext-diff", "--no-textconv",
		"--full-index", "--src-prefix=a/", "--dst-prefix=b/", "--format=%x00%H %s%x01", fmt.Sprintf("-n%d", *commits)).Output()
	if err != nil {
		t.Fatal(err)
	}
	var r rate
	for _, text := range bytes.Split(out, []byte{'\n', 0}) {
		r.commit(t, bytes.TrimPrefix(text, []byte{0}))
	}
	for _, s := range r.found {
		t.Log(s)
	}
	t.Logf("%d commits, %d with a hit (%.2f %%), %d that no diff could be read of", r.commits, r.hit, 100*float64(r.hit)/float64(max(1, r.commits)), r.unread)
	t.Logf("%d added lines, %d hits on added lines (%.1f in a million), by kind %v", r.lines, len(r.found), 1e6*float64(len(r.found))/float64(max(1, r.lines)), r.kinds)
}

type rate struct {
	commits, hit, unread, lines int
	found                       []string
	kinds                       map[Kind]int
}

func (r *rate) commit(t *testing.T, text []byte) {
	head, patch, _ := bytes.Cut(text, []byte{1, '\n'})
	if len(bytes.TrimSpace(patch)) == 0 {
		return
	}
	c, err := bundler.Read(t.Context(), bundler.Source{Diff: bytes.NewReader(append(bytes.TrimRight(patch, "\n"), '\n')), DiffName: string(head)}, bundler.ReadOptions{})
	if err != nil {
		r.unread++
		return
	}
	found, err := Find(c)
	if err != nil {
		r.unread++
		return
	}
	r.commits++
	for _, f := range c.Files {
		r.lines += f.Added
	}
	before := len(r.found)
	for _, i := range found {
		if i.Added {
			r.found = append(r.found, fmt.Sprintf("%.8s %s:%d %s %s", head, i.Path, i.First, i.Kind, i.Excerpt))
			if r.kinds == nil {
				r.kinds = map[Kind]int{}
			}
			r.kinds[i.Kind]++
		}
	}
	if len(r.found) > before {
		r.hit++
	}
	sort.Strings(r.found[before:])
}
