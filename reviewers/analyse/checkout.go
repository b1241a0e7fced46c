package analyse

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"scrum/bundler"
)

// Checkout writes a copy of the new side into an empty folder, for an agent to read
// around the diff: without git's own data, without symbolic links, and without the
// files by which a change could instruct the agent that reviews it, which are listed
// in leftOut. mask, when not nil, edits each file. errors.Is(err, bundler.ErrNoTree)
// for a plain diff.
func Checkout(ctx context.Context, c *bundler.Change, dir string, mask func(path string, data []byte) []byte) (leftOut []string, err error) {
	err = c.Export(ctx, dir, func(p string) bool {
		if instructs(p) {
			leftOut = append(leftOut, p)
			return false
		}
		return true
	})
	if err != nil || mask == nil {
		return leftOut, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return leftOut, fmt.Errorf("masking the copy of the tree: %w", err)
	}
	defer func() { _ = root.Close() }()
	err = fs.WalkDir(root.FS(), ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		return errors.Join(ctx.Err(), maskFile(root, p, mask))
	})
	if err != nil {
		return leftOut, fmt.Errorf("masking the copy of the tree: %w", err)
	}
	return leftOut, nil
}

func maskFile(root *os.Root, name string, mask func(string, []byte) []byte) error {
	data, err := root.ReadFile(name)
	if err != nil {
		return err
	}
	masked := mask(filepath.ToSlash(name), data)
	if string(masked) == string(data) {
		return nil
	}
	return root.WriteFile(name, masked, 0o600)
}

// instructs knows the files that agents obey or run: their instructions, settings,
// hooks and tool servers.
func instructs(p string) bool {
	name := strings.ToLower(path.Base(p))
	if slices.Contains([]string{"claude.md", "claude.local.md", "agents.md", "agents.override.md", "gemini.md", "codex.md", "opencode.json", "opencode.jsonc", ".mcp.json", ".cursorrules", ".windsurfrules", ".clinerules", "copilot-instructions.md"}, name) {
		return true
	}
	for _, dir := range strings.Split(strings.ToLower(path.Dir(p)), "/") {
		if slices.Contains([]string{".git", ".claude", ".codex", ".gemini", ".opencode", ".cursor", ".agents"}, dir) {
			return true
		}
	}
	return false
}
