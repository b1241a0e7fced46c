package smoke

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// graph draws steps that need each other in any way.
func graph(t *rapid.T) *Spec {
	s := &Spec{File: "g.yaml"}
	n := rapid.IntRange(1, 8).Draw(t, "steps")
	for i := range n {
		needs := rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 0, 3, rapid.ID).Draw(t, "needs")
		step := Step{Name: fmt.Sprintf("s%d", i), Line: i + 1, Tags: []string{fmt.Sprintf("t%d", i%3)}}
		for _, need := range needs {
			step.Needs = append(step.Needs, fmt.Sprintf("s%d", need))
		}
		s.Steps = append(s.Steps, step)
	}
	return s
}

// canEnd tells by running steps one after the other whether all of them can.
func canEnd(s *Spec) bool {
	done := map[string]bool{}
	for range s.Steps {
		for _, v := range s.Steps {
			if !slices.ContainsFunc(v.Needs, func(need string) bool { return !done[need] }) {
				done[v.Name] = true
			}
		}
	}
	return len(done) == len(s.Steps)
}

func TestACycleIsFoundWhenAndOnlyWhenNotAllCanRun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := graph(t)
		d := &decoder{reader: reader{file: "g.yaml"}}
		d.check(s)
		if err := d.err(); (err == nil) != canEnd(s) {
			t.Fatalf("%+v: %v", s.Steps, err)
		}
	})
}

func TestASelectionHoldsWhatItNeedsAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := graph(t)
		tag := rapid.SampledFrom(s.Steps).Draw(t, "step").Tags[0]
		got, err := s.Select([]string{tag}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range s.Steps {
			wanted := slices.Contains(v.Tags, tag)
			for _, w := range s.Steps {
				wanted = wanted || got[w.Name] && slices.Contains(w.Needs, v.Name)
			}
			if got[v.Name] != wanted {
				t.Fatalf("%s is selected: %t, but should be: %t", v.Name, got[v.Name], wanted)
			}
		}
	})
}

func TestACaptureAccountsForEveryByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, err := newCapture("")
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for i, n := range rapid.SliceOfN(rapid.IntRange(0, 50<<10), 0, 8).Draw(t, "writes") {
			p := strings.Repeat(string(rune('a'+i)), n)
			all.WriteString(p)
			if got, err := c.Write([]byte(p)); got != n || err != nil {
				t.Fatal(got, err)
			}
		}
		text, want := c.text(), all.String()
		if len(want) <= headBytes+tailBytes && text == want {
			return
		}
		head, rest, cut := strings.Cut(text, "\n[")
		var bytes int
		if _, err := fmt.Sscanf(rest, "%d bytes are cut here", &bytes); !cut || err != nil {
			t.Fatalf("nothing is said to be cut: %v", err)
		}
		tail := rest[strings.Index(rest, "]\n")+2:]
		if len(head)+bytes+len(tail) != len(want) || !strings.HasPrefix(want, head) || !strings.HasSuffix(want, tail) {
			t.Fatalf("%d + %d + %d of %d bytes", len(head), bytes, len(tail), len(want))
		}
	})
}
