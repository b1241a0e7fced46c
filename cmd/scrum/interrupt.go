package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interruptible ends the context at the first Ctrl-C or TERM, so that what came
// is kept. The second one is not caught any more and ends the process at once.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
