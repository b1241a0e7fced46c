package tally

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"scrum/reviewers"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestAPanelIsCountedAsItAlwaysWas(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "panel.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var seats []Seat
	for _, f := range archive.Files {
		part := strings.Split(strings.TrimSuffix(f.Name, ".md"), "/")
		seats = append(seats, Seat{Bundle: part[0], Lineage: part[1], Reviewer: part[2], Kind: reviewers.OpenAI, State: reviewers.Engaged, Text: string(f.Data)})
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(Count(sample(), seats, Options{})); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "panel.golden.json")
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("got +, want - (run with -update to accept):\n%s", diff)
	}
}
