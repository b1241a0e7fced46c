package reviewers

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// ErrInterrupted is in the error of every seat that the end of the run's context
// kept from being asked or from being answered.
var ErrInterrupted = errors.New("interrupted")

// Error is a failed attempt, told to a person: which provider and host, what
// happened, what to do. It never holds a key.
type Error struct {
	Provider   string        // the provider's name, or the command's
	Host       string        // "" when nothing left the machine
	Status     int           // of HTTP, 0 when there was none
	RetryAfter time.Duration // what the server asked to wait, 0 when it did not
	Retryable  bool          // another attempt can help
	Unsent     bool          // no connection came about: nothing has left the machine
	Message    string        // what happened
	Advice     string        // what to do about it, "" when there is nothing to say
	Err        error         // the cause, nil when the server said it
}

// Error tells it in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Provider)
	if e.Host != "" && e.Host != e.Provider {
		fmt.Fprintf(&b, " (%s)", e.Host)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, "%s: ", strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))))
	}
	b.WriteString(e.Message)
	if e.Advice != "" {
		b.WriteString("; " + e.Advice)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// retryableStatus tells the answers that time can heal from those it cannot.
func retryableStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return status >= 500
}

// statusAdvice is what to do about a refusal, by its status and words.
func statusAdvice(p Provider, model string, status int, message string) string {
	said := strings.ToLower(message)
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		if p.Key == "" {
			return "no key was sent: name the variable that holds one with api_key_env"
		}
		if p.KeyEnv == "" {
			return "check the key"
		}
		return fmt.Sprintf("check the key in $%s and what it may use", p.KeyEnv)
	case status == http.StatusPaymentRequired, strings.Contains(said, "insufficient_quota"), strings.Contains(said, "credit balance"):
		return "the account has no credit left"
	case tooLong(said), status == http.StatusRequestEntityTooLarge:
		return "the bundle does not fit the model: lower guards.warn or choose a model with a longer context"
	case status == http.StatusNotFound:
		return fmt.Sprintf("check that the model is called %q there, and base_url", model)
	case status == http.StatusTooManyRequests:
		return "lower rpm, tpm or concurrency of this provider if this repeats"
	}
	return ""
}

// tooLong knows how servers say that the prompt exceeds the context.
func tooLong(said string) bool {
	for _, s := range []string{"context_length", "context length", "context window", "maximum context", "prompt is too long", "too many tokens"} {
		if strings.Contains(said, s) {
			return true
		}
	}
	return false
}

// cannotHeal knows the words with which a server refuses for good behind a
// status that would be worth another try.
func cannotHeal(message string) bool {
	said := strings.ToLower(message)
	for _, s := range []string{"insufficient_quota", "invalid_request_error", "invalid_api_key", "authentication_error", "permission_error", "not_found_error"} {
		if strings.Contains(said, s) {
			return true
		}
	}
	return tooLong(said)
}

// transportError names what kept a request from being answered.
func transportError(p Provider, err error) *Error {
	e := &Error{Provider: p.Name, Host: p.Host(), Retryable: true, Err: p.scrubbed(err)}
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	var op *net.OpError
	e.Unsent = errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
	switch {
	case errors.As(err, &dns):
		e.Message, e.Unsent = "the host name cannot be resolved", true
		e.Advice = "check base_url and the network"
		e.Retryable = !dns.IsNotFound
	case errors.Is(err, syscall.ECONNREFUSED), connectionRefused(err):
		e.Message, e.Unsent = "nothing listens there (connection refused)", true
		e.Advice = "is the server running?"
	case errors.As(err, &cert), errors.As(err, &authority):
		e.Message, e.Unsent = "its certificate is not trusted", true
		e.Advice = "check base_url, or SSL_CERT_FILE for a private authority"
		e.Retryable = false
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		e.Message, e.Unsent = "it does not speak TLS", true
		e.Advice = "should base_url begin with http:// ?"
		e.Retryable = false
	case errors.Is(err, context.DeadlineExceeded), timeout(err):
		e.Message = "the connection timed out"
	default:
		e.Message = "the connection failed: " + p.scrub(innermost(err))
	}
	return e
}

func timeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// innermost is the error without the URL that net/http puts before it.
func innermost(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}
