package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"scrum/reviewers"
)

// Marker is the first line of a comment, which no page shows. By it a bot finds the
// comment of the run before, and writes the new one in its place.
const Marker = "<!-- scrum:review -->"

// host is a place that takes Markdown, with its limit.
type host struct {
	name   string
	limit  int  // bytes; hosts that count characters take no fewer
	sticky bool // a comment that is found again
	plain  bool // it shows HTML comments as text
}

// The hosts.
func hosts() map[string]host {
	return map[string]host{
		"github-summary":    {name: "a step summary of GitHub", limit: 1 << 20},
		"comment":           {name: "a comment of GitHub", limit: 65_536, sticky: true},
		"comment-gitlab":    {name: "a comment of GitLab", limit: 1_000_000, sticky: true},
		"comment-bitbucket": {name: "a comment of Bitbucket", limit: 32_768, sticky: true, plain: true},
		"comment-azure":     {name: "a comment of Azure DevOps", limit: 150_000, sticky: true},
	}
}

// Comment writes a review as Markdown that a host takes: the verdict first, then the
// findings, the gravest first, and what was cut in the end.
type Comment struct{ host host }

// Write implements Writer.
func (c Comment) Write(w io.Writer, r *Review) error {
	_, err := io.WriteString(w, c.host.document(r))
	return err
}

func (h host) document(r *Review) string {
	s := tell(r)
	var head, foot string
	for most := 20; ; most /= 2 { // findings are to have half of the room at least
		head, foot = h.shown(digestHead(h, s, most)), h.shown(digestFoot(s, most))
		if len(head)+len(foot) < h.limit/2 || most == 0 {
			break
		}
	}
	body, cut := h.fill(r, h.limit-len(head)-len(foot)-maxCutText)
	return head + body + h.shown(cut.text(h)) + foot
}

// shown is Markdown as the host takes it. Where comments of HTML are shown, something
// else that is not seen breaks what would notify or link.
func (h host) shown(md string) string {
	if !h.plain {
		return defuse(md)
	}
	md = strings.Replace(md, Marker+"\n", "[//]: # (scrum:review)\n", 1)
	return defuse(strings.ReplaceAll(md, "<!-- -->", "\u2060"))
}

// digestHead is the verdict, with so many lines of a kind.
func digestHead(h host, s story, most int) string {
	p := &sheet{}
	if h.sticky {
		p.printf("%s\n", Marker)
	}
	p.printf("# %s\n\n", markup(strings.TrimRight(outcomeWord(s.Verdict.Outcome)+": "+clipped(phrase(s.Run.Label))+s.commits(), ": ")))
	why := s.because()
	if text := s.inconclusive(); text != "" {
		why = text
	}
	p.printf("%s\n\n%s\n", markup(clipped(why)), markup(clipped(s.summary())))
	if s.Run.Scripted {
		p.printf("\n> The models of this run are scripted: their answers were written beforehand.\n")
	}
	if s.inconclusive() == "" && s.readByNoModel() { // a fork's pull request passes like this, and its reader must know
		p.printf("\n> No model has read this change: the analysers reviewed it alone.\n")
	}
	p.few("\n> %s\n", "notes", most, texts(s.Notes))
	rows := make([]string, len(s.chapters))
	for i, c := range s.chapters {
		rows[i] = clipped(Sanitise(c.row))
	}
	if n := len(rows) - most; n > 0 {
		rows = append(rows[:most], fmt.Sprintf("and %d more bundles", n))
	}
	if len(rows) > 0 {
		p.printf("\n%s", fenced("text", strings.Join(rows, "\n")))
	}
	return p.String()
}

func (r *Review) readByNoModel() bool {
	return len(r.Coverage) > 0 && !slices.ContainsFunc(r.Coverage, func(s Seat) bool { return s.Kind != reviewers.Analyser })
}

const longestRow = 400

func clipped(s string) string {
	if len(s) <= longestRow {
		return s
	}
	return strings.ToValidUTF8(s[:longestRow], "") + "…"
}

func texts(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = phrase(s)
	}
	return out
}

// few writes a list of which no more than some are shown.
func (p *sheet) few(format, noun string, most int, list []string) {
	for i, line := range list {
		if i == most {
			p.printf(format, fmt.Sprintf("and %d more %s in findings.json", len(list)-most, noun))
			return
		}
		p.printf(format, markup(clipped(line)))
	}
}

// digestFoot is what the review did not read, the totals and the run.
func digestFoot(s story, most int) string {
	p := &sheet{}
	var parts, troubles []string
	for _, b := range s.Bundles {
		if !b.Covered {
			parts = append(parts, notCovered(b))
		}
	}
	for _, t := range s.troubles() {
		troubles = append(troubles, t.String())
	}
	for _, u := range s.Unparsed {
		troubles = append(troubles, fmt.Sprintf("%s on %s: text that looks like a finding could not be read, and is not counted", inline(u.Reviewer), inline(u.Bundle)))
	}
	for _, g := range s.leftGroups() {
		troubles = append(troubles, fmt.Sprintf("%s left out: %s, %s", plural(len(g.paths), "file"), phrase(g.reason), bytesText(g.bytes)))
	}
	if len(parts)+len(troubles) > 0 {
		p.printf("\n## Not read, or not as it should be\n\n")
		p.few("- %s\n", "bundles", most, parts)
		p.few("- %s\n", "lines", most, troubles)
	}
	p.printf("\n---\n\n%s\n\nscrum %s · run %s · %s\n", markup(s.totals()), markup(clipped(phrase(s.Run.ToolVersion))), markup(clipped(phrase(s.Run.ID))), s.Run.Started.UTC().Format(time.RFC3339))
	return p.String()
}

// fill writes the findings into so many bytes. Those that do not find room with all that
// is said of them are listed on a line each, and what is left then is cut.
func (h host) fill(r *Review, room int) (string, cut) {
	open, apart := r.open(), r.setAside()
	d := digest{room: room, cut: cut{byBundle: map[string]int{}}}
	var full []string
	size := len(restTitle) + len(apartTitle)
	for _, l := range apart {
		size += len(h.shown(lineBlock(l)))
	}
	for _, l := range open {
		if size > room {
			break
		}
		full = append(full, h.shown(fullBlock(l)))
		size += len(full[len(full)-1])
	}
	inFull := room
	if size > room {
		inFull = room * 7 / 10
	}
	for i, l := range open {
		switch {
		case i < len(full) && d.title == "" && !d.cut.any() && d.b.Len()+len(full[i]) <= inFull:
			d.b.WriteString(full[i])
		case !d.add(restTitle, func() string { return h.shown(lineBlock(l)) }):
			d.cut.finding(l)
		}
	}
	for _, l := range apart {
		if !d.add(apartTitle, func() string { return h.shown(lineBlock(l)) }) {
			d.cut.apart++
		}
	}
	return d.b.String(), d.cut
}

const (
	restTitle  = "\n## More findings\n\n"
	apartTitle = "\n## Not counted\n\n"
)

// digest is the list of findings while it is filled.
type digest struct {
	b     strings.Builder
	room  int
	title string // of the list that is being written
	cut   cut
}

// add puts a line under its title, if there is room; after the first that does not fit,
// a shorter one must not take the place of what is graver.
func (d *digest) add(title string, write func() string) bool {
	if d.cut.any() {
		return false
	}
	line := write()
	if d.title != title {
		line = title + line
	}
	if d.b.Len()+len(line) > d.room {
		return false
	}
	d.title = title
	d.b.WriteString(line)
	return true
}

func fullBlock(l listed) string {
	p := &sheet{}
	before := inline(l.Bundle) + ": "
	if l.closes {
		before = "Closes the gate: " + before
	}
	p.finding(before, l.Finding)
	return p.String()
}

func lineBlock(l listed) string {
	p := &sheet{}
	times := ""
	if convergent(l.Finding) {
		times = fmt.Sprintf("×%d ", l.Convergence)
	}
	about := ""
	if why := l.apart(); why != "" {
		about = ": " + markup(clipped(why))
	}
	p.printf("- %s%s %s %s%s\n", times, l.Severity, code(clipped(where(l.Finding))), markup(clipped(titleOf(l.Finding))), about)
	return p.String()
}

// cut counts what found no room.
type cut struct {
	bundles  []string // in the order of the findings
	byBundle map[string]int
	open     int
	apart    int // findings that do not count
}

// maxCutText is room for the lines that tell what was cut.
const maxCutText = 1500

func (c *cut) any() bool { return c.open+c.apart > 0 }

func (c *cut) finding(l listed) {
	if c.byBundle[l.Bundle] == 0 {
		c.bundles = append(c.bundles, l.Bundle)
	}
	c.byBundle[l.Bundle]++
	c.open++
}

func (c *cut) text(h host) string {
	if !c.any() {
		return ""
	}
	var out []string
	if c.open > 0 {
		out = append(out, fmt.Sprintf("%s in %s", plural(c.open, "more finding"), c.where()))
	}
	if c.apart > 0 {
		out = append(out, plural(c.apart, "more finding")+" that do not count")
	}
	return fmt.Sprintf("\n**Cut, because %s has room for %d bytes:** %s. All of them are in findings.json.\n", h.name, h.limit, strings.Join(out, "; "))
}

func (c *cut) where() string {
	const most = 10
	var out []string
	for i, b := range c.bundles {
		if i == most {
			out = append(out, fmt.Sprintf("and %s", plural(len(c.bundles)-most, "more bundle")))
			break
		}
		out = append(out, fmt.Sprintf("%s (%d)", markup(shorten(inline(b), 40)), c.byBundle[b]))
	}
	return strings.Join(out, ", ")
}
