// Command check sends one request and holds what is answered: a smoke step.
//
//	check http://127.0.0.1:8081/health --status 200 --has '"ok"'
//	check http://127.0.0.1:8081/v1/validate --post request.json --status 422
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "check:", err)
		}
		os.Exit(1)
	}
}

// most is how much of an answer is read.
const most = 1 << 20

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("it needs an address")
	}
	fs := flag.NewFlagSet("check", flag.ContinueOnError)
	method := fs.String("method", "", "`METHOD`; GET, or POST with --post")
	post := fs.String("post", "", "send this `FILE`")
	kind := fs.String("type", "application/json", "the content `TYPE` of what is sent")
	status := fs.Int("status", http.StatusOK, "the status that must come")
	has := fs.String("has", "", "a `TEXT` that the answer must hold, blanks aside")
	if err := fs.Parse(args[1:]); err != nil {
		return err
	}
	var body []byte
	if *post != "" {
		var err error
		if body, err = os.ReadFile(*post); err != nil {
			return err
		}
		if *method == "" {
			*method = http.MethodPost
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, *method, args[0], bytes.NewReader(body)) //nolint:gosec // the address is the caller's
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", *kind)
	}
	resp, err := http.DefaultClient.Do(req) //nolint:gosec // so is what is asked
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, most))
	if err != nil {
		return err
	}
	fmt.Printf("%s %s\n%s\n", resp.Proto, resp.Status, answer)
	squeezed := strings.Join(strings.Fields(string(answer)), "")
	switch {
	case resp.StatusCode != *status:
		return fmt.Errorf("status %d, not %d", resp.StatusCode, *status)
	case !strings.Contains(squeezed, strings.Join(strings.Fields(*has), "")):
		return fmt.Errorf("the answer does not hold %s", *has)
	}
	return nil
}
