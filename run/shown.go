package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"scrum/bundler"
	"scrum/report"
)

// PageFile is the name of a run's page for a browser.
const PageFile = "report.html"

// ReadShown reads a run back as its page shows it: the review as it was stored, beside
// the change. A change that cannot be read any more is a note of the review.
func ReadShown(ctx context.Context, path string) (*report.Review, error) {
	d, err := OpenDir(path)
	if err != nil {
		return nil, &UsageError{Err: err}
	}
	data, err := d.read("findings.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &UsageError{Err: fmt.Errorf("the run %s has no findings yet: go on with scrum review --resume %s: %w", path, path, fs.ErrNotExist)}
	}
	if err != nil {
		return nil, err
	}
	r, err := report.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	plan, err := d.storedPlan(ctx)
	if err == nil {
		r.Diff, err = storedDiff(ctx, plan)
	}
	if err != nil {
		r.Notes = append(r.Notes, fmt.Sprintf("The change is not shown: %v", err))
	}
	return r, ctx.Err()
}

func (d *Dir) storedPlan(ctx context.Context) (*bundler.Plan, error) {
	m, err := d.Manifest()
	if err != nil {
		return nil, err
	}
	return d.plan(ctx, m)
}

// WritePage writes the page of a stored review, and nothing else.
func (d *Dir) WritePage(r *report.Review) error {
	var b strings.Builder
	if err := (report.HTML{}).Write(&b, r); err != nil {
		return fmt.Errorf("writing %s: %w", PageFile, err)
	}
	return d.write(PageFile, []byte(b.String()), synced)
}
