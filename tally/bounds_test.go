package tally

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNoAnswerMakesAReportThatNobodyCanOpen(t *testing.T) {
	const million = 1_000_000
	long := strings.Repeat("so long ", million/8)
	var findings, problems, pieces, retractions strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&findings, "### INFO: number %d\nWHERE: a.go:%d\n", i, i%7+1)
		fmt.Fprintf(&problems, `{"severity":"INFO","title":"number %d","where":"a.go:%d"},`, i, i%7+1)
		fmt.Fprintf(&pieces, "### WARN: number %d\nat no place\n\n", i)
		fmt.Fprintf(&retractions, "RETRACT: a.go:%d — no\n", i+1)
	}
	list := "### WARN: many\nWHERE: a.go:1" + strings.Repeat(", 2", million/10) + "\n"
	lines := "### WARN: many\nWHERE: a.go:1\n" + strings.Repeat("a.go:2\n", million/10)
	places := `{"findings":[{"severity":"WARN","title":"many","where":["a.go:1"` + strings.Repeat(`,"a.go:2"`, million/10) + "]}]}"

	for _, tt := range []struct {
		name, text string
		items      int
		unparsed   string // begins the first that is unparsed
		pieces     int
	}{
		{"of findings", findings.String() + "### BLOCK: the gravest\nWHERE: a.go:1\n", mostReports, "[48001 more problems", 1},
		{"of findings in JSON", `{"findings":[` + problems.String() + `{"severity":"BLOCK","title":"the gravest","where":"a.go:1"}]}`, mostReports, "[48001 more problems", 1},
		{"of places", list, mostPlaces, "[99001 more problems", 1},
		{"of places on lines", lines, mostPlaces, "[99001 more problems", 1},
		{"of places in JSON", places, mostPlaces, "[99001 more problems", 1},
		{"of what is no finding", pieces.String(), 0, "### WARN: number 0", mostUnparsed + 1},
		{"of retractions", retractions.String(), 0, "RETRACT: a.go:1", mostUnparsed + 1},
		{"of words", "### WARN: " + long + "\nWHERE: a.go:1\nWHY: " + long + "\nFIX: " + long, 1, "", 0},
		{"of words without a place", "### WARN: " + long, 0, "### WARN: so long", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Count(change("c1 a.go", hunk(1, 1, "+++++++")), []Seat{{Bundle: "c1", Reviewer: "x", Lineage: "l", Text: tt.text}}, Options{})
			items, size := 0, 0
			for _, f := range r.Findings {
				items += len(f.Sources)
				size += len(f.Title) + len(f.Why) + len(f.Fix)
				for _, s := range f.Sources {
					size += len(s.Title) + len(s.Where) + len(s.Text)
				}
			}
			if items != tt.items || len(r.Unparsed) != tt.pieces {
				t.Errorf("%d reports and %d unparsed, want %d and %d", items, len(r.Unparsed), tt.items, tt.pieces)
			}
			for _, u := range r.Unparsed {
				size += len(u.Text)
			}
			if tt.unparsed != "" && !strings.HasPrefix(r.Unparsed[0].Text, tt.unparsed) {
				t.Errorf("the first that is unparsed is %.60q, want %q", r.Unparsed[0].Text, tt.unparsed)
			}
			if size > 40<<20 {
				t.Errorf("the report has %d bytes", size)
			}
			if strings.Contains(tt.text, "the gravest") && (len(r.Findings) == 0 || r.Findings[0].Title != "the gravest") {
				t.Error("the gravest finding is not the one that was kept")
			}
		})
	}
}

func TestWhatIsShortenedSaysByHowMuch(t *testing.T) {
	for in, want := range map[string]string{"": "", "abcdef": "abcdef", "abcdefg": "abcdef… [1 more bytes in the answer]", "abcdeéé": "abcde… [4 more bytes in the answer]"} {
		if diff := cmp.Diff(want, shortened(in, 6)); diff != "" {
			t.Errorf("shortened(%q) (-want +got):\n%s", in, diff)
		}
	}
}

func TestCommandsOfRunnersAreNoHeadings(t *testing.T) {
	const why = "a\n##vso[task.setvariable variable=x]y\n##[error]b\n#12 is open"
	r := Parse("### WARN: t\nWHERE: a.go:1\nWHY: " + why + "\n##FIX: c\n")
	if len(r.Findings) != 1 || r.Findings[0].Why != why || r.Findings[0].Fix != "c" {
		t.Errorf("got %+v", r.Findings)
	}
	if r = Parse("###BLOCK: t\nWHERE: a.go:1\n##[WARN] u\nWHERE: a.go:2\n"); len(r.Findings) != 2 {
		t.Errorf("headings without a blank: %+v", r.Findings)
	}
}
