package serve

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// AddressError is an address that is not served on. Its message says why.
type AddressError struct {
	Addr string
	Why  string
}

func (e *AddressError) Error() string {
	return fmt.Sprintf("not serving on %q: %s", e.Addr, e.Why)
}

// Listen opens a port of this machine's loopback: "127.0.0.1:8080", "[::1]:8080",
// "localhost:8080" or ":8080"; port 0 is any that is free.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	at, err := loopback(addr)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", at.String())
	if err != nil {
		return nil, &AddressError{addr, err.Error()}
	}
	return l, nil
}

// loopback reads an address. Names other than localhost are not looked up: what they
// stand for can change.
func loopback(addr string) (netip.AddrPort, error) {
	none := netip.AddrPort{}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return none, &AddressError{addr, "an address is HOST:PORT, such as 127.0.0.1:8080 or :8080"}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return none, &AddressError{addr, "the port is a number from 0 to 65535"}
	}
	if host == "" || host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.IsLoopback() || ip.Zone() != "" {
		return none, &AddressError{addr, "reports show source code, and anybody who can reach the port can read them: only 127.0.0.1, [::1] and localhost are served on; from elsewhere, use ssh -L"}
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(n)), nil
}
