package report

import "io"

type Markdown struct{}

func (Markdown) Write(io.Writer, *Review) error { return nil }
