package history

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"go.yaml.in/yaml/v3"
)

// Word is what people have said of a finding: an entry of gaps.yaml.
type Word struct {
	ID        string
	As        string // false_positive, accepted_risk, …
	Run       string // where the finding was
	Finding   string // its id there
	Accepted  string // the day, as 2026-11-23
	Reviewers []string
	Lineages  []string
}

// judgement is what a word says of those who reported the finding.
type judgement int

const (
	unsaid    judgement = iota
	accepted            // the problem is there, and it is lived with
	dismissed           // it is none, or none of its own
)

// judge reads what a finding was accepted as. A word that is not known says nothing.
func judge(as string) judgement {
	switch as {
	case "accepted_risk", "policy", "deferred":
		return accepted
	case "false_positive", "duplicate":
		return dismissed
	}
	return unsaid
}

// mostLedger bounds the ledger that is read.
const mostLedger = 16 << 20

// ReadWords reads the entries of a ledger that say something of findings. A file that
// is not there has none. It reads what it needs and looks at nothing else: to check a
// ledger is not the business of the history.
func ReadWords(path string) ([]Word, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading the ledger: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("reading the ledger: %s is not a file", path)
	case info.Size() > mostLedger:
		return nil, fmt.Errorf("reading the ledger: %s has %d MB; at most %d are read", path, info.Size()>>20, mostLedger>>20)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	words, err := parseWords(data)
	if err != nil {
		return nil, fmt.Errorf("reading the ledger %s: %w", path, err)
	}
	return words, nil
}

func parseWords(data []byte) ([]Word, error) {
	var doc yaml.Node
	err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	var out []Word
	seen := map[string]bool{}
	for _, e := range items(value(doc.Content[0], "gaps")) {
		w := Word{
			ID: text(value(e, "id")), As: text(value(e, "as")), Run: text(value(e, "run")), Finding: text(value(e, "finding")),
			Accepted:  text(value(e, "accepted")),
			Reviewers: texts(value(e, "reviewers")), Lineages: texts(value(e, "lineages")),
		}
		if judge(w.As) == unsaid || w.ID == "" || seen[w.ID] {
			continue // recorded but not accepted, or not to be told from another
		}
		seen[w.ID] = true
		out = append(out, w)
	}
	return out, nil
}

// value of a key; nil when there is none. Aliases are not followed: the ledger has
// none, and a file that is made of them could be without end.
func value(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

func texts(n *yaml.Node) []string {
	var out []string
	for _, item := range items(n) {
		if s := text(item); s != "" {
			out = append(out, s)
		}
	}
	return out
}
