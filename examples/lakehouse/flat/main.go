// Command flat serves the validator whose errors are flat structs.
//
//	flat --addr 127.0.0.1:8082 --roster roster.json
//	flat --addr 127.0.0.1:8082 --roster roster.json --wire serde
//
// The second answers as the program serde does. It stops on SIGTERM, once the requests
// that it has begun are answered.
package main

import (
	"cmp"
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

	"golang.org/x/sync/errgroup"

	"scrum/examples/lakehouse/flat/validator"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stderr)
	cancel()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "flat:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct{ addr, roster, wire string }

// wireVariable is what --wire is when it is not given.
const wireVariable = "LAKEHOUSE_WIRE"

func parse(args []string, env func(string) string, log io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("flat", flag.ContinueOnError)
	fs.SetOutput(log)
	fs.StringVar(&o.addr, "addr", "127.0.0.1:0", "listen on `HOST:PORT`; port 0 is any that is free")
	fs.StringVar(&o.roster, "roster", "roster.json", "the workers are in this `FILE`")
	fs.StringVar(&o.wire, "wire", cmp.Or(env(wireVariable), string(validator.WireFlat)), "answer findings as flat structs or as serde does: `flat|serde`; without it "+wireVariable+" decides")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("it takes no arguments, but there is %q", fs.Arg(0))
	}
	if w := validator.Wire(o.wire); w != validator.WireFlat && w != validator.WireSerde {
		return o, fmt.Errorf("--wire (%s) is flat or serde, not %q", wireVariable, o.wire)
	}
	return o, nil
}

// run serves until ctx is done.
func run(ctx context.Context, args []string, env func(string) string, log io.Writer) error {
	o, err := parse(args, env, log)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(o.roster)
	if err != nil {
		return fmt.Errorf("the roster cannot be read: %w", err)
	}
	people, err := validator.ParsePeople(data)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(log, "flat: listening on %s, wire %s\n", listener.Addr(), o.wire)
	return serve(ctx, listener, validator.NewService(people, validator.Wire(o.wire)))
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16384,
	}
	g, ended := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ended.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if err := server.Shutdown(grace); err != nil {
			return errors.Join(fmt.Errorf("requests were cut off: %w", err), server.Close())
		}
		return nil
	})
	return g.Wait()
}
