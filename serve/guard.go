package serve

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
)

// plainPolicy is for answers that are no page.
const plainPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

// guarded lets only requests through that read, and that mean this machine. A page of
// another site whose name has been made to point here (DNS rebinding) comes with the
// name of that site.
func guarded(port int, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", plainPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		switch {
		case !ours(r.Host, port):
			http.Error(w, "this server answers only to the names of this machine", http.StatusMisdirectedRequest)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "this server only shows what there is", http.StatusMethodNotAllowed)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// ours tells that a Host header is a name of this server.
func ours(host string, port int) bool {
	name, p, err := net.SplitHostPort(host)
	if err != nil {
		name, p = host, "80"
	}
	if p != strconv.Itoa(port) {
		return false
	}
	if name == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback()
}
