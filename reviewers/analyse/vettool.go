package analyse

import (
	"encoding/json"
	"os"
	"slices"
	"strings"

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
	}
	unitchecker.Main(all...) // ends the process
	return true, 0
}

func onlyFacts(file string) bool {
	if !strings.HasSuffix(file, ".cfg") {
		return false
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	var c unitchecker.Config
	return json.Unmarshal(data, &c) == nil && c.VetxOnly
}
