package parity

import (
	"io"
	"log"
)

// quietLog keeps what a server says about clients that do not trust it out of the test.
func quietLog() *log.Logger { return log.New(io.Discard, "", 0) }
