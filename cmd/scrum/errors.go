package main

import (
	"context"
	"errors"
	"fmt"

	"scrum/bundler"
	"scrum/cluster"
	"scrum/report"
	"scrum/reviewers"
	"scrum/run"
	"scrum/tally"
)

// The exit codes, the same for every command. Findings and failures never share
// a code.
const (
	exitPassed       = 0
	exitGateClosed   = 1
	exitUsage        = 2
	exitRefused      = 3
	exitInconclusive = 4
	exitInterrupted  = 130
)

// exitCodes is the part of every help text that says what the codes mean.
const exitCodes = `Exit status:
  0    passed
  1    the gate is closed: findings block the change
  2    usage or configuration error
  3    refused by the size guard, before anything was sent
  4    inconclusive: not enough evidence to pass or block
  130  interrupted; what came is kept in the run directory`

// exitError ends the program with a code of its own. A nil err prints nothing.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageErrorf is a mistake in the command line.
func usageErrorf(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// finish prints an error once and gives the exit code that it stands for.
func (p *process) finish(err error) int {
	if err == nil {
		return exitPassed
	}
	var exit *exitError
	if errors.As(err, &exit) && exit.err == nil {
		return exit.code
	}
	code := exitCode(err)
	if p.said.json() {
		p.said.records.Error(err.Error(), "exit_code", code)
	} else {
		fmt.Fprintf(p.stderr, "scrum: %s\n", report.Sanitise(err.Error()))
	}
	return code
}

func exitCode(err error) int {
	var (
		exit    *exitError
		refused *bundler.RefusedError
		usage   *bundler.UsageError
		syntax  *bundler.SyntaxError
		config  *run.UsageError
		setting *cluster.SettingError
	)
	switch {
	case errors.As(err, &exit):
		return exit.code
	case errors.Is(err, context.Canceled), errors.Is(err, reviewers.ErrInterrupted):
		return exitInterrupted
	case errors.As(err, &refused):
		return exitRefused
	case errors.As(err, &usage), errors.As(err, &syntax), errors.As(err, &config), errors.As(err, &setting):
		return exitUsage
	default:
		// What went wrong is neither the user's mistake nor a finding: the
		// change has not been judged.
		return exitInconclusive
	}
}

// verdictExit turns a verdict into the end of the program.
func verdictExit(v tally.Verdict) error {
	if v.ExitCode == exitPassed {
		return nil
	}
	return &exitError{code: v.ExitCode}
}
