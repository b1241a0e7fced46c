package eval

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"scrum/bundler"
	"scrum/config"
	"scrum/reviewers/lineage"
)

// Dataset is changes with the defects that are in them, and what reviewers have
// answered about them.
type Dataset struct {
	Name     string
	About    string
	Lineages map[string]string // by reviewer; the others' are told from their names
	Cases    []*Case           // by name
}

// Case is one change.
type Case struct {
	Name     string // of its folder
	Title    string
	Language string
	Class    string // of the defects; Clean when there are none; "" when it is not said
	Defects  []Defect
	Answers  []Answer // by reviewer

	plan *bundler.Plan
}

// Answer is what one reviewer has said about a case, to the byte.
type Answer struct {
	Reviewer string
	Lineage  string
	Text     string
}

// The files of a dataset.
const (
	datasetFile  = "dataset.yaml"
	diffFile     = "change.diff"
	expectedFile = "expected.yaml"
	readmeFile   = "README.md" // for people; no reviewer is called so
)

// mostBytes bounds a file of a dataset.
const mostBytes = 16 << 20

// Open reads a dataset, and packs each change as a review would. When anything in
// it is wrong the error is Problems: all of them, with file and line.
func Open(ctx context.Context, root fs.FS, name string, pack bundler.Options) (*Dataset, error) {
	entries, err := fs.ReadDir(root, ".")
	if err != nil {
		return nil, fmt.Errorf("reading the dataset %s: %w", name, err)
	}
	o := &opener{ctx: ctx, root: root, pack: pack, set: &Dataset{Name: name}}
	o.about()
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			o.openCase(e.Name())
		default:
			o.stray(e.Name())
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(o.set.Cases) == 0 && len(o.problems) == 0 {
		o.wrong(".", "%s has no case: a case is a folder with %s, %s and the answers of reviewers", name, diffFile, expectedFile)
	}
	return o.set, o.problems.err()
}

type opener struct {
	ctx      context.Context
	root     fs.FS
	pack     bundler.Options
	set      *Dataset
	problems Problems
}

func (o *opener) wrong(file, format string, args ...any) {
	o.problems = append(o.problems, Problem{File: file, Text: fmt.Sprintf(format, args...)})
}

// about reads dataset.yaml, which need not be there.
func (o *opener) about() {
	data, err := o.read(datasetFile)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		o.wrong(datasetFile, "%s", why(err))
		return
	}
	p := &page{file: datasetFile}
	defer func() { o.problems = append(o.problems, p.problems...) }()
	top := p.top(data)
	if top == nil {
		return
	}
	m := p.mapping(top, "name", "about", "lineages")
	if m["name"] != nil {
		o.set.Name = p.text(m["name"], "name")
	}
	o.set.About = p.text(m["about"], "about")
	if m["lineages"] != nil {
		o.set.Lineages = map[string]string{}
		for reviewer, n := range p.mapping(m["lineages"]) {
			o.set.Lineages[reviewer] = p.text(n, "the lineage of "+reviewer)
		}
	}
}

// stray looks at a file beside the cases: it may be a misspelt dataset.yaml.
func (o *opener) stray(name string) {
	if ext := path.Ext(name); name != datasetFile && (ext == ".yaml" || ext == ".yml") {
		o.wrong(name, "it is not known here; did you mean %s?", datasetFile)
	}
}

func (o *opener) openCase(name string) {
	entries, err := fs.ReadDir(o.root, name)
	if err != nil {
		o.wrong(name, "%s", why(err))
		return
	}
	c := &Case{Name: name}
	before := len(o.problems)
	o.diff(c)
	o.expected(c)
	for _, e := range entries {
		o.answer(c, e)
	}
	if len(o.problems) == before {
		o.checkDefects(c)
	}
	o.set.Cases = append(o.set.Cases, c)
}

func (o *opener) diff(c *Case) {
	file := path.Join(c.Name, diffFile)
	data, err := o.read(file)
	if err != nil {
		o.wrong(file, "%s", why(err))
		return
	}
	change, err := bundler.ReadDiff(file, bytes.NewReader(data))
	if err == nil && len(change.Files) == 0 {
		err = errors.New("the diff has no files")
	}
	if err == nil {
		c.plan, err = bundler.Pack(o.ctx, change, o.pack)
	}
	var syntax *bundler.SyntaxError
	if errors.As(err, &syntax) {
		err = fmt.Errorf("byte %d: %s", syntax.Offset, syntax.Msg)
	}
	if err != nil {
		o.wrong(file, "%s", err)
	}
}

func (o *opener) expected(c *Case) {
	file := path.Join(c.Name, expectedFile)
	data, err := o.read(file)
	if err != nil {
		o.wrong(file, "%s", why(err))
		return
	}
	p := &page{file: file}
	p.expected(data, c)
	o.problems = append(o.problems, p.problems...)
}

// answer reads a file of a case when it is a reviewer's.
func (o *opener) answer(c *Case, e fs.DirEntry) {
	name := e.Name()
	file := path.Join(c.Name, name)
	reviewer, isAnswer := strings.CutSuffix(name, ".md")
	if !isAnswer {
		reviewer, isAnswer = strings.CutSuffix(name, ".json")
	}
	switch {
	case name == diffFile, name == expectedFile, name == readmeFile, strings.HasPrefix(name, "."):
		return
	case e.IsDir():
		o.wrong(file, "a case has no folders")
		return
	case !isAnswer || reviewer == "":
		near := config.Nearest(name, []string{diffFile, expectedFile})
		if near == "" {
			near = "<reviewer>.md or <reviewer>.json"
		}
		o.wrong(file, "it is no file of a case; did you mean %s?", near)
		return
	}
	data, err := o.read(file)
	if err != nil {
		o.wrong(file, "%s", why(err))
		return
	}
	for _, a := range c.Answers {
		if a.Reviewer == reviewer {
			o.wrong(file, "%s has two answers here, as .md and as .json", reviewer)
			return
		}
	}
	c.Answers = append(c.Answers, Answer{Reviewer: reviewer, Lineage: o.set.lineage(reviewer), Text: string(data)})
}

// lineage of a reviewer: what the dataset says, else what its name says.
func (d *Dataset) lineage(reviewer string) string {
	if l := d.Lineages[reviewer]; l != "" {
		return l
	}
	family, _ := lineage.Of(reviewer)
	return family
}

func (o *opener) read(file string) ([]byte, error) {
	info, err := fs.Stat(o.root, file)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no regular file")
	case info.Size() > mostBytes:
		return nil, fmt.Errorf("it has %d bytes; a file of a dataset has %d at most", info.Size(), mostBytes)
	}
	return fs.ReadFile(o.root, file)
}

// why is an error without the path, which stands before it.
func why(err error) string {
	var pe *fs.PathError
	if errors.Is(err, fs.ErrNotExist) {
		return "it is missing"
	}
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
