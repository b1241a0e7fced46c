package hook

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// The lines around what scrum has written, by which it is found again.
const (
	begin = "# >>> scrum hook >>>"
	end   = "# <<< scrum hook <<<"
)

// script is a hook for any POSIX shell, the one that comes with git for Windows included.
// What git says on standard input is read once and given to both hooks.
func script(name string, args []string) []byte {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n")
	b.WriteString(begin + "\n")
	b.WriteString("# scrum hook uninstall " + name + " takes this out and brings back what was here before.\n")
	if name == PrePush {
		b.WriteString("refs=$(cat)\ntell() { if [ -n \"$refs\" ]; then printf '%s\\n' \"$refs\"; fi; }\n")
	} else {
		b.WriteString("tell() { :; }\n")
	}
	b.WriteString("before=\"$(dirname \"$0\")/" + name + ".before-scrum\"\n")
	b.WriteString("if [ -x \"$before\" ]; then tell | \"$before\" \"$@\" || exit $?; fi\n")
	b.WriteString(call(name, args))
	b.WriteString(end + "\n")
	return []byte(b.String())
}

// call is the part that runs scrum.
func call(name string, args []string) string {
	words := append([]string{"scrum", "hook", "run"}, args...)
	for i, a := range words {
		words[i] = quoted(a)
	}
	verify := map[string]string{PrePush: "git push --no-verify", PreCommit: "git commit --no-verify"}[name]
	return "if [ \"${SCRUM_SKIP:-}\" = 1 ]; then echo 'scrum: skipped, because SCRUM_SKIP=1' >&2; exit 0; fi\n" +
		"if ! command -v scrum >/dev/null 2>&1; then\n" +
		"  echo 'scrum: the command is not on PATH, so nothing was reviewed; install it, or go on with: " + verify + "' >&2\n" +
		"  exit 1\nfi\n" +
		"tell | " + strings.Join(words, " ") + " " + name + " \"$@\" || exit $?\n"
}

// quoted is a word for the shell.
func quoted(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// intoHusky puts a block into the file that husky runs, at its end.
func (r *Result) intoHusky(text []byte, args []string) error {
	text = without(text)
	if len(text) > 0 && !bytes.HasSuffix(text, []byte("\n")) {
		text = append(text, '\n')
	}
	block := begin + "\n"
	if r.Hook == PrePush {
		block += "refs=$(cat)\ntell() { if [ -n \"$refs\" ]; then printf '%s\\n' \"$refs\"; fi; }\n"
	} else {
		block += "tell() { :; }\n"
	}
	r.There = true
	return write(r.File, append(text, block+call(r.Hook, args)+end+"\n"...), r.huskyMode())
}

// outOfHusky takes the block out again, and the file with it when there is nothing else.
func (r *Result) outOfHusky() error {
	text, err := os.ReadFile(r.File)
	if err != nil {
		return fmt.Errorf("reading the hook: %w", err)
	}
	if text = without(text); len(text) > 0 {
		return write(r.File, text, r.huskyMode())
	}
	if err := os.Remove(r.File); err != nil {
		return fmt.Errorf("taking the hook out: %w", err)
	}
	return nil
}

// huskyMode is that of the file, which is committed: husky runs it with sh, so it need not
// be executable, and a change of it would be one in the repository.
func (r *Result) huskyMode() fs.FileMode {
	if info, err := os.Stat(r.File); err == nil {
		return info.Mode().Perm()
	}
	return 0o644
}

// without is a text without scrum's block.
func without(text []byte) []byte {
	i := bytes.Index(text, []byte(begin))
	if i < 0 {
		return text
	}
	j := bytes.Index(text[i:], []byte(end))
	if j < 0 {
		return text[:i]
	}
	return append(text[:i:i], bytes.TrimPrefix(text[i+j+len(end):], []byte("\n"))...)
}
