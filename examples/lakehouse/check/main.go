// Command check sends a request to one or more addresses and holds the answers against
// what is expected: the steps of a smoke test.
//
//	check get http://127.0.0.1:8081/health http://127.0.0.1:8082/health --status 200 --json status=ok
//	check post http://127.0.0.1:8081/v1/validate --body requests/fill_happy.json --json valid=true
//
// It ends with 0 when all answers are as expected, with 1 when one is not, and with 2
// when it has not understood what to do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run checks and gives the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "check:", err)
		return 2
	}
	code := 0
	for _, address := range c.addresses {
		a, err := c.send(ctx, address)
		if err == nil {
			err = c.hold(a)
		}
		if err != nil {
			code = 1
			fmt.Fprintf(stderr, "check: %s %s: %v\n", c.method, address, err)
			continue
		}
		fmt.Fprintf(stdout, "ok: %s %s: %d\n", c.method, address, a.status)
	}
	return code
}
