package bundler_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scrum/bundler"
)

// proofRepo is a repository whose user has configured everything that could change
// what a diff looks like.
type proofRepo struct {
	t   *testing.T
	dir string
}

func newProofRepo(t *testing.T) *proofRepo {
	t.Helper()
	r := &proofRepo{t: t, dir: t.TempDir()}
	r.git("init", "-q", "-b", "main")
	for _, kv := range []string{
		"diff.noprefix=true", "color.ui=always", "color.diff=always", "diff.external=/bin/false", "diff.mnemonicPrefix=true",
		"diff.renames=copies", "diff.algorithm=patience", "diff.context=9", "diff.interHunkContext=50", "diff.suppressBlankEmpty=true",
		"diff.ignoreSubmodules=all", "core.quotePath=false", "diff.submodule=log", "diff.relative=true", "diff.colorMoved=zebra",
		"diff.wsErrorHighlight=all", "diff.orderFile=order", "core.pager=false", "core.autocrlf=false", "diff.indentHeuristic=false",
	} {
		k, v, _ := strings.Cut(kv, "=")
		r.git("config", k, v)
	}
	t.Setenv("GIT_DIFF_OPTS", "--unified=0")
	t.Setenv("GIT_EXTERNAL_DIFF", "/bin/false")
	return r
}

func (r *proofRepo) git(args ...string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "git", args...)
	cmd.Dir = r.dir
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "GIT_") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_ALLOW_PROTOCOL=file",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

func (r *proofRepo) write(name, content string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *proofRepo) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *proofRepo) commit() {
	r.t.Helper()
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", "x")
}

// hostile makes two commits with every case that diffs of real repositories and
// of adversaries have shown.
func (r *proofRepo) hostile() {
	lines := func(n int, s string) string { return strings.Repeat(s+"\n", n) }
	r.write("order", "*z*\n*a*\n")
	r.write(".gitattributes", "hidden.txt -diff\n")
	r.write("hidden.txt", "secret text\n")
	r.write("mode-and-binary", "\x00one")
	r.write("old.bin", "\x00"+lines(200, "binary that will be renamed and edited"))
	for _, name := range []string{"sp ace ", "tab\tname", `quo"te`, `back\slash`, "new\nline", "bad\xff\xfeutf8", "täg", "-dash", "a b/c d"} {
		r.write(name, "one\ntwo\n")
	}
	r.write("crlf", "one\r\ntwo\r\nthree\r\n")
	r.write("noeol", "one\ntwo")
	r.write("empty-to-text", "")
	r.write("text-to-empty", "gone\n")
	r.write("target", "x\n")
	r.must(os.Symlink("target", filepath.Join(r.dir, "link")))
	r.must(os.Symlink("target", filepath.Join(r.dir, "link-to-file")))
	r.write("file-to-link", "I was a file\n")
	r.write("rename-me", lines(50, "same"))
	r.write("mode-only", "#!/bin/sh\n")
	r.write("type-change", "text\n")
	r.write("headers", lines(3, "ctx")+"-- a/x\n"+lines(3, "ctx"))
	r.write("deleted", "bye\nbye\n")
	r.write("long", "short\n")
	r.commit()

	r.must(os.Chmod(filepath.Join(r.dir, "mode-and-binary"), 0o755))
	r.write("mode-and-binary", "\x00two")
	r.must(os.Chmod(filepath.Join(r.dir, "mode-and-binary"), 0o755))
	r.git("mv", "old.bin", "new.bin")
	r.write("new.bin", "\x00"+lines(200, "binary that will be renamed and edited")+"edit\x00")
	r.write("hidden.txt", "secret text\nhidden from the review\n")
	for _, name := range []string{"sp ace ", "tab\tname", `quo"te`, `back\slash`, "new\nline", "bad\xff\xfeutf8", "täg", "-dash", "a b/c d"} {
		r.write(name, "one\nTWO\nthree\n")
	}
	r.write("crlf", "one\r\nzwei\r\nthree\r\nfour")
	r.write("noeol", "one\nzwei")
	r.write("empty-to-text", "text\n")
	r.write("text-to-empty", "")
	r.write("new-empty", "")
	r.must(os.Remove(filepath.Join(r.dir, "link")))
	r.must(os.Symlink("elsewhere", filepath.Join(r.dir, "link")))
	r.must(os.Remove(filepath.Join(r.dir, "link-to-file")))
	r.write("link-to-file", "now a file\n")
	r.must(os.Remove(filepath.Join(r.dir, "file-to-link")))
	r.must(os.Symlink("target", filepath.Join(r.dir, "file-to-link")))
	r.git("mv", "rename-me", "renamed")
	r.must(os.Chmod(filepath.Join(r.dir, "mode-only"), 0o755))
	r.write("headers", lines(3, "ctx")+"++ b/x\n@@ -1 +1 @@\ndiff --git a/q b/q\n\\ No newline at end of file\n"+lines(3, "ctx"))
	r.must(os.Remove(filepath.Join(r.dir, "deleted")))
	r.write("long", strings.Repeat("x", 20<<20)+"\n")
	r.write("formfeed", "a\fb\vc\x1b[31md\n\n\n+\n-\n \n")
	r.commit()
}

func readAndPack(t *testing.T, src bundler.Source, opt bundler.Options) *bundler.Plan {
	t.Helper()
	c, err := bundler.Read(t.Context(), src, bundler.ReadOptions{})
	if err != nil {
		t.Fatalf("reading the change: %v", err)
	}
	plan, err := bundler.Pack(t.Context(), c, opt)
	if err != nil {
		t.Fatalf("packing the change: %v", err)
	}
	return plan
}

// numstat is what git itself counts: path → "added deleted", "- -" for binary.
func (r *proofRepo) numstat(args ...string) map[string]string {
	r.t.Helper()
	out := r.git(append([]string{"-c", "color.ui=false", "-c", "diff.external=", "-c", "diff.relative=false", "-c", "diff.ignoreSubmodules=none", "diff", "--numstat", "-z", "-M", "--no-ext-diff", "--no-color", "--diff-algorithm=myers", "--indent-heuristic"}, args...)...)
	got := map[string]string{}
	fields := strings.Split(out, "\x00")
	for i := 0; i < len(fields)-1; i++ {
		f := strings.SplitN(fields[i], "\t", 3)
		path := f[2]
		if path == "" { // a rename: old and new path follow
			path = fields[i+2]
			i += 2
		}
		got[path] = f[0] + " " + f[1]
	}
	return got
}

func counted(c *bundler.Change) map[string]string {
	got := map[string]string{}
	for _, f := range c.Files {
		if f.Binary {
			got[f.Path] = "- -"
		} else {
			got[f.Path] = strconv.Itoa(f.Added) + " " + strconv.Itoa(f.Deleted)
		}
	}
	return got
}

func TestFilesAndCountsOfHostileChangesAreGitsOwn(t *testing.T) {
	r := newProofRepo(t)
	r.hostile()
	for _, rng := range []string{"HEAD~1..HEAD", "HEAD..HEAD~1"} {
		t.Run(rng, func(t *testing.T) {
			c, err := bundler.Read(t.Context(), bundler.Source{Dir: r.dir, Range: rng}, bundler.ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.numstat(rng), counted(c)); diff != "" {
				t.Errorf("files and counts (-git +bundler):\n%s", diff)
			}
			var sum int
			for _, f := range c.Files {
				sum += len(f.Patch)
				if _, err := f.Hunks(); err != nil {
					t.Errorf("the hunks of %q: %v", f.Path, err)
				}
			}
			if sum != len(c.Patch) {
				t.Errorf("the files have %d bytes, the patch has %d", sum, len(c.Patch))
			}
		})
	}
}

func TestEveryHostileFileIsInABundleOrLeftOut(t *testing.T) {
	r := newProofRepo(t)
	r.hostile()
	plan := readAndPack(t, bundler.Source{Dir: r.dir, Range: "HEAD~1..HEAD"}, bundler.Options{LeaveOut: bundler.LeaveOut{Generated: true, Vendored: true, Lockfiles: true}})
	reasons := map[string]string{}
	for _, l := range plan.LeftOut {
		reasons[l.Path] = l.Reason
	}
	want := map[string]string{
		"hidden.txt": "hidden by a -diff attribute: git shows no text of it", "mode-and-binary": "binary", "new.bin": "binary",
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
	var refused *bundler.RefusedError
	if err := plan.CheckGuards(); !errors.As(err, &refused) || !strings.Contains(err.Error(), `"long"`) {
		t.Errorf("a line of 20 MB gives %v, want a refusal that names the file", err)
	}
}

// reassembled puts the bundles' payloads together again, the pieces of a file
// under one header, and adds what was left out.
func reassembled(plan *bundler.Plan) []byte {
	left := map[string]bool{}
	for _, l := range plan.LeftOut {
		left[l.Path] = true
	}
	pieces := map[*bundler.File][]bundler.Part{}
	for _, b := range plan.Bundles {
		for _, p := range b.Parts {
			pieces[p.File] = append(pieces[p.File], p)
		}
	}
	var out bytes.Buffer
	for _, f := range plan.Change.Files {
		parts := pieces[f]
		switch {
		case left[f.Path]:
			out.Write(f.Patch)
		case len(parts) == 1 && parts[0].Of == 0:
			out.Write(parts[0].Patch)
		default:
			for n := 1; n <= len(parts); n++ {
				for _, p := range parts {
					if p.Piece == n && (n == 1 || f.Status == bundler.Retyped) { // a change of type has two headers
						out.Write(p.Patch)
					} else if p.Piece == n {
						out.Write(p.Patch[bytes.Index(p.Patch, []byte("\n@@ "))+1:])
					}
				}
			}
		}
	}
	return out.Bytes()
}

func (r *proofRepo) applies(patch []byte, from, want string) {
	r.t.Helper()
	r.git("read-tree", from)
	file := filepath.Join(r.t.TempDir(), "patch")
	r.must(os.WriteFile(file, patch, 0o600))
	r.git("apply", "--cached", "--unidiff-zero", "--whitespace=nowarn", file)
	if got, want := r.git("write-tree"), r.git("rev-parse", want+"^{tree}"); got != want {
		r.t.Errorf("the reassembled bundles make the tree %s, want %s", strings.TrimSpace(got), strings.TrimSpace(want))
	}
}

func TestReassembledBundlesApplyToTheNewTree(t *testing.T) {
	r := newProofRepo(t)
	r.hostile()
	// Without the binary files, which a diff does not hold.
	r.git("rm", "-q", "--cached", "hidden.txt", "mode-and-binary", "new.bin")
	r.git("commit", "-q", "-m", "x")
	r.git("clean", "-fdq")
	r.git("checkout", "-q", "-B", "base", "HEAD~2")
	r.git("rm", "-q", "--cached", "hidden.txt", "mode-and-binary", "old.bin")
	r.git("commit", "-q", "-m", "x")
	for _, stable := range []bool{false, true} {
		opt := bundler.Options{Stable: stable, Guards: bundler.Guards{Warn: 400, Refuse: 1000}}
		plan := readAndPack(t, bundler.Source{Dir: r.dir, Range: "base..main"}, opt)
		if len(plan.Bundles) < 5 {
			t.Errorf("only %d bundles: nothing was cut", len(plan.Bundles))
		}
		r.applies(reassembled(plan), "base", "main")
	}
}

func TestACutFileKeepsTrueLineNumbers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		patch, newLines := randomFile(rt)
		warn := rapid.IntRange(80, 600).Draw(rt, "warn")
		c, err := bundler.Read(context.Background(), bundler.Source{Diff: strings.NewReader(patch), DiffName: "random"}, bundler.ReadOptions{})
		if err != nil {
			rt.Fatalf("reading: %v\n%s", err, patch)
		}
		plan, err := bundler.Pack(context.Background(), c, bundler.Options{Guards: bundler.Guards{Warn: bundler.ByteSize(warn), Refuse: 1 << 20}})
		if err != nil {
			rt.Fatal(err)
		}
		got := newLinesOf(rt, plan.Bundles)
		if diff := cmp.Diff(newLines, got); diff != "" {
			rt.Fatalf("new lines (-want +got):\n%s", diff)
		}
	})
}

// newLinesOf gives the lines of the new side that bundles of one file show, none
// of them twice.
func newLinesOf(rt *rapid.T, bundles []*bundler.Bundle) map[int]string {
	got := map[int]string{}
	for _, b := range bundles {
		for _, p := range b.Parts {
			hunks, err := p.Hunks()
			if err != nil {
				rt.Fatalf("a piece cannot be read: %v\n%s", err, p.Patch)
			}
			for _, h := range hunks {
				for l := range h.Lines() {
					if l.New == 0 {
						continue
					}
					if _, twice := got[l.New]; twice {
						rt.Fatalf("line %d stands in two pieces", l.New)
					}
					got[l.New] = string(l.Text)
				}
			}
		}
	}
	return got
}

func TestHalvesHoldTheWholeBundleAndAreHalves(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		patch, newLines := randomFile(rt)
		files := rapid.IntRange(0, 12).Draw(rt, "files beside it")
		for i := range files {
			patch += fmt.Sprintf("diff --git a/g%d b/g%d\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/g%d\n@@ -0,0 +1,1 @@\n+0123456789\n", i, i, i)
		}
		c, err := bundler.Read(context.Background(), bundler.Source{Diff: strings.NewReader(patch), DiffName: "random"}, bundler.ReadOptions{})
		if err != nil {
			rt.Fatal(err)
		}
		plan, err := bundler.Pack(context.Background(), c, bundler.Options{Guards: bundler.Guards{Warn: 1 << 20, Refuse: 1 << 20}, Components: []bundler.Component{{Name: "all", Paths: []string{"**"}}}})
		if err != nil || len(plan.Bundles) != 1 {
			rt.Fatalf("%d bundles, %v", len(plan.Bundles), err)
		}
		halves := plan.Bundles[0].Halves()
		if halves == nil {
			if files > 0 || len(newLines) > 1 {
				rt.Fatalf("no halves of\n%s", patch)
			}
			return
		}
		total, seen := 0, map[string]int{}
		var of []*bundler.Bundle
		for i, h := range halves {
			if h.ID != fmt.Sprintf("c1.%d", i+1) || h.Bytes != len(h.Payload()) || h.Component != "all" {
				rt.Fatalf("half %d: %s %d %s", i, h.ID, h.Bytes, h.Component)
			}
			total += h.Bytes
			f := &bundler.Bundle{}
			for _, p := range h.Parts {
				if p.File.Path == "f" {
					f.Parts = append(f.Parts, p)
				} else {
					seen[p.File.Path]++
				}
			}
			of = append(of, f)
		}
		if diff := cmp.Diff(newLines, newLinesOf(rt, of)); diff != "" {
			rt.Fatalf("new lines (-want +got):\n%s", diff)
		}
		if len(halves) != 2 || len(seen) != files || total < plan.Bundles[0].Bytes {
			rt.Fatalf("%d halves with %d files and %d bytes of %d", len(halves), len(seen), total, plan.Bundles[0].Bytes)
		}
		// Headers are repeated and a line is never cut, so a half may be somewhat
		// more than half.
		const slack = 250
		if most := max(halves[0].Bytes, halves[1].Bytes); 3*most > 2*plan.Bundles[0].Bytes+3*slack {
			rt.Fatalf("%d and %d bytes of %d are no halves", halves[0].Bytes, halves[1].Bytes, plan.Bundles[0].Bytes)
		}
	})
}

// randomFile makes the patch of one file, and the lines of the new side that it
// shows.
func randomFile(rt *rapid.T) (string, map[int]string) {
	var b strings.Builder
	b.WriteString("diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n")
	shown := map[int]string{}
	oldLine, newLine := 1, 1
	for range rapid.IntRange(1, 4).Draw(rt, "hunks") {
		gap := rapid.IntRange(1, 50).Draw(rt, "gap")
		oldLine, newLine = oldLine+gap, newLine+gap
		var body strings.Builder
		olds, news := 0, 0
		for i := range rapid.IntRange(1, 30).Draw(rt, "lines") {
			kind := rapid.SampledFrom([]byte(" +-")).Draw(rt, "kind")
			if i == 0 {
				kind = ' '
			}
			text := rapid.StringMatching(`[-+ @\\a-z]{0,40}`).Draw(rt, "text")
			fmt.Fprintf(&body, "%c%s\n", kind, text)
			if kind != '-' {
				shown[newLine+news] = text
				news++
			}
			if kind != '+' {
				olds++
			}
		}
		fmt.Fprintf(&b, "@@ -%d,%d +%d,%d @@ func x()\n%s", oldLine, olds, newLine, news, body.String())
		oldLine, newLine = oldLine+olds, newLine+news
	}
	return b.String(), shown
}

// randomChange makes a plain diff of many files in a tree.
func randomChange(rt *rapid.T) string {
	var b strings.Builder
	seen := map[string]bool{}
	for range rapid.IntRange(1, 40).Draw(rt, "files") {
		name := rapid.StringMatching(`([a-c]/){0,3}[a-z]{1,3}\.go`).Draw(rt, "name")
		if seen[name] {
			continue
		}
		seen[name] = true
		n := rapid.IntRange(1, 60).Draw(rt, "size")
		fmt.Fprintf(&b, "diff --git a/%s b/%s\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/%s\n@@ -0,0 +1,%d @@\n%s", name, name, name, n, strings.Repeat("+0123456789\n", n))
	}
	return b.String()
}

func TestPackingLosesAndDoublesNothingAndKeepsTheLimit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := randomChange(rt)
		warn := rapid.IntRange(200, 3000).Draw(rt, "warn")
		stable := rapid.Bool().Draw(rt, "stable")
		c, err := bundler.Read(context.Background(), bundler.Source{Diff: strings.NewReader(text), DiffName: "random"}, bundler.ReadOptions{})
		if err != nil {
			rt.Fatal(err)
		}
		plan, err := bundler.Pack(context.Background(), c, bundler.Options{Stable: stable, Guards: bundler.Guards{Warn: bundler.ByteSize(warn), Refuse: 1 << 20}})
		if err != nil {
			rt.Fatal(err)
		}
		in := map[string]int{}
		for _, b := range plan.Bundles {
			if b.Bytes > warn || b.Guard != bundler.GuardOK {
				rt.Fatalf("bundle %s has %d bytes under a limit of %d", b.ID, b.Bytes, warn)
			}
			if len(b.Payload()) != b.Bytes {
				rt.Fatalf("bundle %s says %d bytes and has %d", b.ID, b.Bytes, len(b.Payload()))
			}
			for _, p := range b.Parts {
				in[p.File.Path] += added(rt, p)
			}
		}
		for _, f := range c.Files {
			if in[f.Path] != f.Added {
				rt.Fatalf("%s has %d lines, the bundles have %d of it", f.Path, f.Added, in[f.Path])
			}
		}
		if !stable {
			checkDirectories(rt, plan, warn)
		}
	})
}

func added(rt *rapid.T, p bundler.Part) int {
	hunks, err := p.Hunks()
	if err != nil {
		rt.Fatal(err)
	}
	n := 0
	for _, h := range hunks {
		n += h.NewLines
	}
	return n
}

// checkDirectories holds that a directory that fits into one bundle is in one.
func checkDirectories(rt *rapid.T, plan *bundler.Plan, warn int) {
	size := map[string]int{}
	in := map[string]map[string]bool{}
	for _, b := range plan.Bundles {
		for _, p := range b.Parts {
			for dir := filepath.ToSlash(filepath.Dir(p.File.Path)); dir != "."; dir = filepath.ToSlash(filepath.Dir(dir)) {
				if p.Piece <= 1 {
					size[dir] += len(p.File.Patch)
				}
				if in[dir] == nil {
					in[dir] = map[string]bool{}
				}
				in[dir][b.ID] = true
			}
		}
	}
	for dir, bytes := range size {
		if bytes <= warn && len(in[dir]) > 1 {
			rt.Fatalf("directory %s of %d bytes is split over %d bundles", dir, bytes, len(in[dir]))
		}
	}
}

func TestDiffsThatCannotBeReadSayWhere(t *testing.T) {
	const good = "diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n ctx\n-a\n+b\n"
	for name, tc := range map[string]struct {
		diff   string
		offset int64
		msg    string
	}{
		"garbage":                       {"hello\nworld\n", 0, "no diff"},
		"cut inside a hunk":             {good[:len(good)-3], int64(len(good) - 3), "cut off"},
		"cut inside a line":             {good[:len(good)-1], int64(len(good) - 1), "cut off"},
		"coloured":                      {"\x1b[1mdiff --git a/x b/x\x1b[m\n", 0, "--no-color"},
		"coloured behind a file":        {good + "\x1b[1mdiff\n", int64(len(good)), "--no-color"},
		"a combined diff":               {"diff --cc x\nindex 1,2..3\n--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n", 0, "combined"},
		"garbage behind a file":         {good + "oops\n", int64(len(good)), "no part of one"},
		"a hunk without a file":         {"@@ -1 +1 @@\n-a\n+b\n", 0, "without the header"},
		"an unreadable hunk header":     {strings.Replace(good, "@@ -1,2", "@@ -x,2", 1), 53, "unreadable header"},
		"more lines than promised":      {strings.Replace(good, "-1,2", "-1,1", 1), 74, "more lines|no part|begins"},
		"a header with nothing behind":  {"diff --git a/x b/x\nindex 1..2 100644\n", 37, "cut off"},
		"a hunk line that is none":      {strings.Replace(good, " ctx", "ctx", 1), 69, "begins with none"},
		"a number that fits no integer": {strings.Replace(good, "-1,2", "-99999999999,2", 1), 53, "unreadable header"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := bundler.Read(t.Context(), bundler.Source{Diff: strings.NewReader(tc.diff), DiffName: "in.diff"}, bundler.ReadOptions{})
			var syntax *bundler.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %v, want a syntax error", err)
			}
			ok := false
			for _, m := range strings.Split(tc.msg, "|") {
				ok = ok || strings.Contains(err.Error(), m)
			}
			if !ok || !strings.HasPrefix(err.Error(), "in.diff, byte ") {
				t.Errorf("got %q, want it to name in.diff, a byte and %q", err, tc.msg)
			}
			if syntax.Offset != tc.offset {
				t.Errorf("it names byte %d, want %d", syntax.Offset, tc.offset)
			}
		})
	}
}

func TestPlainDiffsOfOtherTools(t *testing.T) {
	const hunk = "@@ -1 +1 @@\n-a\n+b\n"
	for name, tc := range map[string]struct {
		diff string
		want []string
	}{
		"nothing":        {"", nil},
		"blank":          {"\n\n", nil},
		"diff -u":        {"--- old/x.c\t2026-01-01 00:00:00\n+++ old/x.c\t2026-01-02 00:00:00\n" + hunk, []string{"old/x.c M"}},
		"diff -ru":       {"Only in b: y\ndiff -ru a/x b/x\n--- a/x\n+++ b/x\n" + hunk + "Only in b: z\ndiff -ru a/w b/w\n--- a/w\n+++ b/w\n" + hunk, []string{"x M", "w M"}},
		"a mailed patch": {"From 1234 Mon Sep 17 00:00:00 2001\nFrom: A\nSubject: [PATCH] x\n\ntext\n---\n x | 2 +-\n\ndiff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n" + hunk + "-- \n2.39.5\n\n", []string{"x M"}},
		"git show":       {"commit 1\nAuthor: a\n\n    msg\n\ndiff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n" + hunk, []string{"x M"}},
		"added, deleted, renamed, mode, empty, binary": {
			"diff --git a/n b/n\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n" +
				"diff --git a/d b/d\ndeleted file mode 100644\nindex 1..0\n--- a/d\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n" +
				"diff --git a/o b/p\nsimilarity index 100%\nrename from o\nrename to p\n" +
				"diff --git a/sp ace b/sp ace\nold mode 100644\nnew mode 100755\n" +
				"diff --git a/e b/e\nnew file mode 100644\nindex 0..0\n" +
				"diff --git a/i.png b/i.png\nindex 1..2 100644\nBinary files a/i.png and b/i.png differ\n" +
				"diff --git \"a/t\\303\\244\" \"b/t\\303\\244\"\nindex 1..2 100644\n--- \"a/t\\303\\244\"\n+++ \"b/t\\303\\244\"\n" + hunk,
			[]string{"n A", "d D", "p R", "sp ace M", "e A", "i.png M", "tä M"},
		},
		"no prefixes": {"diff --git x x\nindex 1..2 100644\n--- x\n+++ x\n" + hunk, []string{"x M"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := bundler.Read(t.Context(), bundler.Source{Diff: strings.NewReader(tc.diff), DiffName: "in.diff"}, bundler.ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range c.Files {
				got = append(got, fmt.Sprintf("%s %c", f.Path, f.Status))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzPlainDiff(f *testing.F) {
	f.Add("diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n ctx\n-a\n+b\n")
	f.Add("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n")
	f.Add("diff --git \"a/t\\303\\244\" \"b/t\\303\\244\"\nold mode 100644\nnew mode 100755\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := bundler.Read(context.Background(), bundler.Source{Diff: strings.NewReader(text), DiffName: "fuzz"}, bundler.ReadOptions{})
		if err != nil {
			var syntax *bundler.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("an error that is no syntax error: %v", err)
			}
			if syntax.Offset < 0 || syntax.Offset > int64(len(text)) {
				t.Fatalf("the error names byte %d of %d", syntax.Offset, len(text))
			}
			return
		}
		if len(c.Files) == 0 && strings.TrimSpace(text) != "" {
			t.Fatal("text that is not blank was read as no change")
		}
		for _, file := range c.Files {
			if file.Path == "" {
				t.Fatal("a file without a path")
			}
			_, _ = file.Hunks()
		}
	})
}
