package reviewers_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"scrum/reviewers"
)

const (
	commandMode = "SCRUM_TEST_COMMAND"
	commandHome = "SCRUM_TEST_CALL" // where the command's processes call to be heard
)

// actAsCommand is the command of these tests.
func actAsCommand(mode string) int {
	switch mode {
	case "echo":
		in, _ := io.ReadAll(os.Stdin)
		fmt.Printf("I read: %s", in)
	case "deaf":
		fmt.Print("I never listen")
	case "noisy": // fills both pipes in turn; who reads them one after the other hangs
		_, _ = io.Copy(io.Discard, os.Stdin)
		for range 100 {
			fmt.Fprint(os.Stderr, strings.Repeat("e", 10<<10))
			fmt.Print(strings.Repeat("o", 10<<10))
		}
	case "endless":
		for {
			if _, err := fmt.Print(strings.Repeat("x", 10<<10)); err != nil {
				return 0
			}
		}
	case "fail":
		fmt.Print("half an answer")
		fmt.Fprint(os.Stderr, "\x1b[31mrate limited\x1b[0m by\nupstream")
		return 3
	case "missing":
		return 127
	case "env":
		fmt.Print(strings.Join(os.Environ(), "\n"))
	case "where":
		dir, _ := os.Getwd()
		entries, _ := os.ReadDir(dir)
		fmt.Printf("%s %d", dir, len(entries))
	case "hang":
		fmt.Print("a part")
		callHome()
		select {}
	case "stubborn":
		signal.Ignore(os.Interrupt)
		ignoreTerm()
		callHome()
		select {}
	case "silent":
	case "agent":
		return actAsAgent()
	case "parent": // leaves a child behind that holds its pipes
		return leaveBehind(false)
	case "parent of one that escapes":
		return leaveBehind(true)
	case "stubborn parent of one that escapes":
		signal.Ignore(os.Interrupt)
		ignoreTerm()
		if code := leaveBehind(true); code != 0 {
			return code
		}
		select {}
	}
	return 0
}

// leaveBehind starts a child that holds the pipes and obeys no signal, in a session of
// its own when it shall escape from the process group.
func leaveBehind(escape bool) int {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), commandMode+"=stubborn")
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	if escape {
		child.SysProcAttr = newSession()
	}
	if err := child.Start(); err != nil {
		return 1
	}
	callHome()
	fmt.Print("done already")
	return 0
}

// callHome connects to the test and says so; the connection ends with the process.
func callHome() {
	conn, err := net.Dial("tcp", os.Getenv(commandHome))
	if err != nil {
		os.Exit(1)
	}
	fmt.Fprintln(conn, "here")
	if strings.Contains(os.Getenv(commandMode), "parent") { // wait until the child has been heard as well
		_, _ = bufio.NewReader(conn).ReadString('\n')
	}
	keepOpen = conn
}

var keepOpen net.Conn // from the garbage collector

func commandReviewer(t *testing.T, mode string, opt reviewers.CommandOptions) reviewers.Reviewer {
	t.Helper()
	t.Setenv(commandMode, mode)
	opt.Env = append(opt.Env, commandMode, commandHome)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return reviewers.NewCommand([]string{self}, opt)
}

func TestACommandGetsThePromptAndGivesTheAnswer(t *testing.T) {
	heard := 0
	got, err := commandReviewer(t, "echo", reviewers.CommandOptions{}).Review(t.Context(), question, func(n int) { heard = n })
	if err != nil {
		t.Fatal(err)
	}
	if want := "I read: You review.\n\ndiff --git"; got.Text != want || got.FinishReason != "stop" {
		t.Errorf("answer is %q (%s), want %q", got.Text, got.FinishReason, want)
	}
	if !got.Estimated || got.PromptTokens == 0 || got.CompletionTokens != heard || heard == 0 {
		t.Errorf("tokens are %+v, progress said %d", got, heard)
	}
}

func TestACommandMayIgnoreItsInput(t *testing.T) {
	req := question
	req.User = strings.Repeat("x", 1<<20) // more than a pipe holds
	got, err := commandReviewer(t, "deaf", reviewers.CommandOptions{}).Review(t.Context(), req, nil)
	if err != nil || got.Text != "I never listen" {
		t.Errorf("answer is %q, %v", got.Text, err)
	}
}

func TestBothOutputsAreReadTogether(t *testing.T) {
	got, err := commandReviewer(t, "noisy", reviewers.CommandOptions{}).Review(t.Context(), question, nil)
	if err != nil || len(got.Text) != 1000<<10 {
		t.Errorf("%d bytes, %v", len(got.Text), err)
	}
}

func TestTooMuchOutputEndsTheCommand(t *testing.T) {
	got, err := commandReviewer(t, "endless", reviewers.CommandOptions{MaxOutput: 64 << 10}).Review(t.Context(), question, nil)
	var e *reviewers.Error
	if !errors.As(err, &e) || e.Retryable || !strings.Contains(err.Error(), "longer than 64 KB") || len(got.Text) != 64<<10 {
		t.Errorf("%d bytes, %v", len(got.Text), err)
	}
}

func TestAFailedCommandSaysWhy(t *testing.T) {
	got, err := commandReviewer(t, "fail", reviewers.CommandOptions{}).Review(t.Context(), question, nil)
	var e *reviewers.Error
	if !errors.As(err, &e) || !e.Retryable || !strings.Contains(err.Error(), "exit status 3:") || !strings.Contains(err.Error(), "by upstream") {
		t.Errorf("error is %v", err)
	}
	if strings.ContainsAny(err.Error(), "\x1b\n") || got.Text != "half an answer" || got.FinishReason != "" {
		t.Errorf("error %q, answer %+v", err, got)
	}
	_, err = commandReviewer(t, "missing", reviewers.CommandOptions{}).Review(t.Context(), question, nil)
	if !errors.As(err, &e) || e.Retryable {
		t.Errorf("a shell that finds no command may be retried: %v", err)
	}
	_, err = reviewers.NewCommand([]string{"no-such-command-anywhere"}, reviewers.CommandOptions{}).Review(t.Context(), question, nil)
	if !errors.As(err, &e) || e.Retryable || !strings.Contains(err.Error(), "no-such-command-anywhere: the command was not found; install it") {
		t.Errorf("error is %v", err)
	}
	_, err = reviewers.NewCommand(nil, reviewers.CommandOptions{}).Review(t.Context(), question, nil)
	if !errors.As(err, &e) || e.Retryable || !strings.Contains(err.Error(), "no command") {
		t.Errorf("error is %v", err)
	}
}

func TestACommandSeesOnlyWhatItNeeds(t *testing.T) {
	t.Setenv("OTHER_API_KEY", "planted")
	t.Setenv("MINE_API_KEY", "allowed")
	t.Setenv("LC_ALL", "C")
	got, err := commandReviewer(t, "env", reviewers.CommandOptions{Env: []string{"MINE_API_KEY"}}).Review(t.Context(), question, nil)
	if err != nil {
		t.Fatal(err)
	}
	env := strings.Split(got.Text, "\n")
	if strings.Contains(got.Text, "planted") || !slices.Contains(env, "MINE_API_KEY=allowed") || !slices.Contains(env, "LC_ALL=C") {
		t.Errorf("environment is %q", env)
	}
	if !slices.ContainsFunc(env, func(s string) bool { return strings.HasPrefix(strings.ToUpper(s), "PATH=") }) {
		t.Errorf("no PATH in %q", env)
	}
}

func TestACommandRunsInAnEmptyFolderThatIsThrownAway(t *testing.T) {
	got, err := commandReviewer(t, "where", reviewers.CommandOptions{}).Review(t.Context(), question, nil)
	dir, count, _ := strings.Cut(got.Text, " ")
	if err != nil || count != "0" {
		t.Fatalf("ran in %q, %v", got.Text, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there (%v)", dir, err)
	}
	given, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	got, err = commandReviewer(t, "where", reviewers.CommandOptions{Dir: given}).Review(t.Context(), question, nil)
	if err != nil || !strings.HasPrefix(got.Text, given) {
		t.Errorf("ran in %q, want %s; %v", got.Text, given, err)
	}
}

// home hears processes come and go.
type home struct {
	arrived chan net.Conn
}

func listen(t *testing.T) *home {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &home{arrived: make(chan net.Conn, 10)}
	done := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-done })
	t.Setenv(commandHome, l.Addr().String())
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = bufio.NewReader(conn).ReadString('\n')
			h.arrived <- conn
		}
	}()
	return h
}

// gone waits until the process at the other end has ended.
func gone(t *testing.T, conn net.Conn) {
	t.Helper()
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a process of the command is still there (%v)", err)
	}
}

func TestACommandEndsWithItsContext(t *testing.T) {
	for _, mode := range []string{"hang", "stubborn"} {
		t.Run(mode, func(t *testing.T) {
			h := listen(t)
			r := commandReviewer(t, mode, reviewers.CommandOptions{Grace: 100 * time.Millisecond})
			reason := errors.New("told to stop")
			ctx, cancel := context.WithCancelCause(t.Context())
			var conn net.Conn
			go func() { conn = <-h.arrived; cancel(reason) }()
			got, err := r.Review(ctx, question, nil)
			if !errors.Is(err, reason) {
				t.Errorf("error is %v, want the reason", err)
			}
			if mode == "hang" && got.Text != "a part" {
				t.Errorf("kept %q of the answer", got.Text)
			}
			gone(t, conn)
		})
	}
}

// everybody hears two processes, tells them to go on, and gives their connections.
func (h *home) everybody() <-chan []net.Conn {
	conns := make(chan []net.Conn, 1)
	go func() {
		both := []net.Conn{<-h.arrived, <-h.arrived}
		for _, c := range both {
			fmt.Fprintln(c, "go on")
		}
		conns <- both
	}()
	return conns
}

// aLongGrace is more than a test may take: who waits for it fails.
const aLongGrace = time.Hour

func TestNothingOutlivesACommand(t *testing.T) {
	modes := []string{"parent"}
	if runtime.GOOS == "linux" { // elsewhere nothing finds who has left the group
		modes = append(modes, "parent of one that escapes")
	}
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			h := listen(t)
			r := commandReviewer(t, mode, reviewers.CommandOptions{Grace: aLongGrace})
			conns := h.everybody()
			got, err := r.Review(t.Context(), question, nil)
			if err != nil || got.Text != "done already" {
				t.Errorf("answer is %q, %v", got.Text, err)
			}
			for _, c := range <-conns {
				gone(t, c)
			}
		})
	}
}

func TestAnInterruptReachesWhoHasEscapedAsWell(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("nothing finds who has left the group here")
	}
	h := listen(t)
	r := commandReviewer(t, "stubborn parent of one that escapes", reviewers.CommandOptions{Grace: 100 * time.Millisecond})
	reason := errors.New("told to stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	conns := h.everybody()
	both := make(chan []net.Conn, 1)
	go func() { c := <-conns; cancel(reason); both <- c }()
	if _, err := r.Review(ctx, question, nil); !errors.Is(err, reason) {
		t.Errorf("error is %v, want the reason", err)
	}
	for _, c := range <-both {
		gone(t, c)
	}
}

func TestACommandThatAnswersNothingMayBeAskedAgain(t *testing.T) {
	_, err := commandReviewer(t, "silent", reviewers.CommandOptions{}).Review(t.Context(), question, nil)
	var e *reviewers.Error
	if !errors.As(err, &e) || !e.Retryable || !strings.Contains(err.Error(), "answered nothing") {
		t.Errorf("error is %v", err)
	}
}

func TestNoFileOfTheChangeIsRun(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "review")); err != nil {
		t.Skip(err)
	}
	t.Setenv(commandMode, "deaf")
	opt := reviewers.CommandOptions{Dir: dir, Env: []string{commandMode}}
	var e *reviewers.Error
	_, err = reviewers.NewCommand([]string{"./review"}, opt).Review(t.Context(), question, nil)
	if !errors.As(err, &e) || e.Retryable || !strings.Contains(err.Error(), "absolute path") {
		t.Errorf("a path into the folder: %v", err)
	}
	t.Setenv("PATH", strings.Join([]string{"", ".", "bin", dir, `"` + dir + `"`}, string(os.PathListSeparator)))
	t.Setenv(commandMode, "env")
	got, err := commandReviewer(t, "env", reviewers.CommandOptions{}).Review(t.Context(), question, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range strings.Split(got.Text, "\n") {
		if name, value, _ := strings.Cut(v, "="); strings.EqualFold(name, "PATH") {
			for _, p := range filepath.SplitList(value) {
				if !filepath.IsAbs(p) {
					t.Errorf("the command looks for programs in %q, which is in the change", p)
				}
			}
			if !slices.Contains(filepath.SplitList(value), dir) {
				t.Errorf("PATH %q has lost %s", value, dir)
			}
		}
	}
}
