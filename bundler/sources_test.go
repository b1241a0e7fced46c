package bundler_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/bundler"
)

func (r *proofRepo) read(src bundler.Source) *bundler.Change {
	r.t.Helper()
	src.Dir = r.dir
	c, err := bundler.Read(r.t.Context(), src, bundler.ReadOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func paths(c *bundler.Change) []string {
	out := []string{}
	for _, f := range c.Files {
		out = append(out, string(f.Status)+" "+f.Path)
	}
	return out
}

func expect(t *testing.T, what string, want, got []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// branched has main at a commit with a and b, and a branch that added c while main
// went on.
func branched(t *testing.T) *proofRepo {
	r := newProofRepo(t)
	r.write("order", "*\n")
	r.write("a", "1\n")
	r.commit()
	r.git("checkout", "-q", "-b", "feature")
	r.write("c", "1\n")
	r.commit()
	r.write("d", "1\n")
	r.commit()
	r.git("checkout", "-q", "main")
	r.write("b", "of its own\n")
	r.commit()
	r.git("checkout", "-q", "feature")
	return r
}

func TestRanges(t *testing.T) {
	r := branched(t)
	for rng, want := range map[string][]string{
		"":               {"A c", "A d"},
		"main":           {"A c", "A d"},
		"main...feature": {"A c", "A d"},
		"main..feature":  {"D b", "A c", "A d"},
		"HEAD~1":         {"A d"},
		"HEAD~1..":       {"A d"},
		"...main":        {"A b"},
	} {
		expect(t, "range "+rng, want, paths(r.read(bundler.Source{Range: rng})))
	}
	c := r.read(bundler.Source{})
	if c.Label != "main...HEAD" || len(c.Base) != 40 || c.Dirty {
		t.Errorf("the default change is %q from %q", c.Label, c.Base)
	}
	expect(t, "one commit", []string{"A c"}, paths(r.read(bundler.Source{Commit: "HEAD~1"})))
	expect(t, "the root commit", []string{"A a", "A order"}, paths(r.read(bundler.Source{Commit: "main~1"})))
	r.git("checkout", "-q", "main")
	expect(t, "the default on the default branch", []string{"A b"}, paths(r.read(bundler.Source{})))
}

func TestUncommittedChanges(t *testing.T) {
	r := branched(t)
	r.write(".gitignore", "ignored\n")
	r.write("a", "staged\n")
	r.git("add", "a")
	r.write("a", "staged and edited\n")
	r.write("sub/untracked", "new\n")
	r.write("ignored", "x\n")
	before := r.git("status", "--porcelain") + r.git("count-objects", "-v")

	expect(t, "staged", []string{"M a"}, paths(r.read(bundler.Source{Staged: true})))
	w := r.read(bundler.Source{Worktree: true})
	expect(t, "work tree", []string{"A .gitignore", "M a", "A sub/untracked"}, paths(w))
	if !strings.Contains(string(w.Patch), "+staged and edited") || !w.Dirty {
		t.Error("the work tree's own content is not in the change")
	}
	if after := r.git("status", "--porcelain") + r.git("count-objects", "-v"); after != before {
		t.Errorf("reading has changed the repository:\n%s", cmp.Diff(before, after))
	}
}

func TestARepositoryWithoutCommits(t *testing.T) {
	r := newProofRepo(t)
	r.write("order", "*\n")
	r.write("a", "1\n")
	r.git("add", "a")
	expect(t, "staged", []string{"A a"}, paths(r.read(bundler.Source{Staged: true})))
	expect(t, "work tree", []string{"A a", "A order"}, paths(r.read(bundler.Source{Worktree: true})))
	_, err := bundler.Read(t.Context(), bundler.Source{Dir: r.dir}, bundler.ReadOptions{})
	wantUsage(t, err, "no commits yet")
}

func wantUsage(t *testing.T, err error, text string) {
	t.Helper()
	var usage *bundler.UsageError
	if !errors.As(err, &usage) || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want a usage error with %q", err, text)
	}
}

func TestWhatIsNotThereIsAUsageError(t *testing.T) {
	r := branched(t)
	for text, src := range map[string]bundler.Source{
		`no commit "nosuch"`:  {Dir: r.dir, Range: "nosuch...HEAD"},
		`no commit "--output`: {Dir: r.dir, Commit: "--output=x"},
		"not in a git work":   {Dir: t.TempDir()},
		"there is no folder":  {Dir: filepath.Join(r.dir, "nosuch")},
		`no commit "HEAD~99"`: {Dir: r.dir, Commit: "HEAD~99"},
		`no commit "main:a"`:  {Dir: r.dir, Range: "main:a"},
	} {
		_, err := bundler.Read(t.Context(), src, bundler.ReadOptions{})
		wantUsage(t, err, text)
	}
}

func TestAShallowCloneWithoutAMergeBaseSaysSo(t *testing.T) {
	r := branched(t)
	clone := filepath.Join(t.TempDir(), "clone")
	r.git("clone", "-q", "--depth=1", "--no-single-branch", "file://"+filepath.ToSlash(r.dir), clone)
	_, err := bundler.Read(t.Context(), bundler.Source{Dir: clone, Range: "origin/main...origin/feature"}, bundler.ReadOptions{})
	wantUsage(t, err, "git fetch --unshallow")
}

func TestSubmodules(t *testing.T) {
	inner := newProofRepo(t)
	inner.write("order", "*\n")
	inner.write("x", "1\n")
	inner.commit()
	r := newProofRepo(t)
	r.write("order", "*\n")
	r.commit()
	r.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "file://"+filepath.ToSlash(inner.dir), "sub")
	r.commit()
	c := r.read(bundler.Source{Range: "HEAD~1..HEAD"})
	expect(t, "a submodule is added", []string{"A .gitmodules", "A sub"}, paths(c))
	if diff := cmp.Diff(r.numstat("HEAD~1..HEAD"), counted(c)); diff != "" {
		t.Errorf("counts (-git +bundler):\n%s", diff)
	}
}

func TestLeavingOutNamesItsReason(t *testing.T) {
	r := newProofRepo(t)
	r.write("order", "*\n")
	r.write(".gitattributes", "marked.go linguist-generated\nvendor/ours.go -linguist-vendored\n")
	r.write("was_generated.go", "// Code generated by x. DO NOT EDIT.\npackage a\n"+strings.Repeat("\n", 30)+"var a = 1\n")
	r.write("dodge.go", "package a\n\nvar dodge = 1\n")
	r.commit()
	r.write("was_generated.go", "// Code generated by x. DO NOT EDIT.\npackage a\n"+strings.Repeat("\n", 30)+"var a = 2\n")
	r.write("dodge.go", "// Code generated by nobody. DO NOT EDIT.\npackage a\n\nvar dodge = 2\n")
	r.write("new_generated.go", "// Code generated by y. DO NOT EDIT.\npackage a\n")
	r.write("marked.go", "package a\n")
	r.write("vendor/theirs.go", "package b\n")
	r.write("vendor/ours.go", "package b\n")
	r.write("node_modules/x/index.js", "x\n")
	r.write("testdata/vendored_by_name.txt", "x\n")
	r.write("dist/app.js", "let x = 1\n")
	r.write(".github/workflows/ci.yml", "on: push\n")
	r.write("go.sum", "x\n")
	r.write("web/package-lock.json", "{}\n")
	r.write("docs/archive/old.md", "x\n")
	r.write("evil.gitattributes-free.go", "package a\n")
	r.commit()
	plan := readAndPack(t, bundler.Source{Dir: r.dir, Range: "HEAD~1..HEAD"}, bundler.Options{
		LeaveOut: bundler.LeaveOut{Generated: true, Vendored: true, Lockfiles: true, Paths: []string{"docs/archive/**"}},
	})
	got := map[string]string{}
	for _, l := range plan.LeftOut {
		got[l.Path] = l.Reason
		if l.Bytes == 0 {
			t.Errorf("%s is left out with 0 bytes", l.Path)
		}
	}
	want := map[string]string{
		"was_generated.go": "generated", "new_generated.go": "generated", "marked.go": "generated",
		"vendor/theirs.go": "vendored", "node_modules/x/index.js": "vendored",
		"go.sum": "lock file", "web/package-lock.json": "lock file", "docs/archive/old.md": "configured (leave_out.paths)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
}

func TestMoreContextIsShrunkBeforeAGuardIsHit(t *testing.T) {
	r := newProofRepo(t)
	r.write("order", "*\n")
	r.write("big", strings.Repeat("line\n", 2000))
	r.write("small", strings.Repeat("line\n", 20))
	r.commit()
	r.write("big", strings.Repeat("line\n", 1000)+"edit\n"+strings.Repeat("line\n", 1000))
	r.write("small", strings.Repeat("line\n", 10)+"edit\n"+strings.Repeat("line\n", 10))
	r.commit()
	c, err := bundler.Read(t.Context(), bundler.Source{Dir: r.dir, Range: "HEAD~1..HEAD"}, bundler.ReadOptions{ContextLines: 1000})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := bundler.Pack(t.Context(), c, bundler.Options{Guards: bundler.Guards{Warn: 2048, Refuse: 4096}})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Bundles) != 1 {
		t.Errorf("%d bundles, want 1: the context was not shrunk", len(plan.Bundles))
	}
	for _, f := range c.Files {
		hunks, err := f.Hunks()
		if err != nil {
			t.Fatal(err)
		}
		if want := map[string]int{"big": 7, "small": 21}[f.Path]; hunks[0].NewLines != want {
			t.Errorf("%s shows %d lines, want %d", f.Path, hunks[0].NewLines, want)
		}
	}
}

func TestConfiguredComponentsHaveBundlesOfTheirOwn(t *testing.T) {
	diff := ""
	for _, name := range []string{"cmd/v/main.go", "internal/v/v.go", "web/app.js", "README.md"} {
		diff += "diff --git a/" + name + " b/" + name + "\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/" + name + "\n@@ -0,0 +1 @@\n+x\n"
	}
	plan := readAndPack(t, bundler.Source{Diff: strings.NewReader(diff), DiffName: "x"}, bundler.Options{
		Components: []bundler.Component{{Name: "v", Paths: []string{"cmd/v/**", "internal/v/**"}}, {Name: "unused", Paths: []string{"nosuch/**"}}},
	})
	var got []string
	for _, b := range plan.Bundles {
		got = append(got, b.ID+" "+b.Component+": "+strings.Join(b.Paths(), " "))
	}
	expect(t, "bundles", []string{"c1 v: cmd/v/main.go internal/v/v.go", "c2 web + top level: web/app.js README.md"}, got)
}

func TestStablePackingChangesFewBundles(t *testing.T) {
	build := func(edited int) map[string]bool {
		var b strings.Builder
		for i := range 600 {
			name := "d" + string(rune('a'+i%26)) + "/f" + strings.Repeat("x", i%7) + string(rune('a'+i/26)) + ".go"
			n := 20 + i*37%90
			if i == edited {
				n += 11
			}
			b.WriteString("diff --git a/" + name + " b/" + name + "\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/" + name + "\n@@ -0,0 +1," + itoa(n) + " @@\n" + strings.Repeat("+0123456789\n", n))
		}
		plan := readAndPack(t, bundler.Source{Diff: strings.NewReader(b.String()), DiffName: "x"}, bundler.Options{Stable: true, Guards: bundler.Guards{Warn: 8 << 10, Refuse: 100 << 10}})
		out := map[string]bool{}
		for _, bundle := range plan.Bundles {
			out[string(bundle.Payload())] = true
		}
		return out
	}
	before := build(-1)
	same, all := 0, 0
	for edited := 0; edited < 600; edited += 29 {
		for payload := range build(edited) {
			all++
			if before[payload] {
				same++
			}
		}
	}
	if share := float64(same) / float64(all); share < 0.91 {
		t.Errorf("%.1f %% of the bundles are unchanged when one file changes, want at least 91 %%", 100*share)
	} else {
		t.Logf("%.1f %% of %d bundles unchanged", 100*share, len(before))
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

func TestExportWritesTheNewSide(t *testing.T) {
	r := branched(t)
	r.must(os.Symlink("/etc/passwd", filepath.Join(r.dir, "leak")))
	r.commit()
	r.write("a", "staged\n")
	r.git("add", "a")
	r.write("a", "edited\n")
	r.write("untracked", "u\n")
	for name, tc := range map[string]struct {
		src  bundler.Source
		want map[string]string
	}{
		"a commit":  {bundler.Source{Commit: "HEAD"}, map[string]string{"a": "1\n", "c": "1\n", "d": "1\n", "order": "*\n"}},
		"the index": {bundler.Source{Staged: true}, map[string]string{"a": "staged\n", "c": "1\n", "d": "1\n", "order": "*\n"}},
		"work tree": {bundler.Source{Worktree: true}, map[string]string{"a": "edited\n", "c": "1\n", "d": "1\n", "order": "*\n", "untracked": "u\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := r.read(tc.src).Export(t.Context(), dir, nil); err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				data, err := os.ReadFile(p)
				rel, _ := filepath.Rel(dir, p)
				got[filepath.ToSlash(rel)] = string(data)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("tree (-want +got):\n%s", diff)
			}
		})
	}
	plain := &bundler.Change{}
	if err := plain.Export(t.Context(), t.TempDir(), nil); !errors.Is(err, bundler.ErrNoTree) {
		t.Errorf("exporting a plain diff gives %v, want ErrNoTree", err)
	}
}

func TestShow(t *testing.T) {
	r := branched(t)
	r.must(os.Symlink("/etc/passwd", filepath.Join(r.dir, "link")))
	r.commit()
	data, err := bundler.Show(t.Context(), r.dir, "main", "a")
	if err != nil || string(data) != "1\n" {
		t.Errorf("got %q, %v", data, err)
	}
	if _, err := bundler.Show(t.Context(), r.dir, "main", "c"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there gives %v", err)
	}
	if _, err := bundler.Show(t.Context(), r.dir, "HEAD", "link"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link gives %v, want an error that is not ErrNotExist", err)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]bundler.ByteSize{"60KB": 61440, "60 kb": 61440, "1MB": 1 << 20, "800": 800, "0": 0, "2KiB": 2048, " 5b ": 5} {
		var b bundler.ByteSize
		if err := b.UnmarshalText([]byte(text)); err != nil || b != want {
			t.Errorf("%q is %d, %v; want %d", text, b, err, want)
		}
	}
	for _, text := range []string{"", "KB", "-1", "1.5MB", "60GB", "9999999999999999999KB", "1 2"} {
		var b bundler.ByteSize
		if err := b.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %d", text, b)
		}
	}
}

func FuzzByteSize(f *testing.F) {
	f.Add("60KB")
	f.Fuzz(func(t *testing.T, text string) {
		var b, again bundler.ByteSize
		if b.UnmarshalText([]byte(text)) != nil {
			return
		}
		if err := again.UnmarshalText([]byte(b.String())); err != nil || again != b {
			t.Fatalf("%q is %d, written %q, and read again as %d, %v", text, b, b, again, err)
		}
	})
}

// TestGitIsThere fails with a clear word where all others would fail oddly.
func TestGitIsThere(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("these tests need git on the PATH")
	}
}
