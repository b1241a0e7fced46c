package analyse

import (
	"encoding/json"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/unitchecker"
)

// vetToolEnv marks a process that the go command starts as its vet tool.
const vetToolEnv = "SCRUM_VET_TOOL"

// ToolMain is to be called first in main. When the go command has started this
// program as its vet tool it does that job and ends the process; otherwise it
// gives false. The go command calls such a tool with -V=full, with -flags, and
// with the name of a .cfg file; the variable keeps that apart from the program's
// own arguments.
func ToolMain(args []string) (handled bool, code int) {
	if os.Getenv(vetToolEnv) == "" || len(args) == 0 {
		return false, 0
	}
	last := args[len(args)-1]
	if !slices.Contains(args, "-V=full") && !slices.Contains(args, "-flags") && !strings.HasSuffix(last, ".cfg") {
		return false, 0
	}
	all := append(vetPasses(), staticcheckPasses()...)
	if onlyFacts(last) {
		all = factProducers(all)
	} else {
		all = append(all, mark())
	}
	for _, a := range all {
		tellTruePlaces(a)
	}
	unitchecker.Main(all...) // ends the process
	return true, 0
}

func onlyFacts(file string) bool {
	if !strings.HasSuffix(file, ".cfg") {
		return false
	}
	data, err := os.ReadFile(file) //nolint:gosec // the go command names it
	if err != nil {
		return false
	}
	var c unitchecker.Config
	return json.Unmarshal(data, &c) == nil && c.VetxOnly
}

// markName is the check that reports every file it is given: the proof that the
// file was analysed. Of a package without problems the go command says nothing,
// and of one that it did not reach neither.
const markName = "scrumread"

func mark() *analysis.Analyzer {
	return &analysis.Analyzer{Name: markName, Doc: "names the files that were analysed", Run: func(pass *analysis.Pass) (any, error) {
		for _, f := range pass.Files {
			pass.Report(analysis.Diagnostic{Pos: f.Package, Message: "read"})
		}
		return nil, nil
	}}
}

// note is a diagnostic with its true place. It travels as JSON in the message.
type note struct {
	File        string
	First, Last int
	Text        string
	Fix         string `json:",omitempty"`
}

// tellTruePlaces puts the place in the file into every message of a check. The
// places that the vet tool prints obey //line comments, with which a change could
// move its problems out of sight. The process is the tool's, so its analysers may
// be changed in place.
func tellTruePlaces(a *analysis.Analyzer) {
	run := a.Run
	a.Run = func(pass *analysis.Pass) (any, error) {
		report := pass.Report
		pass.Report = func(d analysis.Diagnostic) {
			report(analysis.Diagnostic{Pos: d.Pos, Message: trueNote(pass, d)})
		}
		return run(pass)
	}
}

func trueNote(pass *analysis.Pass, d analysis.Diagnostic) string {
	at := pass.Fset.PositionFor(d.Pos, false)
	n := note{File: at.Filename, First: at.Line, Last: at.Line, Text: d.Message}
	if d.End.IsValid() {
		n.Last = pass.Fset.PositionFor(d.End, false).Line
	}
	if len(d.SuggestedFixes) > 0 {
		n.Fix = d.SuggestedFixes[0].Message
	}
	text, err := json.Marshal(n)
	if err != nil {
		return d.Message // cannot be: strings and numbers only
	}
	return string(text)
}
