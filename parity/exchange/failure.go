package exchange

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
)

// Failure says why an answer is not whole.
type Failure struct {
	Kind FailureKind `json:"kind"`
	Msg  string      `json:"message"`
}

// FailureKind is the sort of a failure. Two targets that fail alike have one.
type FailureKind string

// The kinds of failures.
const (
	Timeout   FailureKind = "timeout"
	Refused   FailureKind = "refused"
	Reset     FailureKind = "reset"
	Closed    FailureKind = "closed"    // the connection ended before an answer began
	Truncated FailureKind = "truncated" // it ended inside of the body
	TLS       FailureKind = "tls"
	DNS       FailureKind = "dns"
	Malformed FailureKind = "malformed" // what came is no HTTP
	Local     FailureKind = "local"     // this machine could not keep the answer
	Other     FailureKind = "other"
)

// failureOf sorts an error. Of an answer whose header had come, what ends the body
// early truncates it.
func failureOf(err error, begun bool) *Failure {
	f := &Failure{kindOf(err), rootOf(err).Error()}
	if begun && (f.Kind == Closed || errors.Is(err, io.ErrUnexpectedEOF)) {
		f.Kind = Truncated
	}
	if f.Kind == Timeout {
		f.Msg = "no whole answer in time"
	}
	return f
}

func kindOf(err error) FailureKind {
	var dns *net.DNSError
	var timeout net.Error
	var path *os.PathError
	switch {
	case errors.As(err, &dns):
		return DNS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return Timeout
	case isRefused(err):
		return Refused
	case isReset(err):
		return Reset
	case isTLS(err):
		return TLS
	case errors.As(err, &path):
		return Local
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(err.Error(), "server closed idle connection"):
		return Closed
	case strings.Contains(err.Error(), "malformed"), strings.Contains(err.Error(), "invalid"):
		return Malformed
	}
	return Other
}

func isTLS(err error) bool {
	var (
		header    tls.RecordHeaderError
		verify    *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		alert     tls.AlertError
	)
	return errors.As(err, &header) || errors.As(err, &verify) || errors.As(err, &authority) || errors.As(err, &host) ||
		errors.As(err, &invalid) || errors.As(err, &alert) || strings.Contains(err.Error(), "tls: ") ||
		strings.Contains(err.Error(), "HTTP response to HTTPS client")
}
