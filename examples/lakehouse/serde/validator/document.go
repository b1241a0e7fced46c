package validator

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// mostWanted bounds target.
const mostWanted = 500

// prefix begins every operation that fills places.
const prefix = "fill: "

var fingerprint = regexp.MustCompile(`^[0-9a-f]{16}$`)

// fieldsOf are the fields of each kind of document, in the order in which they are read.
func fieldsOf(kind string) []string {
	switch kind {
	case "playbook":
		return []string{"operation", "fingerprint", "target", "endorsed"}
	case "fill":
		return []string{"operation", "target", "fills"}
	}
	return nil
}

// kinds are the kinds of documents.
func kinds() []string { return []string{"fill", "playbook"} }

// check reads a request and gives its kind, and the first problem of its document:
// of the schema, then of completeness, then of consistency.
func check(raw json.RawMessage, r roster) (kind string, p *Problem) {
	read := &reader{}
	top := read.object("", raw, "kind", "document")
	kind = top.text("kind")
	if kind != "" && fieldsOf(kind) == nil {
		read.fail("kind", "expected playbook or fill, got %q", kind)
	}
	doc, _ := top.value("document", "an object")
	if read.problem != nil {
		return kind, read.problem
	}
	fields := read.object("", doc, fieldsOf(kind)...)
	if kind == "playbook" {
		return kind, readPlaybook(fields).problem(r)
	}
	return kind, readFill(fields).problem(r)
}

// playbook is what is to be done whenever places of some sort must be filled.
type playbook struct {
	schema   *Problem
	target   int
	endorsed []string // ids of the workers who may be asked
}

func readPlaybook(o object) playbook {
	var p playbook
	readOperation(o)
	if mark := o.text("fingerprint"); !fingerprint.MatchString(mark) {
		o.fail("fingerprint", "expected 16 hexadecimal digits in lower case, got %q", mark)
	}
	p.target = o.whole("target", 1, mostWanted)
	p.endorsed = o.texts("endorsed")
	p.schema = o.problem
	return p
}

func readOperation(o object) {
	operation := o.text("operation")
	what, found := strings.CutPrefix(operation, prefix)
	switch {
	case !found:
		o.fail("operation", "expected the prefix %q, got %q", prefix, operation)
	case strings.TrimSpace(what) == "":
		o.fail("operation", "says nothing after the prefix %q", prefix)
	}
}

func (p playbook) problem(r roster) *Problem {
	n := len(p.endorsed)
	switch {
	case p.schema != nil:
		return p.schema
	case n == 0:
		return incomplete(n, "endorsed must name at least one worker")
	case n > 2*p.target:
		return incomplete(n, "endorsed names %d workers, and a target of %d allows %d", n, p.target, 2*p.target)
	}
	seen := map[string]bool{}
	for i, id := range p.endorsed {
		switch at := fmt.Sprintf("endorsed[%d]", i); {
		case r.byID[id] == nil:
			return inconsistent(id, "%s: the roster has no worker %q", at, id)
		case seen[id]:
			return inconsistent(id, "%s: worker %q is named before", at, id)
		}
		seen[id] = true
	}
	return nil
}

// fill is the places that have been filled.
type fill struct {
	schema  *Problem
	target  int
	entries []entry
}

type entry struct{ worker, name string }

func readFill(o object) fill {
	var f fill
	readOperation(o)
	f.target = o.whole("target", 1, mostWanted)
	for i, raw := range o.list("fills") {
		e := o.object(fmt.Sprintf("fills[%d]", i), raw, "worker", "name")
		f.entries = append(f.entries, entry{e.text("worker"), e.text("name")})
	}
	f.schema = o.problem
	return f
}

func (f fill) problem(r roster) *Problem {
	n := len(f.entries)
	switch {
	case f.schema != nil:
		return f.schema
	case n == 0:
		return incomplete(n, "fills must have at least one entry")
	case n != f.target:
		return incomplete(n, "fills has %d entries, and the target is %d", n, f.target)
	}
	seen := map[string]bool{}
	for i, e := range f.entries {
		if p := e.problem(fmt.Sprintf("fills[%d]", i), r.byID[e.worker], seen[e.worker]); p != nil {
			return p
		}
		seen[e.worker] = true
	}
	return nil
}

func (e entry) problem(at string, w *worker, twice bool) *Problem {
	switch {
	case w == nil:
		return inconsistent(e.worker, "%s: the roster has no worker %q", at, e.worker)
	case twice:
		return inconsistent(e.worker, "%s: worker %q is named before", at, e.worker)
	case !w.Active:
		return inconsistent(e.worker, "%s: worker %q is not active", at, e.worker)
	case w.Name != e.name:
		return inconsistent(e.worker, "%s: worker %q is %q in the roster, not %q", at, e.worker, w.Name, e.name)
	}
	return nil
}

func incomplete(count int, format string, args ...any) *Problem {
	return &Problem{Completeness: &Completeness{Reason: fmt.Sprintf(format, args...), Count: count}}
}

func inconsistent(worker, format string, args ...any) *Problem {
	return &Problem{Consistency: &Consistency{Reason: fmt.Sprintf(format, args...), Worker: worker}}
}
