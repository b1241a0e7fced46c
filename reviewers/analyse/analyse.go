package analyse

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"scrum/prompts"
	"scrum/reviewers"
)

// BuiltIn are the analysers that need no configuration: the offline panel. There are
// two more, instructions and conflicts, which a review adds by itself where they have
// something to say.
func BuiltIn() []string { return []string{"go-vet", "staticcheck", "secrets", "actionlint"} }

// New makes the member of a built-in analyser.
func New(name string, w *Workspace) (*reviewers.Member, error) {
	switch name {
	case "go-vet", "staticcheck":
		return w.member(name, only("no Go files", isGo), func(ctx context.Context) (result, error) { return w.goFindings(ctx, name) }), nil
	case "secrets":
		return w.member(name, nil, once(w.secrets)), nil
	case "instructions":
		return w.member(name, nil, w.instructions), nil
	case "conflicts":
		return w.member(name, nil, w.conflicts), nil
	case "actionlint":
		return w.member(name, only("no workflow files", isWorkflow), once(w.workflows)), nil
	}
	return nil, fmt.Errorf("there is no reviewer and no built-in analyser %q; the analysers are %s, instructions and conflicts", name, strings.Join(BuiltIn(), ", "))
}

// member wraps a tool that looks at the whole change; each seat gets what belongs
// to its bundle.
func (w *Workspace) member(name string, skip func([]string) string, run func(context.Context) (result, error)) *reviewers.Member {
	return &reviewers.Member{Name: name, Kind: reviewers.Analyser, Lineage: "tool:" + name, Skip: skip, Reviewer: tool{w, name, run}}
}

type tool struct {
	w    *Workspace
	name string
	run  func(context.Context) (result, error)
}

// Review answers for the files of the request. A tool that fails will fail again,
// so its errors are not retried.
func (t tool) Review(ctx context.Context, req prompts.Request, _ func(int)) (reviewers.Response, error) {
	r, err := t.run(ctx)
	if err == nil {
		err = r.looked(t.w, req)
	}
	if err != nil {
		return reviewers.Response{}, &reviewers.Error{Provider: t.name, Message: err.Error(), Err: err}
	}
	text, err := t.w.answer(t.name, r, req)
	return reviewers.Response{Text: text, FinishReason: "stop"}, err
}

// looked gives an error when the tool has analysed none of the request's files.
func (r result) looked(w *Workspace, req prompts.Request) error {
	named := w.named()
	why := ""
	for _, name := range req.Paths {
		if r.covered[named[name]] {
			return nil
		}
		if why == "" {
			why = r.skipped[named[name]]
		}
	}
	if why == "" {
		return nil
	}
	return fmt.Errorf("nothing of it could be analysed: %s", why)
}

// only gives a Skip function: the reason, unless a path passes the test.
func only(reason string, test func(string) bool) func([]string) string {
	return func(paths []string) string {
		if slices.ContainsFunc(paths, test) {
			return ""
		}
		return reason
	}
}

func isGo(p string) bool { return strings.HasSuffix(p, ".go") }

func isWorkflow(p string) bool {
	ext := path.Ext(p)
	return path.Dir(p) == ".github/workflows" && (ext == ".yml" || ext == ".yaml")
}
