package analyse

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// parsed is the output of an external analyser, understood.
type parsed struct {
	diagnostics []diagnostic
	notes       []string // what of it could not be used
}

// note says how many pieces of the output could not be used, and why.
func (p *parsed) note(n int, one, why string) {
	if n > 0 {
		p.notes = append(p.notes, fmt.Sprintf("%d %s %s", n, one, why))
	}
}

type parser func([]byte) (parsed, error)

func parserOf(format string) (parser, error) {
	switch format {
	case "sarif":
		return parseSARIF, nil
	case "rdjson", "rdjsonl":
		return parseRDJSON, nil
	case "plain", "":
		return parsePlain, nil
	}
	return nil, fmt.Errorf("an analyser prints sarif, rdjson or plain, not %q", format)
}

// severityOf maps the levels of SARIF and rdjson. An error of one tool is a
// warning here: its words are not calibrated to what may be merged.
func severityOf(level string) string {
	switch strings.ToLower(level) {
	case "note", "none", "info", "information":
		return info
	}
	return warn
}

type sarifLog struct {
	Version string
	Runs    []sarifRun
}

type sarifRun struct {
	Results            []sarifResult
	OriginalURIBaseIDs map[string]struct{ URI string } `json:"originalUriBaseIds"`
	Invocations        []struct {
		ExecutionSuccessful        *bool
		ToolExecutionNotifications []struct{ Message struct{ Text string } }
	}
}

type sarifResult struct {
	RuleID    string
	Rule      struct{ ID string }
	Kind      string
	Level     string
	Message   struct{ Text, Markdown, ID string }
	Locations []struct {
		PhysicalLocation struct {
			ArtifactLocation struct {
				URI       string
				URIBaseID string `json:"uriBaseId"`
			}
			Region struct{ StartLine, EndLine int }
		}
	}
}

// parseSARIF reads SARIF 2.1.0. Results that a tool marks as suppressed are taken
// as well: the marks come from the code under review.
func parseSARIF(data []byte) (parsed, error) {
	var log sarifLog
	if err := json.Unmarshal(data, &log); err != nil {
		return parsed{}, fmt.Errorf("its output is no SARIF: %w", err)
	}
	if log.Version == "" || log.Runs == nil {
		return parsed{}, errors.New("its output is JSON and no SARIF: it has no version or no runs")
	}
	var out parsed
	nowhere := 0
	for _, run := range log.Runs {
		if why, failed := run.failed(); failed {
			return parsed{}, fmt.Errorf("it says itself that it failed: %s", why)
		}
		for _, r := range run.Results {
			if r.Kind == "pass" || r.Kind == "notApplicable" {
				continue
			}
			found := run.diagnostics(r)
			if len(found) == 0 {
				nowhere++
			}
			out.diagnostics = append(out.diagnostics, found...)
		}
	}
	out.note(nowhere, "results", "that name no file not shown")
	return out, nil
}

func (r sarifRun) failed() (why string, failed bool) {
	for _, i := range r.Invocations {
		if i.ExecutionSuccessful == nil || *i.ExecutionSuccessful {
			continue
		}
		why = "without a reason"
		for _, n := range i.ToolExecutionNotifications {
			why = cmp.Or(n.Message.Text, why)
		}
		return why, true
	}
	return "", false
}

func (r sarifRun) diagnostics(result sarifResult) []diagnostic {
	check := cmp.Or(result.RuleID, result.Rule.ID)
	var out []diagnostic
	for _, l := range result.Locations {
		p := l.PhysicalLocation
		if p.ArtifactLocation.URI == "" {
			continue
		}
		out = append(out, diagnostic{
			path:  r.path(p.ArtifactLocation.URI, p.ArtifactLocation.URIBaseID),
			first: p.Region.StartLine, last: max(p.Region.StartLine, p.Region.EndLine),
			severity: severityOf(result.Level), check: check,
			message: cmp.Or(result.Message.Text, result.Message.Markdown, result.Message.ID, check),
		})
	}
	return out
}

// path resolves a URI against the base that the run names, when that is a place
// and not only a name.
func (r sarifRun) path(uri, base string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return uri
	}
	if b, err := url.Parse(r.OriginalURIBaseIDs[base].URI); err == nil && b.Path != "" {
		u = b.ResolveReference(u)
	}
	if u.Scheme != "" {
		return u.String()
	}
	return u.Path
}

type rdDiagnostic struct {
	Message  string
	Severity string
	Location struct {
		Path  string
		Range struct {
			Start struct{ Line int }
			End   struct{ Line int }
		}
	}
	Code struct{ Value string }
}

// parseRDJSON reads rdjson (one object) or rdjsonl (one diagnostic a line). An
// empty output is rdjsonl without diagnostics.
func parseRDJSON(data []byte) (parsed, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	var out parsed
	nowhere := 0
	for {
		var v struct {
			Diagnostics *[]rdDiagnostic
			rdDiagnostic
		}
		err := dec.Decode(&v)
		if errors.Is(err, io.EOF) {
			out.note(nowhere, "diagnostics", "that name no file not shown")
			return out, nil
		}
		if err != nil {
			return parsed{}, fmt.Errorf("its output is no rdjson: %w", err)
		}
		var all []rdDiagnostic
		switch {
		case v.Diagnostics != nil:
			all = *v.Diagnostics
		case v.Message != "":
			all = []rdDiagnostic{v.rdDiagnostic}
		default:
			return parsed{}, errors.New("its output is JSON and no rdjson: an object has neither diagnostics nor a message")
		}
		for _, d := range all {
			if d.Location.Path == "" {
				nowhere++
				continue
			}
			out.diagnostics = append(out.diagnostics, d.diagnostic())
		}
	}
}

func (d rdDiagnostic) diagnostic() diagnostic {
	r := d.Location.Range
	return diagnostic{path: d.Location.Path, first: r.Start.Line, last: max(r.Start.Line, r.End.Line),
		severity: severityOf(d.Severity), check: d.Code.Value, message: d.Message}
}

var plainLine = regexp.MustCompile(`^((?:[A-Za-z]:[\\/])?[^:]+):(\d+)(?::\d+)?:?\s+(.+)$`)

// parsePlain reads "path:line: message" lines, as compilers print them. Tools
// print other lines too, such as the code that is meant: these are counted.
func parsePlain(data []byte) (parsed, error) {
	if b := bytes.TrimSpace(data); len(b) > 0 && (b[0] == '{' || b[0] == '[') && json.Valid(b) {
		return parsed{}, errors.New("its output is JSON and was to be plain: set its format to sarif or rdjson")
	}
	var out parsed
	other := 0
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if d, ok := readPlain(line); ok {
			out.diagnostics = append(out.diagnostics, d)
		} else if strings.TrimSpace(line) != "" {
			other++
		}
	}
	out.note(other, "lines of its output", "are not of the form path:line: message")
	return out, nil
}

func readPlain(line string) (diagnostic, bool) {
	m := plainLine.FindStringSubmatch(line)
	if m == nil {
		return diagnostic{}, false
	}
	n, err := strconv.Atoi(m[2])
	if err != nil || n == 0 {
		return diagnostic{}, false
	}
	return diagnostic{path: m[1], first: n, last: n, severity: warn, message: m[3]}, true
}
