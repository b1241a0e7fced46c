// Command serde serves the validator whose errors are tagged as serde tags enums.
//
//	serde --addr 127.0.0.1:8081 --roster roster.json
//
// It ends by itself on SIGTERM, after the requests that are under way.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"scrum/examples/lakehouse/serde/validator"
)

// lastWords is how long requests that are under way may take at the end.
const lastWords = 3 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "serde:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done.
func run(ctx context.Context, args []string, log io.Writer) error {
	fs := flag.NewFlagSet("serde", flag.ContinueOnError)
	fs.SetOutput(log)
	addr := fs.String("addr", "127.0.0.1:0", "listen on `HOST:PORT`; port 0 is any that is free")
	file := fs.String("roster", "roster.json", "the workers are in this `FILE`")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("it takes no arguments, but there is %q", fs.Arg(0))
	}
	data, err := os.ReadFile(*file)
	if err != nil {
		return fmt.Errorf("reading the roster: %w", err)
	}
	handler, err := validator.New(data)
	if err != nil {
		return err
	}
	return serve(ctx, *addr, handler, log)
}

func serve(ctx context.Context, addr string, handler http.Handler, log io.Writer) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	s := &http.Server{
		Handler: handler, MaxHeaderBytes: 16 << 10,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute,
	}
	fmt.Fprintln(log, "serde: listening on", l.Addr())
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if err := s.Shutdown(end); err != nil {
		return errors.Join(fmt.Errorf("stopping: %w", err), s.Close())
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
