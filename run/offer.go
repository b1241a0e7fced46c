package run

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"

	"golang.org/x/sync/errgroup"

	"scrum/bundler"
	"scrum/prompts"
	"scrum/report"
	"scrum/reviewers"
)

// Offer is what a review would send to whom.
type Offer struct {
	Label    string            `json:"label"`
	Base     string            `json:"base"`
	Head     string            `json:"head"`
	Bundles  []OfferedBundle   `json:"bundles"`
	LeftOut  []bundler.LeftOut `json:"left_out"`
	Panel    []OfferedReviewer `json:"panel"`
	Notes    []string          `json:"notes"`
	guards   bundler.Guards
	files    int
	patchLen int
}

// OfferedBundle is a bundle with the size of the request that carries it.
type OfferedBundle struct {
	BundleEntry
	RequestBytes int `json:"request_bytes"`
	PromptTokens int `json:"prompt_tokens"` // estimated
}

// OfferedReviewer is a reviewer with what it would be sent over all bundles.
type OfferedReviewer struct {
	PanelEntry
	Requests     int      `json:"requests"`
	PromptTokens int      `json:"prompt_tokens"` // estimated
	InputUSD     *float64 `json:"input_usd"`     // estimated, the answers not counted; null: the price is not known
}

// Offer sums up what the review would send.
func (p *Prepared) Offer() (*Offer, error) {
	c := p.Plan.Change
	o := &Offer{Label: c.Label, Base: c.Base, Head: c.Head, LeftOut: p.Plan.LeftOut, Notes: p.Notes,
		Bundles: []OfferedBundle{}, Panel: []OfferedReviewer{}, guards: p.Plan.Guards(), files: len(c.Files), patchLen: len(c.Patch)}
	sizes, err := p.requestSizes()
	if err != nil {
		return nil, err
	}
	for i, b := range p.Plan.Bundles {
		o.Bundles = append(o.Bundles, OfferedBundle{BundleEntry: entry(b), RequestBytes: sizes[i], PromptTokens: reviewers.Estimate(sizes[i])})
	}
	for _, m := range p.Panel {
		o.Panel = append(o.Panel, offered(m, o.Bundles))
	}
	if o.LeftOut == nil {
		o.LeftOut = []bundler.LeftOut{}
	}
	if o.Notes == nil {
		o.Notes = []string{}
	}
	return o, nil
}

// requestSizes makes every request and keeps only its size, on all processors.
func (p *Prepared) requestSizes() ([]int, error) {
	sizes := make([]int, len(p.Plan.Bundles))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, b := range p.Plan.Bundles {
		g.Go(func() error {
			r, err := p.Request(b)
			sizes[i] = len(r.System) + len(r.User)
			return err
		})
	}
	return sizes, g.Wait()
}

func entry(b *bundler.Bundle) BundleEntry {
	e := BundleEntry{ID: b.ID, Component: b.Component, Bytes: b.Bytes, Guard: b.Guard}
	for _, path := range b.Paths() {
		e.Files = append(e.Files, prompts.Name(path))
	}
	return e
}

func offered(m *reviewers.Member, bundles []OfferedBundle) OfferedReviewer {
	r := OfferedReviewer{PanelEntry: panelEntry(m)}
	for _, b := range bundles {
		if m.Skip != nil && m.Skip(b.Files) != "" {
			continue
		}
		r.Requests++
		if m.Kind != reviewers.Analyser {
			r.PromptTokens += b.PromptTokens
		}
	}
	switch {
	case m.Kind == reviewers.Analyser:
		r.InputUSD = new(float64)
	case m.Price != nil:
		usd := m.Price.Cost(reviewers.Response{PromptTokens: r.PromptTokens})
		r.InputUSD = &usd
	}
	return r
}

// WriteJSON writes the offer as JSON.
func (o *Offer) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(o)
}

// WriteTable writes the offer for people.
func (o *Offer) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
	fmt.Fprintf(t, "change: %s, %s, %s\n\n", report.Sanitise(o.Label), count(o.files, "file"), kb(o.patchLen))
	if len(o.Bundles) > 0 {
		fmt.Fprintf(t, "BUNDLE\tCOMPONENT\tFILES\tBYTES\tGUARD\tREQUEST\tTOKENS\n")
	}
	for _, b := range o.Bundles {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\t~%d\n", b.ID, report.Sanitise(b.Component), len(b.Files), kb(b.Bytes), b.Guard, kb(b.RequestBytes), b.PromptTokens)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	o.writeFiles(w)
	o.writeLeftOut(w)
	if err := o.writePanel(w); err != nil {
		return err
	}
	for _, n := range o.Notes {
		fmt.Fprintf(w, "\nnote: %s", report.Sanitise(n))
	}
	if len(o.Notes) > 0 {
		fmt.Fprintln(w)
	}
	_, err := fmt.Fprintf(w, "\nguard: warn above %s, refuse above %s; nothing was sent\n", o.guards.Warn, o.guards.Refuse)
	return err
}

func (o *Offer) writeFiles(w io.Writer) {
	for _, b := range o.Bundles {
		fmt.Fprintf(w, "\n%s %s\n", b.ID, report.Sanitise(b.Component))
		for _, f := range b.Files {
			fmt.Fprintf(w, "  %s\n", report.Sanitise(f))
		}
	}
}

func (o *Offer) writeLeftOut(w io.Writer) {
	if len(o.LeftOut) == 0 {
		return
	}
	fmt.Fprintf(w, "\nleft out (%d)\n", len(o.LeftOut))
	for _, l := range o.LeftOut {
		fmt.Fprintf(w, "  %s  %s, %s\n", report.Sanitise(prompts.Name(l.Path)), report.Sanitise(l.Reason), kb(l.Bytes))
	}
}

func (o *Offer) writePanel(w io.Writer) error {
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
	fmt.Fprintf(t, "REVIEWER\tLINEAGE\tMODEL\tGOES TO\tREQUESTS\tTOKENS\tUSD (input)\n")
	for _, r := range o.Panel {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", r.Name, r.Lineage, orDash(r.Model), goesTo(r.PanelEntry), r.Requests, tokens(r), usd(r))
	}
	return t.Flush()
}

// goesTo says where requests leave to. A host of "" stays on this machine.
func goesTo(e PanelEntry) string {
	switch {
	case e.Host != "":
		return e.Host
	case e.Kind == reviewers.Command:
		return "a command, which may send it on"
	default:
		return "this machine"
	}
}

func tokens(r OfferedReviewer) string {
	if r.Kind == reviewers.Analyser {
		return "-"
	}
	return fmt.Sprintf("~%d", r.PromptTokens)
}

func usd(r OfferedReviewer) string {
	if r.InputUSD == nil {
		return "price not known"
	}
	return fmt.Sprintf("%.4f", *r.InputUSD)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return report.Sanitise(s)
}

// kb is a size as the guard counts it: 1 KB is 1,024 bytes.
func kb(n int) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f KB", float64(n)/1024)
}

// Export writes the bundles, and with requests the full requests, into a new or
// empty folder. It gives the number of files.
func (p *Prepared) Export(dir string, requests bool) (int, error) {
	d, err := CreateDir("", dir, p.options.Now(), "")
	if err != nil {
		return 0, &UsageError{Err: err}
	}
	n := 0
	for _, b := range p.Plan.Bundles {
		if err := d.write(b.ID+".diff", b.Payload(), cached); err != nil {
			return n, err
		}
		n++
		if !requests {
			continue
		}
		r, err := p.Request(b)
		if err != nil {
			return n, err
		}
		if err := d.write(b.ID+".prompt.md", []byte(RequestText(r)), cached); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
