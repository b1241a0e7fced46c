package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"scrum/tally"
)

// maxLine bounds one line of a data set; a finding has a few kilobytes.
const maxLine = 16 << 20

// Pairs reads pairs of findings by different reviewers, a JSON object a line with the
// fields a and b, and writes each with the fields joined, score and rule added: would
// the tally call them one problem? Other fields, such as a label, stay as they are.
// Empty lines are passed over. The error names the line that cannot be read.
func Pairs(r io.Reader, w io.Writer, opt tally.Options) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), maxLine)
	out := bufio.NewWriter(w)
	n := 0
	for in.Scan() {
		n++
		if len(bytes.TrimSpace(in.Bytes())) == 0 {
			continue
		}
		line, err := pair(in.Bytes(), opt)
		if err != nil {
			return errors.Join(fmt.Errorf("line %d: %w", n, err), out.Flush())
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("writing the pairs: %w", err)
		}
	}
	if err := in.Err(); err != nil {
		return errors.Join(fmt.Errorf("after line %d: %w", n, err), out.Flush())
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the pairs: %w", err)
	}
	return nil
}

func pair(line []byte, opt tally.Options) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return nil, fmt.Errorf("it is not a JSON object: %w", err)
	}
	a, err := single(fields, "a")
	if err != nil {
		return nil, err
	}
	b, err := single(fields, "b")
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(opt.Compare(a, b))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &fields); err != nil { // adds to what is there
		return nil, err
	}
	return json.Marshal(fields)
}

func single(fields map[string]json.RawMessage, name string) (tally.Single, error) {
	var s tally.Single
	raw, ok := fields[name]
	if !ok {
		return s, fmt.Errorf(`it has no finding %q; a pair is {"a": {"path", "side", "line", "end_line", "text"}, "b": {…}}`, name)
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("its finding %q cannot be read: %w", name, err)
	}
	return s, nil
}
