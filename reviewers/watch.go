package reviewers

import (
	"context"
	"fmt"
	"time"
)

// watch ends an attempt whose stream has fallen silent. It is armed anew at each
// sign of life; zero durations never fire.
type watch struct {
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

// silence is the cause of an attempt that the watch has ended.
type silence struct {
	what  string
	after time.Duration
}

func (s *silence) Error() string { return fmt.Sprintf("%s within %s", s.what, s.after) }

func newWatch(ctx context.Context) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &watch{cancel: cancel}
}

// arm replaces what is waited for.
func (w *watch) arm(d time.Duration, what string) {
	if w.timer != nil {
		w.timer.Stop()
	}
	if d > 0 {
		w.timer = time.AfterFunc(d, func() { w.cancel(&silence{what, d}) })
	}
}

// stop releases the context.
func (w *watch) stop() {
	w.arm(0, "")
	w.cancel(nil)
}
