package smoke

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// probe looks once whether a service is ready. It may wait as long as ctx lasts.
type probe func(ctx context.Context) error

// awaitReady returns when the service is ready. It does not wait out the time for one
// that has ended: that is told at once.
func (r *runner) awaitReady(ctx context.Context, v *Service, c *child) error {
	look := r.probeOf(v, c)
	ctx, cancel := context.WithTimeoutCause(ctx, v.ReadyTimeout, errNotReady)
	defer cancel()
	if v.Ready.Exit == nil {
		var died context.CancelCauseFunc
		ctx, died = context.WithCancelCause(ctx)
		defer died(nil)
		go func() {
			select {
			case <-c.exited:
				died(errDied)
			case <-ctx.Done():
			}
		}()
	}
	err := look.until(ctx)
	switch {
	case v.Ready.Exit == nil && !c.running():
		c.close() // all of its output is to be there
		return &diedError{c.ending()}
	case errors.Is(context.Cause(ctx), errNotReady) && err != nil:
		return fmt.Errorf("it was not ready within %s: %w", v.ReadyTimeout, err)
	}
	return err
}

var (
	errNotReady = errors.New("not ready in time")
	errDied     = errors.New("the service has ended")
)

// until repeats a probe until it holds or ctx ends. The error is the last one that tells
// something.
func (p probe) until(ctx context.Context) error {
	const first, longest = 5 * time.Millisecond, 500 * time.Millisecond
	var last error
	for pause := first; ; pause = min(pause*3/2, longest) {
		err := p(ctx)
		if err == nil || final(err) {
			return err
		}
		if last == nil || ctx.Err() == nil {
			last = err
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return last
		case <-timer.C:
		}
	}
}

// finalError is a fault that another look would find again.
type finalError struct{ text string }

func (e *finalError) Error() string { return e.text }

func final(err error) bool {
	var f *finalError
	return errors.As(err, &f)
}

// isUp looks once whether a persistent service is up already.
func (r *runner) isUp(ctx context.Context, v *Service) bool {
	ctx, cancel := context.WithTimeout(ctx, min(v.ReadyTimeout, 5*time.Second))
	defer cancel()
	return r.probeOf(v, nil)(ctx) == nil
}

func (r *runner) probeOf(v *Service, c *child) probe {
	switch {
	case v.Ready.HTTP != "":
		return httpProbe(r.ports.expand(v.Ready.HTTP))
	case v.Ready.TCP != "":
		return tcpProbe(r.ports.expand(v.Ready.TCP))
	case v.Ready.Log != nil:
		return c.logProbe(v)
	case v.Ready.Exit != nil:
		return c.exitProbe(*v.Ready.Exit)
	}
	return r.execProbe(v)
}

// httpProbe asks an address itself: no proxy, no redirects, no connection kept.
func httpProbe(address string) probe {
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       5 * time.Second,
	}
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err != nil {
			var u *url.Error
			if errors.As(err, &u) {
				err = u.Err
			}
			return fmt.Errorf("GET %s: %w", address, err)
		}
		_, _ = io.CopyN(io.Discard, res.Body, 64<<10)
		_ = res.Body.Close()
		if res.StatusCode < 200 || res.StatusCode > 399 {
			return fmt.Errorf("GET %s: %s", address, res.Status)
		}
		return nil
	}
}

func tcpProbe(address string) probe {
	return func(ctx context.Context) error {
		d := net.Dialer{Timeout: 5 * time.Second}
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}

// logProbe waits for a line. It looks at what has been printed already, too.
func (c *child) logProbe(v *Service) probe {
	return func(ctx context.Context) error {
		select {
		case <-c.out.matched:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("no line of its output matches %s", v.Ready.Log)
		}
	}
}

// exitProbe waits for a one-shot.
func (c *child) exitProbe(want int) probe {
	return func(ctx context.Context) error {
		select {
		case <-c.exited:
		case <-ctx.Done():
			return errors.New("it has not ended")
		}
		if got := c.code(); got != want {
			return &finalError{fmt.Sprintf("it ended with %s, not %d", c.ending(), want)}
		}
		return nil
	}
}

// execProbe runs a command, which ends with the probe.
func (r *runner) execProbe(v *Service) probe {
	return func(ctx context.Context) error {
		out, err := newCapture("")
		if err != nil {
			return err
		}
		c, err := r.start(r.cmd(v.Ready.Exec, v.Dir, v.Env), out, nil)
		if err != nil {
			return err
		}
		defer c.close()
		select {
		case <-c.exited:
		case <-ctx.Done():
			return errors.New("the command of ready has not ended")
		}
		if c.status == nil {
			return nil
		}
		return fmt.Errorf("the command of ready: %s: %s", c.ending(), out.end(1))
	}
}
