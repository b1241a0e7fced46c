package report

import "io"

type Terminal struct {
	Width int
	Color bool
	All   bool
}

func (Terminal) Write(io.Writer, *Review) error { return nil }
