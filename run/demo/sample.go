package demo

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"

	"golang.org/x/tools/txtar"
)

//go:embed base.txtar
var baseArchive []byte

//go:embed head.txtar
var headArchive []byte

//go:embed answers.txtar
var answersArchive []byte

//go:embed config.yaml
var configTemplate string

// WriteSample makes a git repository in the empty folder dir with two commits:
// the sample before and after its change. It gives the range of the change.
func WriteSample(ctx context.Context, dir string) (string, error) {
	for i, archive := range [][]byte{baseArchive, headArchive} {
		for _, f := range txtar.Parse(archive).Files {
			if err := writeFile(dir, f); err != nil {
				return "", fmt.Errorf("writing the sample: %w", err)
			}
		}
		if err := commit(ctx, dir, i); err != nil {
			return "", fmt.Errorf("committing the sample: %w", err)
		}
	}
	return "HEAD~1..HEAD", nil
}

func writeFile(dir string, f txtar.File) error {
	path := filepath.Join(dir, filepath.FromSlash(f.Name))
	if strings.TrimSpace(string(f.Data)) == "deleted" {
		return os.Remove(path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // a public sample
		return err
	}
	return os.WriteFile(path, bytes.ReplaceAll(f.Data, []byte("{{secret}}"), []byte(madeUpKey())), 0o644) //nolint:gosec // a public sample
}

// madeUpKey looks like an access key to a scanner and opens nothing. It is put
// together here so that no scanner finds it in this repository.
func madeUpKey() string { return "AKIA" + "Z7QXW3NVKD" + "52RJTB" }

func commit(ctx context.Context, dir string, n int) error {
	steps := [][]string{
		{"add", "--all", "--force"},
		{"commit", "--quiet", "--no-verify", "-m", []string{"The sample before its change", "Bound the endorsed names; nearest vectors; compaction; replay"}[n]},
	}
	if n == 0 {
		steps = append([][]string{{"init", "--quiet", "--initial-branch=main"}}, steps...)
	}
	for _, args := range steps {
		if err := git(ctx, dir, args...); err != nil {
			return err
		}
	}
	return nil
}

// git runs with an identity, dates and settings of its own: the sample is the
// same commit on every machine, whatever its user has configured.
func git(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "commit.gpgSign=false", "-c", "core.autocrlf=false", "-c", "core.hooksPath=/dev/null"}, args...)...)
	cmd.Dir = dir
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "GIT_") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=sample", "GIT_AUTHOR_EMAIL=sample@example.com", "GIT_AUTHOR_DATE=2026-05-02T09:00:00Z",
		"GIT_COMMITTER_NAME=sample", "GIT_COMMITTER_EMAIL=sample@example.com", "GIT_COMMITTER_DATE=2026-05-02T09:00:00Z")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(out))
	}
	return nil
}

// Config is the sample's configuration for scripted models at url.
func Config(url string) ([]byte, error) {
	t, err := template.New("config.yaml").Parse(configTemplate)
	if err != nil {
		return nil, fmt.Errorf("reading the sample's configuration: %w", err)
	}
	var buf bytes.Buffer
	if err := t.Execute(&buf, struct{ URL string }{url}); err != nil {
		return nil, fmt.Errorf("filling the sample's configuration: %w", err)
	}
	return buf.Bytes(), nil
}
