package serve

import (
	"bytes"
	"flag"
	"html/template"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scrum/history"
	"scrum/report"
)

var update = flag.Bool("update", false, "write the golden files")

// line is a review in the list, with the share of each reviewer.
func line(n int, outcome string, convergent, distinct int, usd *float64, shares ...history.Share) review {
	return newReview(history.Run{ID: strconv.Itoa(n), Label: "main...HEAD", Started: day(n), Outcome: outcome, Rule: "otherwise", Convergent: convergent, Distinct: distinct, CostUSD: usd}, shares)
}

func share(name string, engaged, asked int) history.Share {
	return history.Share{Reviewer: name, Lineage: "of-" + name, Engaged: engaged, Asked: asked}
}

func usd(v float64) *float64 { return &v }

func TestThePicturesOfRuns(t *testing.T) {
	vet := history.Share{Reviewer: "vet", Tool: true, Asked: 2, Engaged: 2}
	trend := newTrends([]review{ // the latest first
		line(3, "inconclusive", 0, 0, nil, share("kimi", 0, 2), vet),
		line(2, "block", 2, 5, usd(0.5), share("opus", 2, 2), share("kimi", 1, 2), vet),
		line(1, "pass", 0, 1, usd(0.25), share("opus", 2, 2)),
	})
	tmpl, err := template.New("").Funcs(template.FuncMap{"text": report.Phrase}).Parse(pagesTemplate)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := tmpl.ExecuteTemplate(&out, "trends", trend); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "trends.html")
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("the pictures have changed (-want +got; go test ./serve -update writes them):\n%s", diff)
	}
}

func TestPicturesSayInWordsWhatTheyShow(t *testing.T) {
	trend := newTrends([]review{line(3, "pass", 1, 2, nil), line(2, "block", 2, 5, usd(0.5)), line(1, "pass", 0, 1, usd(0.25))})
	for _, c := range []struct{ got, want string }{
		{trend.Verdicts.Text, "1 block, 2 pass"}, {trend.Findings.Text, "3 convergent of 8 in all; at most 5 in a run"}, {trend.Cost.Text, "≥ 0.75 USD in all; unknown of 1"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestOneRunIsNoTrend(t *testing.T) {
	if newTrends([]review{line(2, "", 0, 0, nil), line(1, "pass", 0, 0, nil)}) != nil {
		t.Error("a trend of one run with a verdict")
	}
}

func TestModelsComeBeforeToolsAndManyAreCut(t *testing.T) {
	var shares []history.Share
	for n := range mostTracks + 2 {
		shares = append(shares, share("model-"+strconv.Itoa(10+n), 1, 1))
	}
	shares = append(shares, history.Share{Reviewer: "a-broken-tool", Tool: true, Asked: 2}, history.Share{Reviewer: "a-tool", Tool: true, Asked: 2, Engaged: 2})
	trend := newTrends([]review{line(2, "pass", 0, 0, nil, shares...), line(1, "pass", 0, 0, nil, shares...)})
	if len(trend.Reviewers) != mostTracks || trend.Reviewers[0].Name != "model-10" || trend.More != 3 || trend.Perfect != 1 {
		t.Errorf("%d tracks, %d more, %d perfect", len(trend.Reviewers), trend.More, trend.Perfect)
	}
	if len(trend.Names) != len(shares) {
		t.Errorf("the table has %d reviewers", len(trend.Names))
	}
}

func TestBarsStayInsideOfThePicture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(fewest, trendRuns+10).Draw(t, "runs")
		var all []review
		for i := range n {
			var cost *float64
			if rapid.Bool().Draw(t, "known") {
				cost = usd(rapid.Float64Range(0, 1e6).Draw(t, "cost"))
			}
			distinct := rapid.IntRange(0, 1000).Draw(t, "distinct")
			asked := rapid.IntRange(1, 9).Draw(t, "asked")
			outcome := rapid.SampledFrom([]string{"pass", "block", "inconclusive", "strange"}).Draw(t, "outcome")
			all = append(all, line(i%28+1, outcome, rapid.IntRange(0, distinct).Draw(t, "convergent"), distinct, cost, share("kimi", rapid.IntRange(0, asked).Draw(t, "engaged"), asked)))
		}
		trend := newTrends(all)
		for _, p := range []picture{trend.Verdicts, trend.Findings, trend.Cost, trend.Reviewers[0].Picture} {
			for _, b := range p.Bars {
				x, y, w, h := number(t, b.X), number(t, b.Y), number(t, b.Width), number(t, b.Height)
				if x < 0 || y < -0.01 || w <= 0 || h < 0 || x+w > pictureWidth+0.01 || y+h > pictureHeight+0.02 {
					t.Fatalf("%s: a bar at %g,%g of %g × %g", p.ID, x, y, w, h)
				}
			}
		}
	})
}

func number(t *rapid.T, s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
