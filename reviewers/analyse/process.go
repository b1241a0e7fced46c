package analyse

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// maxOutput bounds what is kept of a tool's output.
const maxOutput = 32 << 20

// runGroup runs a command in a process group of its own, which is killed as a
// whole when the command's context ends, and nothing of it outlives the command. Both outputs are read at the same time
// and bounded; one that is cut is an error.
func runGroup(cmd *exec.Cmd) (stdout []byte, stderr string, err error) {
	out, errOut := &bounded{max: maxOutput}, &bounded{max: maxOutput}
	cmd.Stdout, cmd.Stderr = out, errOut
	cmd.WaitDelay = time.Second
	ownGroup(cmd)
	err = cmd.Run()
	killGroup(cmd) // what it left behind
	if err == nil && (out.cut || errOut.cut) {
		err = fmt.Errorf("%s printed more than %d MB", cmd.Path, maxOutput>>20)
	}
	return out.Bytes(), errOut.String(), err
}

// exitCode of a finished command; -1 when it did not start or was killed.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	bytes.Buffer
	max int
	cut bool
}

func (b *bounded) Write(p []byte) (int, error) {
	room := max(b.max-b.Len(), 0)
	if len(p) > room {
		b.cut = true
	}
	_, _ = b.Buffer.Write(p[:min(room, len(p))])
	return len(p), nil
}
