package bundler

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/go-enry/go-enry/v2"
)

// leaveOut takes out what no model needs to see, each file with its reason, and
// gives the rest. What says so must have been true before the change: a change
// cannot hide a file from its own review by marking it.
func (p *Plan) leaveOut(ctx context.Context, opt LeaveOut) ([]indexedFile, error) {
	rules := leaver{opt: opt}
	var err error
	if rules.attributes, err = p.Change.attributes(ctx); err != nil {
		return nil, err
	}
	if opt.Generated {
		if rules.heads, err = p.Change.oldHeads(ctx); err != nil {
			return nil, err
		}
	}
	var kept []indexedFile
	for i, f := range p.Change.Files {
		if reason := rules.reason(f); reason != "" {
			p.LeftOut = append(p.LeftOut, LeftOut{Path: f.Path, Reason: reason, Bytes: len(f.Patch)})
			continue
		}
		kept = append(kept, indexedFile{f, i})
	}
	return kept, nil
}

// leaver has what the reasons rest on.
type leaver struct {
	opt        LeaveOut
	attributes map[string]attributes
	heads      map[*File][]byte // the beginnings of old sides
}

// reason to leave a file out, "" for none.
func (l leaver) reason(f *File) string {
	a := l.attributes[f.Path]
	switch {
	case f.Binary && a.hidden:
		return "hidden by a -diff attribute: git shows no text of it"
	case f.Binary:
		return "binary"
	case matchAny(l.opt.Paths, f.Path):
		return "configured (leave_out.paths)"
	case l.opt.Lockfiles && lockfile(f.Path):
		return "lock file"
	case l.opt.Vendored && (a.vendored == yes || a.vendored == unsaid && vendored(f.Path)):
		return "vendored"
	case l.opt.Generated && (a.generated == yes || a.generated == unsaid && l.generated(f)):
		return "generated"
	}
	return ""
}

// lockfile knows the files that package managers write.
func lockfile(p string) bool {
	switch base := path.Base(p); base {
	case "go.sum", "go.work.sum", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "deno.lock",
		"Cargo.lock", "Gemfile.lock", "composer.lock", "poetry.lock", "Pipfile.lock", "uv.lock", "pdm.lock",
		"flake.lock", "mix.lock", "pubspec.lock", "Podfile.lock", "Package.resolved", "packages.lock.json",
		"gradle.lockfile", "conan.lock", "MODULE.bazel.lock", ".terraform.lock.hcl", "Cartfile.resolved":
		return true
	}
	return false
}

// vendored believes go-enry only for folders and files that are other people's
// code. It also calls testdata, dist, docs and .github vendored by their names,
// and those are as often the project's own.
func vendored(p string) bool {
	if !enry.IsVendor(p) {
		return false
	}
	for _, dir := range strings.Split(path.Dir(p), "/") {
		switch strings.ToLower(dir) {
		case "vendor", "vendors", "node_modules", "bower_components", "jspm_packages", "godeps", "pods", "carthage",
			"third_party", "third-party", "thirdparty", "3rdparty", "3rd-party", "3rd_party", "_vendor", "extern", "externals":
			return true
		}
	}
	base := path.Base(p)
	return strings.HasSuffix(base, ".min.js") || strings.HasSuffix(base, ".min.css")
}

// generated asks go-enry about the file as it was before the change; about a new
// file as it is. A file that the change has only now marked as generated stays in.
func (l leaver) generated(f *File) bool {
	head, ok := l.heads[f]
	if f.Status == Added || f.Status == Copied {
		head, ok = sideHead(f, '+'), true
	}
	return ok && enry.IsGenerated(f.Path, head) && !alwaysReviewed(f.Path)
}

// alwaysReviewed are files whose names alone go-enry takes for generated, and
// that people write.
func alwaysReviewed(p string) bool {
	return strings.HasSuffix(p, ".d.ts") || strings.HasSuffix(p, ".designer.cs")
}

// headSize is how much of a file's beginning is looked at for a marker.
const headSize = 8 << 10

// sideHead rebuilds the beginning of one side from the first hunk when that
// begins at line 1.
func sideHead(f *File, side byte) []byte {
	run := f.Patch[f.hunksStart:]
	headLine, body := cutLine(run)
	h, ok := parseHunkHeader(headLine)
	if !ok {
		return nil
	}
	start, lines := h.NewStart, h.NewLines
	if side == '-' {
		start, lines = h.OldStart, h.OldLines
	}
	if start != 1 {
		return nil
	}
	var out bytes.Buffer
	for lines > 0 && len(body) > 0 && out.Len() < headSize {
		var line []byte
		line, body = cutLine(body)
		if line[0] == side || line[0] == ' ' {
			out.Write(line[1:min(len(line), headSize)])
			lines--
		}
	}
	return out.Bytes()
}

// shrinkContext reads the change again with the least context when more was asked
// for and a file came out above the limit: such a file takes the smaller form.
func (c *Change) shrinkContext(ctx context.Context, limit int) error {
	if c.source.Diff != nil || (!c.read.Function && c.read.ContextLines <= defaultContext) {
		return nil
	}
	large := map[string]*File{}
	for _, f := range c.Files {
		if len(f.Patch) > limit && !f.Binary {
			large[f.Path] = f
		}
	}
	if len(large) == 0 {
		return nil
	}
	small, err := Read(ctx, c.source, ReadOptions{})
	if err != nil {
		return fmt.Errorf("reading large files with less context: %w", err)
	}
	for _, f := range small.Files {
		if l := large[f.Path]; l != nil && l.NewID == f.NewID {
			*l = *f
		}
	}
	return nil
}
