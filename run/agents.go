package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"scrum/bundler"
	"scrum/config"
	"scrum/reviewers"
	"scrum/reviewers/analyse"
	"scrum/reviewers/lineage"
	"scrum/secrets"
)

// command makes the member for a command: a well-known agent, or what run says.
func (p *Prepared) command(r config.Reviewer) (*reviewers.Member, error) {
	m := &reviewers.Member{Name: r.Name, Kind: reviewers.Command, Lineage: r.Lineage, Model: r.Model, Price: r.Price, Asks: strings.Join(append([]string{r.Agent}, r.Run...), "\x00")}
	tree := &agentTree{p: p}
	p.trees = append(p.trees, tree)
	opt := reviewers.CommandOptions{Env: r.Env, Tree: tree.folder}
	if r.Agent == "" {
		m.Reviewer = reviewers.NewCommand(r.Run, opt)
	} else {
		a, err := reviewers.AgentNamed(r.Agent)
		if err != nil {
			return nil, err
		}
		if len(r.Run) > 0 {
			a.Run = r.Run
		}
		if m.Lineage == "" {
			m.Lineage = a.Lineage
		}
		m.Reviewer = reviewers.NewAgent(a, r.Model, opt)
	}
	if family, known := lineage.Of(r.Model); m.Lineage == "" && known {
		m.Lineage = family
	}
	if m.Lineage == "" {
		m.Lineage = lineage.Unknown
	}
	return m, nil
}

// agentTree is the folder that one command runs in: a copy of the tree under review
// that is its own, so that nothing it does reaches the user's files or another
// reviewer. It is written when the command is first asked.
type agentTree struct {
	p *Prepared

	mu   sync.Mutex
	dir  string // guarded by mu
	err  error  // guarded by mu
	done bool   // guarded by mu
}

func (t *agentTree) folder(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.done {
		return t.dir, t.err
	}
	dir, err := os.MkdirTemp("", "scrum-agent-")
	if err != nil {
		return "", fmt.Errorf("making a folder for an agent: %w", err)
	}
	t.dir = dir
	mask, err := t.p.treeMask(ctx)
	if err == nil {
		_, err = analyse.Checkout(ctx, t.p.Plan.Change, dir, mask)
	}
	if errors.Is(err, bundler.ErrNoTree) {
		err = nil // a plain diff: the folder stays empty
	}
	if ctx.Err() != nil { // the next one may have more time
		return "", errors.Join(context.Cause(ctx), os.RemoveAll(dir))
	}
	t.done, t.err = true, err
	return t.dir, t.err
}

func (t *agentTree) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dir == "" {
		return nil
	}
	return os.RemoveAll(t.dir)
}

// treeMask takes credentials out of the files that an agent can read, those of the
// change and what is found in each file. A file that cannot be looked through is
// empty there.
func (p *Prepared) treeMask(ctx context.Context) (func(string, []byte) []byte, error) {
	x, err := secrets.New(ctx)
	if err != nil {
		return nil, err
	}
	return func(path string, data []byte) []byte {
		if slices.Contains(data[:min(len(data), 8000)], 0) {
			return data // binary, as git judges it
		}
		const most = 1 << 20
		if len(data) > most {
			return []byte("[This file of " + fmt.Sprint(len(data)) + " bytes is left out of the copy for reviewers.]\n")
		}
		masked, err := x.Text(ctx, path, string(data))
		if err != nil {
			return nil
		}
		return []byte(p.secrets.Text(masked))
	}, nil
}
