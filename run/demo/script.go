package demo

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"
	"text/template"

	"golang.org/x/tools/txtar"

	"scrum/run/scripted"
)

// Script gives the scripted models' answers: what is in answers.txtar for the
// component in the request and the model that is asked.
func Script() (scripted.Script, error) {
	answers, err := readAnswers()
	if err != nil {
		return nil, err
	}
	return func(r scripted.Request) scripted.Answer {
		key := component(r.User) + "/" + reviewer(r.Model)
		text, ok := answers[key]
		if !ok {
			return scripted.Answer{Status: 404, Text: "the demo has no script for " + key}
		}
		return scripted.Answer{Text: text}
	}, nil
}

func readAnswers() (map[string]string, error) {
	head := map[string]string{}
	for _, f := range txtar.Parse(headArchive).Files {
		head[f.Name] = string(f.Data)
	}
	at := func(name, text string) (int, error) {
		before, _, ok := strings.Cut(head[name], text)
		if !ok {
			return 0, fmt.Errorf("%s has no line with %q", name, text)
		}
		return strings.Count(before, "\n") + 1, nil
	}
	answers := map[string]string{}
	for _, f := range txtar.Parse(answersArchive).Files {
		t, err := template.New(f.Name).Funcs(template.FuncMap{"at": at}).Parse(string(f.Data))
		if err != nil {
			return nil, fmt.Errorf("reading the demo's answer %s: %w", f.Name, err)
		}
		var buf bytes.Buffer
		if err := t.Execute(&buf, nil); err != nil {
			return nil, fmt.Errorf("filling the demo's answer %s: %w", f.Name, err)
		}
		answers[strings.TrimSuffix(f.Name, ".md")] = buf.String()
	}
	return answers, nil
}

var partLine = regexp.MustCompile(`(?m)^Part of the change: (.*)\. Files, each`)

// component reads the component from the request: all that a script knows of a
// bundle is what a model would know.
func component(user string) string {
	m := partLine.FindStringSubmatch(user)
	if m == nil {
		return ""
	}
	return m[1]
}

func reviewer(model string) string {
	switch path.Dir(model) {
	case "anthropic":
		return "opus"
	case "moonshotai":
		return "kimi"
	default:
		return path.Dir(model)
	}
}
