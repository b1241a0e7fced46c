package exchange

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Target is one of the servers that are compared.
type Target struct {
	Name string
	Base *url.URL
}

// targetName keeps names fit for a column and a flag.
var targetName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)

// NewTarget checks a name and an address.
func NewTarget(name, address string) (Target, error) {
	if !targetName.MatchString(name) {
		return Target{}, fmt.Errorf("a target's name has letters, digits, dots, _ and - only, 40 at most: %q", name)
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return Target{}, fmt.Errorf("the address of target %s is no URL", name) // the error would repeat a password
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return Target{}, fmt.Errorf("the address of target %s must begin with http:// or https:// and name a host", name)
	case u.RawQuery != "" || u.Fragment != "":
		return Target{}, fmt.Errorf("the address of target %s ends with its path; a query or fragment has no place there", name)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	return Target{name, u}, nil
}

// Address is the target's address without its user and password.
func (t Target) Address() string {
	u := *t.Base
	u.User = nil
	return u.String()
}

// Reach tells whether anything listens at the target.
func (t Target) Reach(ctx context.Context, timeout time.Duration) error {
	host := t.Base.Host
	if t.Base.Port() == "" {
		host = net.JoinHostPort(t.Base.Hostname(), map[string]string{"http": "80", "https": "443"}[t.Base.Scheme])
	}
	d := net.Dialer{Timeout: timeout}
	conn, err := d.DialContext(ctx, "tcp", host)
	if err != nil {
		return fmt.Errorf("target %s at %s cannot be reached: %w", t.Name, t.Address(), rootOf(err))
	}
	return conn.Close()
}

// rootOf takes the wrapping off a network error, which would say the address again.
func rootOf(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	return err
}
