package bundler

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// said is the value of an attribute: set, unset, or not said.
type said int

const (
	unsaid said = iota
	yes
	no
)

// attributes are what .gitattributes says of one path.
type attributes struct {
	vendored, generated said
	hidden              bool // -diff, or a value of diff that makes it binary
}

// attributes reads the linguist and diff attributes of the changed files as the
// base commit has them.
func (c *Change) attributes(ctx context.Context) (map[string]attributes, error) {
	if c.source.Diff != nil || c.Dir == "" || len(c.Files) == 0 {
		return nil, nil
	}
	g := git{dir: c.Dir}
	out := map[string]attributes{}
	if c.Base != "" {
		found, err := g.hasAttributes(ctx, c.Base)
		if err != nil || !found {
			return out, errors.Join(err, c.hidden(ctx, g, out))
		}
		remove, err := g.indexOf(ctx, c.Base)
		if err != nil {
			return nil, err
		}
		defer remove()
		if err := c.checkAttributes(ctx, g, out, "--cached"); err != nil {
			return nil, err
		}
	}
	return out, c.hidden(ctx, git{dir: c.Dir}, out)
}

// hasAttributes spares the index of a large repository that has no attributes.
func (g git) hasAttributes(ctx context.Context, commit string) (bool, error) {
	list, err := g.output(ctx, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
	if err != nil {
		return false, fmt.Errorf("looking for attributes: %w", err)
	}
	for p := range strings.SplitSeq(string(list), "\x00") {
		if path.Base(p) == ".gitattributes" {
			return true, nil
		}
	}
	return false, nil
}

// hidden finds out which binary files have a -diff attribute in the tree that git
// diff used, so that hidden text is called by its name.
func (c *Change) hidden(ctx context.Context, g git, out map[string]attributes) error {
	for _, f := range c.Files {
		if f.Binary {
			return c.checkHidden(ctx, g, out)
		}
	}
	return nil
}

func (c *Change) checkHidden(ctx context.Context, g git, out map[string]attributes) error {
	var stdin bytes.Buffer
	for _, f := range c.Files {
		if f.Binary {
			stdin.WriteString(f.Path + "\x00")
		}
	}
	reply, err := g.input(ctx, stdin.Bytes(), "check-attr", "-z", "--stdin", "diff")
	if err != nil {
		return fmt.Errorf("reading attributes: %w", err)
	}
	eachAttribute(reply, func(p, _, value string) {
		a := out[p]
		a.hidden = value == "unset"
		out[p] = a
	})
	return nil
}

func (c *Change) checkAttributes(ctx context.Context, g git, out map[string]attributes, where string) error {
	var stdin bytes.Buffer
	for _, f := range c.Files {
		stdin.WriteString(f.Path + "\x00")
	}
	reply, err := g.input(ctx, stdin.Bytes(), "check-attr", where, "-z", "--stdin", "linguist-vendored", "linguist-generated")
	if err != nil {
		return fmt.Errorf("reading attributes: %w", err)
	}
	eachAttribute(reply, func(p, name, value string) {
		a := out[p]
		if name == "linguist-vendored" {
			a.vendored = saying(value)
		} else {
			a.generated = saying(value)
		}
		out[p] = a
	})
	return nil
}

// eachAttribute walks over "path NUL attribute NUL value NUL".
func eachAttribute(reply []byte, use func(path, name, value string)) {
	f := strings.Split(string(reply), "\x00")
	for i := 0; i+2 < len(f); i += 3 {
		use(f[i], f[i+1], f[i+2])
	}
}

func saying(value string) said {
	switch value {
	case "set", "true":
		return yes
	case "unset", "false":
		return no
	}
	return unsaid
}

// oldHeads gives the beginnings of the old sides of the changed text files: from
// the patch where it shows line 1, else from git, in one process.
func (c *Change) oldHeads(ctx context.Context) (map[*File][]byte, error) {
	heads := map[*File][]byte{}
	var ask []*File
	for _, f := range c.Files {
		if f.Binary || f.Status == Added || f.Status == Copied {
			continue
		}
		if h := sideHead(f, '-'); h != nil {
			heads[f] = h
			continue
		}
		if f.OldID != "" && c.Dir != "" && c.source.Diff == nil && f.OldMode != modeSubmodule {
			ask = append(ask, f)
		}
	}
	return heads, c.readHeads(ctx, ask, heads)
}

func (c *Change) readHeads(ctx context.Context, files []*File, heads map[*File][]byte) error {
	if len(files) == 0 {
		return nil
	}
	var stdin bytes.Buffer
	for _, f := range files {
		stdin.WriteString(f.OldID + "\n")
	}
	cmd := git{dir: c.Dir}
	read := func(r io.Reader) error {
		in := bufio.NewReaderSize(r, 64<<10)
		for _, f := range files {
			head, err := readBlobHead(in)
			if err != nil {
				return fmt.Errorf("reading the old side of %q: %w", f.Path, err)
			}
			heads[f] = head
		}
		return nil
	}
	return cmd.streamInput(ctx, &stdin, read, "cat-file", "--batch", "--buffer")
}

// readBlobHead reads one answer of cat-file --batch: "id type size", the content
// and a newline; or "id missing".
func readBlobHead(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	f := strings.Fields(line)
	if len(f) != 3 {
		return nil, nil // missing, as in a partial clone: nothing is known of it
	}
	size, err := strconv.ParseInt(f[2], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("an unknown answer %q", line)
	}
	head := make([]byte, min(size, headSize))
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, err
	}
	_, err = io.CopyN(io.Discard, in, size-int64(len(head))+1)
	return head, err
}
