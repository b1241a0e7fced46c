package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"scrum/bundler"
	"scrum/report"
	"scrum/reviewers"
	"scrum/run/scripted"
	"scrum/tally"
)

// world is a repository with a change, models that answer it, and a cache.
type world struct {
	dir, cache string
	models     *scripted.Server
	config     string
}

const twoModels = `
providers: {p: {base_url: %s/v1}}
reviewers:
  - {name: opus, provider: p, model: anthropic/claude-opus-4.7, price: {input: 10, output: 50}}
  - {name: kimi, provider: p, model: moonshotai/kimi-k2.6, price: {input: 1, output: 5}}
guards: {warn: 2KB, refuse: 4KB}
engagement: {min_tokens: 20, min_covered: 0.8, quorum: 2}
attempts: 1
`

// newWorld commits files twice over, the second time with a line more each, and
// serves models that answer by the script; nil reads everything and finds nothing.
func newWorld(t testing.TB, files int, script scripted.Script) *world {
	t.Helper()
	before, after := map[string]string{}, map[string]string{}
	for i := range files {
		name := fmt.Sprintf("pkg%d/file.txt", i)
		before[name] = fmt.Sprintf("file %d\n", i)
		after[name] = before[name] + strings.Repeat(fmt.Sprintf("a line that is new in %d\n", i), 20)
	}
	return newWorldOf(t, before, after, script)
}

func newWorldOf(t testing.TB, before, after map[string]string, script scripted.Script) *world {
	t.Helper()
	if script == nil {
		script = clean
	}
	w := &world{cache: t.TempDir(), models: scripted.New(script)}
	server := httptest.NewServer(w.models)
	t.Cleanup(server.Close)
	w.config = fmt.Sprintf(twoModels, server.URL)
	w.dir = repo(t, before, after)
	return w
}

func (w *world) options() Options {
	return Options{Source: bundler.Source{Dir: w.dir, Range: "HEAD~1..HEAD"}, Settings: Settings{Text: []byte(w.config)},
		Version: "test", CacheDir: w.cache}
}

// review runs a review, and tells how many requests it has sent.
func (w *world) review(t testing.TB, opt Options) (r *report.Review, d *Dir, sent int) {
	t.Helper()
	before := len(w.models.Requests())
	p, err := Prepare(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	if d, err = p.CreateDir(""); err != nil {
		t.Fatal(err)
	}
	if r, err = p.Review(t.Context(), d, nil); err != nil {
		t.Fatal(err)
	}
	return r, d, len(w.models.Requests()) - before
}

var listed = regexp.MustCompile(`(?m)^- (.+)  \(.*\)$`)

// clean is the answer of a model that has read all and found nothing.
func clean(r scripted.Request) scripted.Answer {
	text := "I looked at every line of these files, in the order in which they stand, and at what calls them. Nothing is wrong.\n\nNO FINDINGS\n"
	for _, m := range listed.FindAllStringSubmatch(r.User, -1) {
		text += "COVERED: " + m[1] + "\n"
	}
	return scripted.Answer{Text: text}
}

// overwhelmed is a model that reads one file at most, and otherwise says hello.
func overwhelmed(r scripted.Request) scripted.Answer {
	files := listed.FindAllStringSubmatch(r.User, -1)
	if len(files) > 1 {
		return scripted.Answer{Text: "Looks good to me!"}
	}
	a := clean(r)
	if strings.Contains(r.User, "new in 1") {
		a.Text = fmt.Sprintf("### BLOCK: it is the wrong line\nWHERE: %s:3\nWHY: it says 1\nFIX: say 2\n\nCOVERED: %s\n", files[0][1], files[0][1])
	}
	return a
}

func TestABundleThatWasTooMuchIsReadInHalves(t *testing.T) {
	w := newWorld(t, 2, overwhelmed)
	r, d, sent := w.review(t, w.options())
	if len(r.Bundles) != 1 || !r.Bundles[0].Covered {
		t.Fatalf("%+v", r.Bundles)
	}
	if sent != 6 {
		t.Errorf("%d requests, want two reviewers on a bundle and its two halves", sent)
	}
	for _, c := range r.Coverage {
		if c.State != reviewers.Engaged || c.Whole != reviewers.Disengaged || !strings.Contains(c.WholeError, "of the 20 completion tokens") || len(c.Halves) != 2 || c.Attempts != 3 {
			t.Errorf("%+v", c)
		}
		for _, half := range []string{"c1.1", "c1.2"} {
			s, err := d.ReadAnswer(half, c.Reviewer)
			if err != nil || !strings.Contains(s.Text, "COVERED: ") {
				t.Errorf("the answer on %s: %v, %q", half, err, s.Text)
			}
			if _, err := os.Stat(filepath.Join(d.Path(), "requests", half+".md")); err != nil {
				t.Error(err)
			}
		}
	}
	// What a half has found counts for the bundle.
	if len(r.Findings) != 1 || r.Findings[0].Bundle != "c1" || r.Findings[0].Path != "pkg1/file.txt" || r.Findings[0].Convergence != 2 {
		t.Errorf("%+v", r.Findings)
	}
	if r.Verdict.Outcome != tally.Blocked {
		t.Errorf("%+v", r.Verdict)
	}
	again, err := Replay(t.Context(), d.Path(), w.options().Settings)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Findings) != 1 || again.Verdict.Outcome != tally.Blocked {
		t.Errorf("the replay finds %+v: %+v", again.Findings, again.Verdict)
	}
	var terminal strings.Builder
	if err := (report.Markdown{}).Write(&terminal, r); err != nil || !strings.Contains(terminal.String(), "in two halves") {
		t.Errorf("the report does not speak of halves: %v\n%s", err, terminal.String())
	}
}

func TestHalvesAreHalvedNoFurtherThanConfigured(t *testing.T) {
	for depth, sent := range map[string]int{"0": 2, "1": 6, "2": 14} {
		w := newWorld(t, 4, overwhelmed)
		w.config = strings.Replace(w.config, "guards: {warn: 2KB, refuse: 4KB}", "guards: {warn: 8KB, refuse: 9KB}", 1) + "halvings: " + depth + "\n"
		r, _, got := w.review(t, w.options())
		if got != sent {
			t.Errorf("halvings %s: %d requests, want %d", depth, got, sent)
		}
		if covered := depth == "2"; r.Bundles[0].Covered != covered || (r.Verdict.Outcome == tally.Inconclusive) == covered {
			t.Errorf("halvings %s: covered %v, %+v", depth, r.Bundles[0].Covered, r.Verdict)
		}
	}
}

func TestAnUnchangedChangeIsNotPaidForTwice(t *testing.T) {
	w := newWorld(t, 6, nil)
	first, _, sent := w.review(t, w.options())
	if want := 2 * len(first.Bundles); sent != want || *first.Totals.CostUSD <= 0 {
		t.Fatalf("%d requests, want %d, at %v", sent, want, *first.Totals.CostUSD)
	}
	second, d, sent := w.review(t, w.options())
	if sent != 0 || *second.Totals.CostUSD != 0 || second.Totals.PromptTokens != 0 {
		t.Errorf("the second run sent %d requests: %+v", sent, second.Totals)
	}
	for _, c := range second.Coverage {
		if !c.Cached || c.State != reviewers.Engaged || c.Attempts != 0 || c.PromptTokens == 0 || *c.CostUSD != 0 {
			t.Errorf("%+v", c)
		}
		if s, err := d.ReadAnswer(c.Bundle, c.Reviewer); err != nil || s.Text == "" {
			t.Errorf("the run has no answer of %s on %s: %v", c.Reviewer, c.Bundle, err)
		}
	}
	if second.Verdict.Outcome != first.Verdict.Outcome {
		t.Errorf("%+v, then %+v", first.Verdict, second.Verdict)
	}
	opt := w.options()
	opt.CacheDir = "" // --no-cache
	if _, _, sent := w.review(t, opt); sent != 2*len(first.Bundles) {
		t.Errorf("without the cache %d requests were sent", sent)
	}
	off := w.config
	w.config += "cache: {enabled: false}\n"
	if _, _, sent := w.review(t, w.options()); sent != 2*len(first.Bundles) {
		t.Errorf("with cache.enabled false %d requests were sent", sent)
	}
	w.config = strings.ReplaceAll(off, "claude-opus-4.7", "claude-opus-4.6")
	if _, _, sent := w.review(t, w.options()); sent != len(first.Bundles) {
		t.Errorf("for another model %d requests were sent", sent)
	}
}

func TestAnAnswerInHalvesIsNotPaidForTwiceEither(t *testing.T) {
	w := newWorld(t, 2, overwhelmed)
	first, _, _ := w.review(t, w.options())
	second, d, sent := w.review(t, w.options())
	if sent != 0 || len(second.Findings) != 1 || second.Verdict.Outcome != first.Verdict.Outcome {
		t.Errorf("%d requests, %d findings, %+v", sent, len(second.Findings), second.Verdict)
	}
	if again, err := Replay(t.Context(), d.Path(), w.options().Settings); err != nil || len(again.Findings) != 1 {
		t.Errorf("the replay of a run from the cache: %v", err)
	}
}

func TestAfterOneEditOnlyItsBundleIsSent(t *testing.T) {
	w := newWorld(t, 40, nil)
	w.config += "packing: stable\n"
	first, _, _ := w.review(t, w.options())
	writeAll(t, w.dir, map[string]string{"pkg17/file.txt": "file 17\n" + strings.Repeat("another line that is new\n", 20)})
	gitIn(t, w.dir, "commit", "-qam", "edit")
	opt := w.options()
	opt.Source.Range = "HEAD~2..HEAD"
	second, _, sent := w.review(t, opt)
	if len(first.Bundles) < 8 || sent == 0 || sent > 2*2 {
		t.Errorf("of %d and %d bundles %d requests were sent again, for two reviewers", len(first.Bundles), len(second.Bundles), sent)
	}
}

func TestOnlyAnswersThatEngagedAreUsedAgain(t *testing.T) {
	w := newWorld(t, 1, func(scripted.Request) scripted.Answer { return scripted.Answer{Text: "LGTM"} })
	_, _, first := w.review(t, w.options())
	_, _, second := w.review(t, w.options())
	if first == 0 || second != first {
		t.Errorf("%d requests, then %d: a bad answer is no answer", first, second)
	}

	strict := newWorld(t, 1, nil)
	strict.review(t, strict.options())
	strict.config = strings.Replace(strict.config, "min_tokens: 20", "min_tokens: 4000", 1)
	if _, _, sent := strict.review(t, strict.options()); sent == 0 {
		t.Error("an answer that does not engage by today's rules was used again")
	}
}

func TestABrokenCacheIsNoReasonToFail(t *testing.T) {
	w := newWorld(t, 1, nil)
	w.review(t, w.options())
	n := 0
	err := filepath.WalkDir(w.cache, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v: %v", path, info.Mode(), err)
		}
		n++
		return os.WriteFile(path, []byte(`{"format":"scrum/answer/v1","seat":{"state":"engaged"`), 0o600)
	})
	if err != nil || n != 2 {
		t.Fatalf("%d entries, %v", n, err)
	}
	if _, _, sent := w.review(t, w.options()); sent != 2 {
		t.Errorf("%d requests were sent, want both", sent)
	}
	opt := w.options()
	opt.CacheDir = filepath.Join(w.dir, "pkg0", "file.txt") // no folder can be made there
	if _, _, sent := w.review(t, opt); sent != 2 {
		t.Errorf("%d requests were sent, want both", sent)
	}
}

func TestTheCacheIsKeptBelowItsSize(t *testing.T) {
	c := newCache(t.TempDir(), 10_000)
	seat := StoredSeat{Answer: Answer{Seat: report.Seat{State: reviewers.Engaged}}, Text: strings.Repeat("x", 1000)}
	key := func(i int) string { return fmt.Sprintf("%064d", i) }
	for i := range 30 {
		c.put(key(i), seat)
	}
	if _, ok := c.find(key(0)); !ok { // used last, so kept
		t.Fatal("an answer is not found")
	}
	c.prune()
	if _, total := c.files(); total > 10_000 || total < 5000 {
		t.Errorf("%d bytes are left", total)
	}
	if _, ok := c.find(key(0)); !ok {
		t.Error("the answer that was used last is gone")
	}
	var none *cache
	none.put(key(1), seat)
	none.prune()
	if _, ok := none.find(key(1)); ok {
		t.Error("no cache has an answer")
	}
}

func TestWhatTheBudgetDoesNotAllowIsListedAndInconclusive(t *testing.T) {
	w := newWorld(t, 6, nil)
	free, _, all := w.review(t, w.options())
	w.cache = ""
	w.config += "budget: {usd: 0.86}\n" // an answer of opus can cost 0.82 + its request
	r, _, sent := w.review(t, w.options())
	if sent == 0 || sent >= all {
		t.Fatalf("%d of %d requests were sent", sent, all)
	}
	skipped := 0
	for _, c := range r.Coverage {
		if c.State == reviewers.Skipped {
			skipped++
			if !strings.Contains(c.Error, "the budget does not allow it") {
				t.Errorf("%+v", c)
			}
		}
	}
	if skipped != all-sent || *r.Totals.CostUSD > 0.86 || *r.Totals.CostUSD <= 0 || *r.Totals.CostUSD >= *free.Totals.CostUSD {
		t.Errorf("%d skipped of %d, at %v", skipped, all, *r.Totals.CostUSD)
	}
	if r.Verdict.Outcome != tally.Inconclusive || r.Verdict.ExitCode != 4 {
		t.Errorf("%+v", r.Verdict)
	}
	// A quorum does not make up for seats that were not paid for.
	w.config = strings.Replace(w.config, "quorum: 2", "quorum: 1", 1)
	w.config = strings.Replace(w.config, "price: {input: 1, output: 5}", "price: {input: 0, output: 0}", 1)
	if r, _, _ := w.review(t, w.options()); r.Verdict.Rule != "budget" || r.Verdict.ExitCode != 4 {
		t.Errorf("%+v", r.Verdict)
	}
}

func TestResumingKeepsToTheBudgetThatWasLeft(t *testing.T) {
	w := newWorld(t, 6, nil)
	w.config += "budget: {usd: 0.86}\n"
	w.cache = ""
	opt := w.options()
	first, d, _ := w.review(t, opt)
	if first.Verdict.ExitCode != 4 {
		t.Fatalf("%+v", first.Verdict)
	}
	r, sent := w.resume(t, d, opt)
	if *r.Totals.CostUSD < *first.Totals.CostUSD || *r.Totals.CostUSD > 0.86 {
		t.Errorf("%v were spent, and then %v (%d requests)", *first.Totals.CostUSD, *r.Totals.CostUSD, sent)
	}
	opt.Settings.Flags = map[string]any{"budget.usd": 50.0}
	r, sent = w.resume(t, d, opt)
	if r.Verdict.Outcome != tally.Pass || sent == 0 {
		t.Errorf("with a larger budget: %+v after %d requests", r.Verdict, sent)
	}
}

// resume goes on with a run, and tells how many requests that has sent.
func (w *world) resume(t *testing.T, d *Dir, opt Options) (*report.Review, int) {
	t.Helper()
	before := len(w.models.Requests())
	opt, err := Continue(d.Path(), opt)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Prepare(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	if d, err = p.Resume(d.Path()); err != nil {
		t.Fatal(err)
	}
	r, err := p.Review(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r, len(w.models.Requests()) - before
}

func TestAnInterruptBetweenTwoHalvesLosesNeitherAnswer(t *testing.T) {
	for stopAfter := 1; stopAfter <= 6; stopAfter++ {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		var w *world
		w = newWorld(t, 2, func(r scripted.Request) scripted.Answer {
			if ctx.Err() == nil {
				if n = len(w.models.Requests()); n > stopAfter {
					cancel()
					return scripted.Answer{Hang: true}
				}
			}
			return overwhelmed(r)
		})
		w.config = regexp.MustCompile(`(?m)^.*name: kimi.*\n`).ReplaceAllString(w.config, "") + "panels: {default: [opus]}\n"
		w.cache = ""
		p, err := Prepare(ctx, w.options())
		if err != nil {
			t.Fatal(err)
		}
		d, err := p.CreateDir("")
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Review(ctx, d, nil)
		if err != nil && !errors.Is(err, reviewers.ErrInterrupted) {
			t.Fatal(err)
		}
		_ = p.Close()
		answered := min(stopAfter, 3)
		r, sent := w.resume(t, d, w.options())
		if sent != 3-answered || r.Coverage[0].State != reviewers.Engaged || r.Coverage[0].Attempts < 3 {
			t.Errorf("after %d answers %d requests were sent: %+v", answered, sent, r.Coverage[0])
		}
		cancel()
	}
}

func TestARequestThatTheServerCutsIsTruncated(t *testing.T) {
	w := newWorldOf(t, map[string]string{"a.txt": ""}, map[string]string{"a.txt": strings.Repeat("a line of a large file\n", 600)}, func(r scripted.Request) scripted.Answer {
		a := clean(r)
		a.Read = 1024
		return a
	})
	w.config = strings.Replace(w.config, "guards: {warn: 2KB, refuse: 4KB}\n", "halvings: 0\n", 1)
	r, _, _ := w.review(t, w.options())
	for _, c := range r.Coverage {
		if c.State != reviewers.Truncated || !strings.Contains(c.Error, "prompt") {
			t.Errorf("%s %s", c.State, c.Error)
		}
	}
	if r.Verdict.Outcome != tally.Inconclusive || r.Verdict.Rule != "quorum" {
		t.Errorf("%+v", r.Verdict)
	}
}
