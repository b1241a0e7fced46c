package doctor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"scrum/bundler"
	"scrum/ledger"
	"scrum/run"
)

// The oldest git that the tool is tested with.
const oldestMajor, oldestMinor = 2, 31

var version = regexp.MustCompile(`(\d+)\.(\d+)`)

// here looks at this machine and the repository.
func here(ctx context.Context, o Options) []Check {
	return []Check{gitVersion(ctx), repository(ctx, o), cacheFolder(o)}
}

func gitVersion(ctx context.Context) Check {
	c := Check{Group: "here", Name: "git", Fix: "install git 2.31 or newer and put it on PATH"}
	out, err := exec.CommandContext(ctx, "git", "--version").Output()
	if err != nil {
		c.State, c.Saw = Fail, "git cannot be run: "+err.Error()
		return c
	}
	c.State, c.Saw = OK, strings.TrimSpace(string(out))
	if m := version.FindStringSubmatch(c.Saw); m != nil {
		major, _ := strconv.Atoi(m[1])
		minor, _ := strconv.Atoi(m[2])
		if major < oldestMajor || major == oldestMajor && minor < oldestMinor {
			c.State = Warn
		}
	}
	return c
}

func repository(ctx context.Context, o Options) Check {
	c := Check{Group: "here", Name: "repository"}
	place, err := bundler.Locate(ctx, o.Run.Source)
	switch {
	case err != nil && place.Dir == "":
		c.State, c.Saw = Fail, "there is none here: only a diff file can be reviewed (--diff)"
		c.Fix = "go into a repository, or make this folder one: git init"
		return c
	case err != nil:
		c.State, c.Saw = Warn, err.Error()
		c.Fix = "name what to review (a range, --staged, --worktree); in CI fetch the history: a shallow clone has nothing to compare with"
		return c
	}
	c.State, c.Saw = OK, "a review would compare "+place.Label
	return c
}

func cacheFolder(o Options) Check {
	c := Check{Group: "here", Name: "cache of answers", State: OK, Saw: o.Home}
	if o.Home == "" {
		c.State, c.Saw, c.Fix = Warn, "there is no place for it: the same question is paid for again", "set XDG_CACHE_HOME or HOME"
		return c
	}
	if err := os.MkdirAll(o.Home, 0o700); err != nil {
		c.State, c.Saw, c.Fix = Warn, err.Error(), "make it writable, or set XDG_CACHE_HOME to another folder"
		return c
	}
	f, err := os.CreateTemp(o.Home, ".doctor-*")
	if err != nil {
		c.State, c.Saw, c.Fix = Warn, err.Error(), "make it writable, or set XDG_CACHE_HOME to another folder"
		return c
	}
	_ = f.Close()
	_ = os.Remove(f.Name())
	return c
}

// configuration looks at where it comes from, and at the ledger.
func configuration(ctx context.Context, o Options, c *run.Configured) []Check {
	loads := Check{Group: "configuration", Name: "loads", State: OK, Saw: fmt.Sprintf("%d providers, %d reviewers, digest %.12s", len(c.Config.Providers), len(c.Config.Reviewers), c.Config.Digest())}
	out := []Check{loads}
	for _, w := range c.Config.Warnings {
		out = append(out, Check{Group: "configuration", Name: "setting", State: Warn, Saw: w, Fix: "correct or remove it"})
	}
	out = append(out, same(ctx, o, c))
	return append(out, gaps(c)...)
}

// same tells when the work tree has another configuration than the one that counts.
func same(ctx context.Context, o Options, c *run.Configured) Check {
	k := Check{Group: "configuration", Name: "base commit", State: OK, Saw: "the configuration of the base commit is that of the work tree"}
	if c.Place.Base == "" {
		k.State, k.Saw = Skipped, "there is no base commit whose configuration could count"
		return k
	}
	o.Run.Settings.Worktree = true
	now, err := run.Configure(ctx, o.Run)
	switch {
	case err != nil:
		k.State, k.Saw, k.Fix = Warn, "that of the work tree is broken: "+err.Error(), "correct it before it is committed"
	case now.Config.Digest() != c.Config.Digest():
		k.State, k.Saw = Warn, "the work tree has another configuration than the base commit, and the base commit's counts"
		k.Fix = "commit " + run.ProjectFile + " on the base branch, or try it now with --config-from worktree"
	}
	return k
}

func gaps(c *run.Configured) []Check {
	file := filepath.Join(c.Place.Dir, ledger.File)
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	k := Check{Group: "configuration", Name: "ledger", State: OK}
	l, err := ledger.Parse(ledger.File, data)
	if err != nil {
		k.State, k.Saw, k.Fix = Fail, err.Error(), "correct "+ledger.File+"; scrum gaps check tells the line"
		return []Check{k}
	}
	today := ledger.DayOf(time.Now())
	expired := 0
	for i := range l.Gaps {
		if l.Gaps[i].Expired(today) {
			expired++
		}
	}
	k.Saw = fmt.Sprintf("%d accepted gaps, %d of them expired", len(l.Gaps), expired)
	if expired > 0 {
		k.State, k.Fix = Warn, "scrum gaps check lists them: accept them again with a reason, or remove them"
	}
	return []Check{k}
}
