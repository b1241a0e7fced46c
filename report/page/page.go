package page

import (
	"crypto/sha256"
	_ "embed" // the look
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

// Page is what differs from page to page.
type Page struct {
	Title   string
	Styles  []string // more styles: constants of the program, never made from data
	Scripts []string // more scripts, which run when the body is there; constants, too
	Body    template.HTML
}

//go:embed page.css
var baseStyle string

//go:embed page.js
var baseScript string

// frame is the page around a body. The scripts of the frame run before the body is
// drawn, so that the theme does not change before the reader's eyes.
const frame = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{.Policy}}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{{.Title}}</title>
<link rel="icon" href="data:,">
{{range .Styles}}{{.}}
{{end}}{{.Early}}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="bar"><div><span class="brand">scrum</span><span class="title">{{.Title}}</span><button type="button" id="theme" hidden>Dark theme</button></div></header>
<main id="main" tabindex="-1">
{{.Body}}
</main>
{{range .Late}}{{.}}
{{end}}</body>
</html>
`

// Write writes the page as one file.
func Write(w io.Writer, p Page) error {
	styles, scripts := append([]string{baseStyle}, p.Styles...), append([]string{baseScript}, p.Scripts...)
	var data struct {
		Title, Policy string
		Styles, Late  []template.HTML
		Early, Body   template.HTML
	}
	data.Title, data.Body = p.Title, p.Body
	var allowed [2][]string
	for i, kind := range []struct {
		tag   string
		texts []string
	}{{"style", styles}, {"script", scripts}} {
		for _, text := range kind.texts {
			element, hash, err := inline(kind.tag, text)
			if err != nil {
				return fmt.Errorf("writing the page %q: %w", p.Title, err)
			}
			allowed[i] = append(allowed[i], hash)
			switch {
			case kind.tag == "style":
				data.Styles = append(data.Styles, element)
			case data.Early == "":
				data.Early = element
			default:
				data.Late = append(data.Late, element)
			}
		}
	}
	data.Policy = policy(allowed[0], allowed[1])
	t, err := template.New("frame").Parse(frame)
	if err != nil {
		return fmt.Errorf("reading the frame of pages: %w", err)
	}
	if err := t.Execute(w, data); err != nil {
		return fmt.Errorf("writing the page %q: %w", p.Title, err)
	}
	return nil
}

// policy allows what the page brings with it. Whatever is not named is forbidden.
func policy(styles, scripts []string) string {
	return "default-src 'none'; style-src " + strings.Join(styles, " ") +
		"; script-src " + strings.Join(scripts, " ") +
		"; img-src data:; base-uri 'none'; form-action 'none'"
}

// inline is a style or script in its element, and its hash in the policy. The hash is of
// what a browser reads, and that has no carriage returns.
func inline(tag, text string) (template.HTML, string, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if lower := strings.ToLower(text); strings.Contains(lower, "</"+tag) || strings.Contains(lower, "<!--") {
		return "", "", fmt.Errorf("a %s of the page contains what would end it", tag)
	}
	sum := sha256.Sum256([]byte(text))
	hash := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	return template.HTML("<" + tag + ">" + text + "</" + tag + ">"), hash, nil //nolint:gosec // constants of the program, checked above
}
