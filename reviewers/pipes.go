package reviewers

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"
)

// pipes are the three ends that we hold of a command's standard streams.
type pipes struct {
	in, out, err *os.File
	child        []*os.File
}

func openPipes(cmd *exec.Cmd) (*pipes, error) {
	p := &pipes{}
	var errs []error
	open := func(ours, theirs **os.File, write bool) {
		r, w, err := os.Pipe()
		if err != nil {
			errs = append(errs, fmt.Errorf("opening a pipe: %w", err))
			return
		}
		*ours, *theirs = r, w
		if write {
			*ours, *theirs = w, r
		}
		p.child = append(p.child, *theirs)
	}
	var in, out, stderr *os.File
	open(&p.in, &in, true)
	open(&p.out, &out, false)
	open(&p.err, &stderr, false)
	if err := errors.Join(errs...); err != nil {
		p.close()
		p.closeChildEnds()
		return nil, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, stderr
	return p, nil
}

func (p *pipes) closeChildEnds() {
	for _, f := range p.child {
		_ = f.Close()
	}
}

func (p *pipes) close() {
	for _, f := range []*os.File{p.in, p.out, p.err} {
		if f != nil {
			_ = f.Close() // twice is harmless
		}
	}
}

// drain reads what is left in the pipes. Where nothing finds who has escaped from the
// process group, they may be held open for ever, so they are closed after a while.
func (p *pipes) drain(readers *sync.WaitGroup, grace time.Duration) {
	done := make(chan struct{})
	go func() { readers.Wait(); close(done) }()
	_ = p.in.Close()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		p.close()
		<-done
	}
}
