package serve

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/run"
	"scrum/tally"
)

func TestARunIsFoundByItsName(t *testing.T) {
	p := newPlace(t)
	one, two := p.add(reviewOn(1, tally.Pass)), p.add(reviewOn(2, tally.Pass))
	night := p.addGauntlet(3)
	going := reviewOn(9, "")
	p.write("runs/"+going.Run.ID+"/run.json", run.Manifest{Schema: run.ManifestID, Run: going.Run})
	for name, want := range map[string]string{
		"": night, one: one, two[:8]: two, night[:10]: night, going.Run.ID: going.Run.ID,
		filepath.Join(p.folder.Path, "runs", one): one, filepath.Join(p.folder.Path, "gauntlet", night) + string(filepath.Separator): night,
	} {
		got, err := p.folder.Find(name)
		if err != nil || got.ID != want || !filepath.IsAbs(got.Dir) {
			t.Errorf("%q: %+v, %v", name, got, err)
		}
	}
}

func TestANameThatIsNoRunNamesThoseThatThereAre(t *testing.T) {
	p := newPlace(t)
	one, two := p.add(reviewOn(1, tally.Pass)), p.add(reviewOn(2, tally.Pass))
	for name, want := range map[string]NoSuchRunError{
		"nothing": {Near: []string{two, one}}, "2026": {Near: []string{two, one}, Many: true}, "202": {Near: []string{two, one}}, "..": {Near: []string{two, one}},
	} {
		_, err := p.folder.Find(name)
		var missing *NoSuchRunError
		if !errors.As(err, &missing) {
			t.Fatalf("%q: %v", name, err)
		}
		want.Name, want.Folder = name, p.folder.Path
		if diff := cmp.Diff(want, *missing); diff != "" {
			t.Errorf("%q: %s", name, diff)
		}
	}
	var missing *NoSuchRunError
	if _, err := (Folder{t.TempDir()}).Find(""); !errors.As(err, &missing) || len(missing.Near) != 0 {
		t.Errorf("in an empty folder: %v", err)
	}
}

func TestThePageOfAnOldRunIsWritten(t *testing.T) {
	p := newPlace(t)
	p.add(reviewOn(1, tally.Pass))
	p.addGauntlet(2)
	all, err := p.folder.all()
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	for _, r := range all {
		path, err := r.Page(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil || policyOf(data) == "" {
			t.Errorf("%s is no page: %v", path, err)
		}
		if err := os.WriteFile(path, []byte("as it was"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Page(t.Context()); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != "as it was" {
			t.Errorf("the page is written again: %v", err)
		}
	}
}

func TestARunWithoutAResultHasNoPage(t *testing.T) {
	p := newPlace(t)
	r := reviewOn(1, "")
	p.write("runs/"+r.Run.ID+"/run.json", run.Manifest{Schema: run.ManifestID, Run: r.Run})
	found, err := p.folder.Find(r.Run.ID)
	if err != nil {
		t.Fatal(err)
	}
	var unfinished *UnfinishedError
	if _, err := found.Page(t.Context()); !errors.As(err, &unfinished) {
		t.Error(err)
	}
}
