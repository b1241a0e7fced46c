package assess

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"scrum/ledger"
)

// parityID is the schema of parity.json.
const parityID = "scrum/parity/v1"

// parityDoc is what is needed of parity.json.
type parityDoc struct {
	Commit      string    `json:"commit"`
	Dirty       bool      `json:"dirty"`
	Finished    time.Time `json:"finished"`
	ToolVersion string    `json:"tool_version"`
	Verdict     struct {
		Outcome string `json:"outcome"`
		Reason  string `json:"reason"`
	} `json:"verdict"`
	Cases []struct {
		Name        string   `json:"name"`
		State       string   `json:"state"`
		Divergences []string `json:"divergences"`
	} `json:"cases"`
	Divergences []struct {
		Signature string   `json:"signature"`
		Class     string   `json:"class"`
		Path      string   `json:"path"`
		Within    []string `json:"within"`
		Cases     []string `json:"cases"`
	} `json:"divergences"`
}

func readParity(data []byte, never neverList) (*shown, error) {
	var d parityDoc
	if err := decode(data, parityID, &d); err != nil {
		return nil, err
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	s := &shown{stamp: stamp{d.Commit, d.Dirty, d.Finished, d.ToolVersion}, headline: d.headline(), silent: d.silent()}
	s.ran = ledger.Ran{Whole: s.silent == "", Cases: map[string]bool{}}
	for _, c := range d.Cases {
		s.ran.Cases[c.Name] = c.State == "match" || c.State == "diff"
	}
	for _, v := range d.Divergences {
		title := v.Class
		if len(v.Within) > 0 {
			title += ", with " + strings.Join(v.Within, " and ") + " inside"
		}
		s.seen = append(s.seen, ledger.Occurrence{
			Phase: ledger.Parity, Signature: v.Signature, Class: v.Class, Title: strings.TrimSpace(title + " at " + v.Path), Cases: v.Cases,
			Never: d.never(v.Class, v.Within, never),
		})
	}
	return s, nil
}

// never asks of the class and of those that are a part of its cause.
func (d *parityDoc) never(class string, within []string, never neverList) string {
	for _, c := range append([]string{class}, within...) {
		if why := never.why(Parity, c); why != "" {
			return why
		}
	}
	return ""
}

// check holds that every case that differs is in a divergence and every divergence is of
// a case that differs.
func (d *parityDoc) check() error {
	state := map[string]string{}
	differ := 0
	for _, c := range d.Cases {
		switch {
		case !slices.Contains([]string{"match", "diff", "not compared", "not executed"}, c.State):
			return fmt.Errorf("the state %q of the case %s is not known", clip(c.State), clip(c.Name))
		case state[c.Name] != "":
			return contradiction("the case %s stands there twice", clip(c.Name))
		case c.State == "diff":
			differ++
		}
		state[c.Name] = c.State
	}
	shows := map[string][]string{} // signatures by case
	for _, v := range d.Divergences {
		switch {
		case !ledger.IsSignature(v.Signature):
			return fmt.Errorf("%q is no signature", clip(v.Signature))
		case len(v.Cases) == 0:
			return contradiction("the divergence %s has no cases", v.Signature)
		}
		for _, c := range v.Cases {
			if state[c] == "" || state[c] == "match" {
				return contradiction("the divergence %s is in the case %s, which is no case that differs", v.Signature, clip(c))
			}
			if slices.Contains(shows[c], v.Signature) {
				return contradiction("the divergence %s stands there twice", v.Signature)
			}
			shows[c] = append(shows[c], v.Signature)
		}
	}
	for _, c := range d.Cases {
		if c.State == "diff" && len(shows[c.Name]) == 0 {
			return contradiction("the case %s differs, but is in no divergence", clip(c.Name))
		}
		for _, sig := range c.Divergences {
			if !slices.Contains(shows[c.Name], sig) {
				return contradiction("the case %s shows %s, which is not listed", clip(c.Name), clip(sig))
			}
		}
	}
	return d.checkVerdict(differ)
}

func (d *parityDoc) checkVerdict(differ int) error {
	switch o := d.Verdict.Outcome; o {
	case "match", "diverged":
		if (o == "diverged") != (differ > 0) {
			return contradiction("its verdict is %s, and %s", o, plural(differ, "case differs", "cases differ"))
		}
	case "inconclusive", "nothing executed":
	default:
		return fmt.Errorf("its verdict %q is not known", clip(o))
	}
	return nil
}

// silent tells why a parity run decides nothing. What diverges does so all the same.
func (d *parityDoc) silent() string {
	left := 0
	for _, c := range d.Cases {
		if c.State != "match" && c.State != "diff" {
			left++
		}
	}
	switch {
	case d.Verdict.Outcome == "inconclusive":
		return "it was inconclusive: " + d.Verdict.Reason
	case left == len(d.Cases):
		return "no case was compared"
	case left > 0:
		return plural(left, "case was not compared", "cases were not compared")
	}
	return ""
}

func (d *parityDoc) headline() string {
	counts := map[string]int{}
	for _, c := range d.Cases {
		counts[c.State]++
	}
	line := fmt.Sprintf("%d match · %d diff (out of %s)", counts["match"], counts["diff"], plural(len(d.Cases), "case", "cases"))
	if n := len(d.Divergences); n > 0 {
		line += ", " + plural(n, "divergence class", "divergence classes")
	}
	return line
}
