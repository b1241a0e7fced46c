package bundler_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"scrum/bundler"
)

// benchDir, when set, makes the test binary bundle that repository and print its
// peak memory: memory is a matter of a whole process.
const benchDir = "SCRUM_BENCH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(benchDir); dir != "" {
		if err := bundleOnce(context.Background(), dir, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func bundleOnce(ctx context.Context, dir string, w io.Writer) error {
	c, err := bundler.Read(ctx, bundler.Source{Dir: dir, Range: "HEAD~1..HEAD"}, bundler.ReadOptions{})
	if err != nil {
		return err
	}
	plan, err := bundler.Pack(ctx, c, bundler.Options{LeaveOut: bundler.LeaveOut{Generated: true, Vendored: true, Lockfiles: true}})
	if err != nil {
		return err
	}
	var n int64
	for _, b := range plan.Bundles {
		m, err := b.WriteTo(io.Discard)
		if err != nil {
			return err
		}
		n += m
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	_, err = fmt.Fprintf(w, "%d %d %s\n", len(c.Patch), n, strings.Fields(after)[0])
	return err
}

// BenchmarkBundle70MB holds the cost of bundling against the time that git needs
// for the same diff. own/git is (bundling − git diff) / git diff: at most 0.6 is
// promised. peak/diff is the peak memory of the process against the size of the
// diff: below 3 is promised.
func BenchmarkBundle70MB(b *testing.B) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		b.Skip("peak memory is read from /proc")
	}
	dir := largeRepo(b)
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	var gitTime, ourTime time.Duration
	var size, peak float64
	runGit := func() {
		cmd := exec.CommandContext(b.Context(), "git", "-C", dir, "diff", "--no-color", "--no-ext-diff", "HEAD~1", "HEAD")
		cmd.Stdout = io.Discard
		start := time.Now()
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		gitTime += time.Since(start)
	}
	for b.Loop() {
		runGit()
		var out bytes.Buffer
		cmd := exec.CommandContext(b.Context(), self)
		cmd.Env = append(os.Environ(), benchDir+"="+dir)
		cmd.Stdout, cmd.Stderr = &out, os.Stderr
		start := time.Now()
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		ourTime += time.Since(start)
		f := strings.Fields(out.String())
		size, peak = number(b, f[0]), number(b, f[2])*1024
	}
	b.ReportMetric(size/1e6, "MB-diff")
	b.ReportMetric(gitTime.Seconds()/float64(b.N), "s-git")
	b.ReportMetric(ourTime.Seconds()/float64(b.N), "s-all")
	b.ReportMetric(ourTime.Seconds()/gitTime.Seconds()-1, "own/git")
	b.ReportMetric(peak/size, "peak/diff")
}

func number(b *testing.B, s string) float64 {
	b.Helper()
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// largeRepo has a change of 1,500 files and 70 MB of diff, from a fixed seed.
func largeRepo(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	rnd := rand.New(rand.NewPCG(1, 2))
	line := func() string {
		return fmt.Sprintf("\tvalue%d := compute(%d, %q)\n", rnd.IntN(1e6), rnd.IntN(1e6), "some text")
	}
	git := func(args ...string) {
		cmd := exec.CommandContext(b.Context(), "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "gc.auto=0"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("git %s: %v\n%s", args[0], err, out)
		}
	}
	git("init", "-q")
	const files, lines = 1500, 500
	for round := range 2 {
		for i := range files {
			path := filepath.Join(dir, fmt.Sprintf("d%d/e%d", i%20, i%150), fmt.Sprintf("f%d.go", i))
			var text strings.Builder
			text.WriteString("package x\n")
			for n := range lines {
				if round == 1 && n%10 == 0 {
					text.WriteString("\t// unchanged\n")
				}
				text.WriteString(line())
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
				b.Fatal(err)
			}
		}
		git("add", "-A")
		git("commit", "-q", "-m", "x")
	}
	git("repack", "-q", "-a", "-d")
	return dir
}
