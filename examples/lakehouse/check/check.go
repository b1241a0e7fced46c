package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// check is one request and what is expected of its answers.
type check struct {
	method    string
	addresses []string
	body      []byte
	media     string
	timeout   time.Duration
	status    int
	members   []expectation
	headers   []expectation
	absent    []string
}

// expectation is a place and what must stand there.
type expectation struct{ place, want string }

// parse reads METHOD ADDRESS... and the flags after them.
func parse(args []string, usage io.Writer) (*check, error) {
	c := &check{}
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		if c.method == "" {
			c.method = strings.ToUpper(args[0])
		} else {
			c.addresses = append(c.addresses, args[0])
		}
		args = args[1:]
	}
	fs := flag.NewFlagSet("check METHOD ADDRESS...", flag.ContinueOnError)
	fs.SetOutput(usage)
	file := fs.String("body", "", "send this `FILE`")
	size := fs.Int("zeros", 0, "send `N` bytes that are the digit 0")
	fs.StringVar(&c.media, "type", "application/json", "the content type of what is sent: `MEDIA`")
	fs.IntVar(&c.status, "status", http.StatusOK, "expect this status: `N`")
	fs.DurationVar(&c.timeout, "timeout", 10*time.Second, "wait so long for an answer: `DURATION`")
	fs.Func("json", "expect `PLACE=VALUE` in the body, as in workers.0.id=W-1001; workers.#=10 counts; may be repeated", into(&c.members))
	fs.Func("header", "expect `NAME=VALUE` in the header; may be repeated", into(&c.headers))
	fs.Func("absent", "expect that the body has no `PLACE`; may be repeated", func(s string) error { c.absent = append(c.absent, s); return nil })
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("%q stands after the flags; the method and the addresses come first", fs.Arg(0))
	}
	if len(c.addresses) == 0 {
		return nil, errors.New("a method and an address are needed, as in check get http://127.0.0.1:8081/health")
	}
	return c, c.load(*file, *size)
}

func into(list *[]expectation) func(string) error {
	return func(text string) error {
		place, want, found := strings.Cut(text, "=")
		if !found || place == "" {
			return fmt.Errorf("%q is no PLACE=VALUE", text)
		}
		*list = append(*list, expectation{place, want})
		return nil
	}
}

func (c *check) load(file string, size int) (err error) {
	switch {
	case file != "" && size > 0:
		return errors.New("--body and --zeros exclude each other")
	case file != "":
		c.body, err = os.ReadFile(file)
	case size > 0:
		c.body = bytes.Repeat([]byte("0"), size)
	}
	return err
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// most bounds what is read of an answer.
const most = 1 << 20

func (c *check) send(ctx context.Context, address string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, c.method, address, bytes.NewReader(c.body))
	if err != nil {
		return answer{}, err
	}
	if len(c.body) > 0 {
		req.Header.Set("Content-Type", c.media)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req) //nolint:gosec // the address is what the caller wants checked
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, most))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return answer{}, fmt.Errorf("reading the answer: %w", err)
	}
	return answer{resp.StatusCode, resp.Header, body}, nil
}

// hold names all that is not as expected.
func (c *check) hold(a answer) error {
	var errs []error
	if a.status != c.status {
		errs = append(errs, fmt.Errorf("the status is %d, not %d", a.status, c.status))
	}
	for _, e := range c.headers {
		if have := a.header.Get(e.place); have != e.want {
			errs = append(errs, fmt.Errorf("the header %s is %q, not %q", e.place, have, e.want))
		}
	}
	if len(c.members)+len(c.absent) > 0 {
		errs = append(errs, c.holdBody(a.body)...)
	}
	if len(errs) > 0 {
		errs = append(errs, fmt.Errorf("the body was %.500q", a.body))
	}
	return errors.Join(errs...)
}

func (c *check) holdBody(body []byte) (errs []error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return []error{fmt.Errorf("the body is no JSON: %w", err)}
	}
	for _, e := range c.members {
		switch have, found := at(tree, e.place); {
		case !found:
			errs = append(errs, fmt.Errorf("the body has no %s", e.place))
		case have != e.want:
			errs = append(errs, fmt.Errorf("%s is %s, not %s", e.place, have, e.want))
		}
	}
	for _, place := range c.absent {
		if have, found := at(tree, place); found {
			errs = append(errs, fmt.Errorf("%s is %s, and should not be there", place, have))
		}
	}
	return errs
}

// at spells what stands at a place: names and indices between dots, # for how many
// there are. A string stands without its quotes.
func at(tree any, place string) (string, bool) {
	for step := range strings.SplitSeq(place, ".") {
		var found bool
		if tree, found = inside(tree, step); !found {
			return "", false
		}
	}
	if text, ok := tree.(string); ok {
		return text, true
	}
	data, err := json.Marshal(tree)
	return string(data), err == nil
}

func inside(tree any, step string) (any, bool) {
	switch v := tree.(type) {
	case map[string]any:
		if step == "#" {
			return len(v), true
		}
		member, found := v[step]
		return member, found
	case []any:
		if step == "#" {
			return len(v), true
		}
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i >= len(v) {
			return nil, false
		}
		return v[i], true
	}
	return nil, false
}
