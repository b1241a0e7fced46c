package prompts

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
	"text/template"

	"scrum/bundler"
)

//go:embed system.txt
var defaultSystem string

//go:embed review.txt
var defaultReview string

//go:embed examine.system.txt
var examineSystem string

//go:embed examine.txt
var examineRequest string

//go:embed answer.schema.json
var answerSchema string

// DefaultSystem is the embedded system template.
func DefaultSystem() string { return defaultSystem }

// DefaultReview is the embedded template of the request itself.
func DefaultReview() string { return defaultReview }

// AnswerSchema is the answer contract as a JSON Schema, for providers that
// enforce structured output.
func AnswerSchema() []byte { return []byte(answerSchema) }

// Templates make requests. They are text/template texts over the fields Nonce,
// Bundle, Component, Guidance (Name, Text), Masked (a sentence or "") and Files
// (Path, Note, Diff).
type Templates struct {
	system, review *template.Template
}

// Parse reads the templates; an empty text means the embedded one. It renders
// both once, so that a template that cannot work fails here, and not after the
// first request has been paid for.
func Parse(system, review string) (*Templates, error) {
	var t Templates
	var err error
	if t.system, err = parseOne("system", system, defaultSystem); err != nil {
		return nil, err
	}
	if t.review, err = parseOne("review", review, defaultReview); err != nil {
		return nil, err
	}
	probe := data{Nonce: "probe", Bundle: "c1", Files: []fileData{{Path: "probe.go", Diff: "probe diff"}}}
	_, user, err := t.render(probe)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(user, "probe diff") || !strings.Contains(user, "probe.go") {
		return nil, fmt.Errorf("the review template shows no diff: it must range over .Files and print .Path and .Diff of each")
	}
	return &t, nil
}

func parseOne(name, text, fallback string) (*template.Template, error) {
	if strings.TrimSpace(text) == "" {
		text = fallback
	}
	t, err := template.New(name).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading the %s template: %w", name, err)
	}
	return t, nil
}

type data struct {
	Nonce     string
	Bundle    string
	Component string
	Guidance  []Guide
	Masked    string
	Files     []fileData
}

type fileData struct {
	Path string
	Note string
	Diff string
}

// Build makes the request of one bundle. The same bundle and guidance give the
// same bytes.
func (t *Templates) Build(b *bundler.Bundle, g Guidance) (Request, error) {
	d := data{Bundle: b.ID, Component: b.Component, Guidance: g.For(b.Paths()), Masked: g.Masked}
	for _, p := range b.Parts {
		text, err := numbered(p)
		if err != nil {
			return Request{}, fmt.Errorf("numbering the lines of %s for bundle %s: %w", Name(p.File.Path), b.ID, err)
		}
		d.Files = append(d.Files, fileData{Path: Name(p.File.Path), Note: note(p), Diff: text})
	}
	d.Nonce = nonce(b, d)
	system, user, err := t.render(d)
	if err != nil {
		return Request{}, err
	}
	req := Request{Bundle: b.ID, System: system, User: user, Nonce: d.Nonce}
	for _, p := range b.Paths() {
		req.Paths = append(req.Paths, Name(p))
	}
	return req, nil
}

func (t *Templates) render(d data) (system, user string, err error) {
	var buf bytes.Buffer
	if err := t.system.Execute(&buf, d); err != nil {
		return "", "", fmt.Errorf("filling the system template: %w", err)
	}
	system = buf.String()
	buf.Reset()
	if err := t.review.Execute(&buf, d); err != nil {
		return "", "", fmt.Errorf("filling the review template: %w", err)
	}
	return system, buf.String(), nil
}

// nonce is derived from the content, so that an unchanged bundle makes an
// unchanged request (which a cache can know), and differs from any text in it:
// an author cannot write a diff that holds 96 bits of its own hash.
func nonce(b *bundler.Bundle, d data) string {
	h := sha256.New()
	for _, p := range b.Parts {
		fmt.Fprintf(h, "%d:%s", len(p.Patch), p.Patch)
	}
	for _, g := range d.Guidance {
		fmt.Fprintf(h, "%d:%s", len(g.Text), g.Text)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
