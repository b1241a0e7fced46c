package progress

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLogLinesAreHarmless(t *testing.T) {
	nasty := "a\x1b[2J\u202e##[error]b\nc"
	for _, asJSON := range []bool{false, true} {
		var out bytes.Buffer
		log := NewLogger(&out, asJSON, slog.LevelDebug, time.Now())
		log.Debug(nasty, "text", nasty, "error", errors.New(nasty), "n", 7)
		log.With("more", nasty).WithGroup("g").Warn("x", "y", nasty)
		got := out.String()
		if strings.Count(got, "\n") != 2 || strings.ContainsAny(got, "\x1b\u202e") || strings.Contains(got, "##[") {
			t.Errorf("%q", got)
		}
	}
}

func TestLogsForPeopleTellTheTimeSinceTheStart(t *testing.T) {
	inTime(t, func(t *testing.T) {
		var out bytes.Buffer
		log := NewLogger(&out, false, slog.LevelInfo, time.Now())
		time.Sleep(1500 * time.Millisecond)
		log.Info("packed", "bundles", 3)
		log.Debug("not asked for")
		log.Warn("odd")
		if diff := cmp.Diff("after=1.5s msg=packed bundles=3\nafter=1.5s level=WARN msg=odd\n", out.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestEveryLineBecomesARecord(t *testing.T) {
	var out bytes.Buffer
	bare := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	l := NewLines(bare)
	for _, piece := range []string{"revie", "wing x\n\n  \"quoted\"\r\nscrum: warning: odd\n", "scrum: odder\nlast"} {
		fmt.Fprint(l, piece)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	want := `{"level":"INFO","msg":"reviewing x"}
{"level":"INFO","msg":"\"quoted\""}
{"level":"WARN","msg":"odd"}
{"level":"WARN","msg":"odder"}
{"level":"INFO","msg":"last"}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOutputCanBeDiverted(t *testing.T) {
	var home, away bytes.Buffer
	o := NewOutput(&home)
	fmt.Fprint(o, "1")
	back := o.Divert(&away)
	fmt.Fprint(o, "2")
	back()
	back()
	fmt.Fprint(o, "3")
	if home.String() != "13" || away.String() != "2" {
		t.Errorf("%q and %q", home.String(), away.String())
	}
}

func TestAFileIsNoTerminal(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if Terminal(f, func(string) string { return "" }) != nil {
		t.Error("a file is taken for a terminal")
	}
}
