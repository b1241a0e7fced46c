package progress

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/reviewers"
)

var update = flag.Bool("update", false, "write the golden files anew")

// busy is a review in the middle: 40 seats at three places, some of which are in
// trouble.
func busy() *Model {
	var m Model
	m.Begin(epoch, 40, 2)
	for i := range 38 {
		e := seat(i, reviewers.Queued)
		e.Bundle = fmt.Sprintf("c%d", i/4+1)
		e.Reviewer = []string{"opus", "kimi-月之暗面", "qwen3-coder-480b-a35b-instruct-fp8", "secrets"}[i%4]
		e.Provider = []string{"openrouter", "openrouter", "ollama", ""}[i%4]
		if e.Provider == "" {
			e.Kind = reviewers.Analyser
		}
		m.Apply(e, at(0))
		if i > 22 {
			continue
		}
		e.Phase = reviewers.Sending
		m.Apply(e, at(float64(i)/4))
		switch {
		case i%4 == 3 || i < 6:
			e.Phase, e.State, e.Latency, e.Usage = reviewers.Done, reviewers.Engaged, 4*time.Second, reviewers.Usage{CompletionTokens: 1500, USD: 0.021}
			if i == 4 {
				e.State = reviewers.Failed
			}
		case i%3 == 0:
			e.Phase, e.Tokens = reviewers.Streaming, 1234*i
		case i%5 == 0:
			e.Phase, e.Wait, e.Err = reviewers.Retrying, 9*time.Second, errors.New("openrouter (openrouter.ai): 503 Service Unavailable: 模型过载，请稍后再试\x1b[2J\nplease come back later")
		case i%7 == 0:
			e.Phase, e.For = reviewers.Waiting, reviewers.ForTPM
		}
		m.Apply(e, at(8))
	}
	return &m
}

func TestLayout(t *testing.T) {
	m := busy()
	for _, size := range [][2]int{{40, 5}, {80, 12}, {120, 40}} {
		name := fmt.Sprintf("%dx%d", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			v := newVT(t, size[0], size[1])
			newScreen(v, v.size).draw(func(w, h int) []text { return m.layout(at(10), w, h) })
			got := strings.Join(v.text(), "\n")
			file := filepath.Join("testdata", "layout-"+name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}
