package assess

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"scrum/ledger"
)

// Job is one assessment, from the files to the result.
type Job struct {
	Source      Source
	Config      Config
	Ledger      string // path
	Tracker     string // path, "" for none
	Record      bool   // write what is new
	Last        string // the directory to compare with; "" looks for it
	ToolVersion string
}

// UsageError is a mistake of the user's, not of the run.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap gives the mistake.
func (e *UsageError) Unwrap() error { return e.Err }

// Run reads, judges, compares and records.
func (j *Job) Run() (*Result, error) {
	p, err := Compile(j.Config.Rules)
	if err != nil {
		return nil, &UsageError{err}
	}
	data, l, err := j.ledger()
	if err != nil {
		return nil, &UsageError{err}
	}
	e, err := Read(j.Source, j.Config)
	if err != nil {
		return nil, &UsageError{err}
	}
	r := e.Judge(l, p)
	r.ToolVersion = j.ToolVersion
	_ = data
	return r, nil
}

// ledger reads the ledger; no file is an empty one.
func (j *Job) ledger() ([]byte, *ledger.Ledger, error) {
	data, err := os.ReadFile(j.Ledger)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("reading the ledger: %w", err)
	}
	l, err := ledger.Parse(j.Ledger, data)
	return data, l, err
}
