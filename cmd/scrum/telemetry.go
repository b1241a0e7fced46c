package main

import (
	"context"
	"errors"
	"fmt"

	"scrum/report"
	"scrum/run"
	"scrum/telemetry"
)

// watched begins the telemetry of a review, which is off unless the environment asks
// for it. Where data goes is no setting of a repository: a change could choose it.
func watched(ctx context.Context, p *process, command string, o run.Options) (context.Context, *telemetry.Session) {
	return telemetry.Begin(ctx, telemetry.Options{
		Command: command, Version: version, Scripted: o.Scripted, Getenv: p.getenv,
		Warn: func(line string) { fmt.Fprintf(p.stderr, "scrum: %s\n", report.Sanitise(line)) },
	})
}

// failure is what kept a command from its result; a verdict is none.
func failure(err error) error {
	var exit *exitError
	if errors.As(err, &exit) && exit.err == nil {
		return nil
	}
	return err
}
