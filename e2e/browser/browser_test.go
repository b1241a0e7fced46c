// Package browser tests the pages of the tool in a real browser, with real clicks and
// keys: that they work, that they ask nobody for anything, that their policy is kept, and
// that axe-core finds nothing serious in them.
//
// It is a module of its own, so that nothing of it is needed to build or test the tool.
// `make e2e` sets it up and runs it. A browser that is missing is a failure.
//
// A test opens a page with open or openFile and ends with tab.check, which looks
// at everything that a page must keep whatever it shows.
package browser

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a page in a browser of its own, and what it has said and asked for.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	console  []string // errors and warnings, violations of the policy among them
	requests []string // all but the page itself
	address  string
}

// size of a window, in CSS pixels.
type size struct{ width, height int64 }

var (
	desktop = size{1280, 900}
	phone   = size{360, 740}
)

// openFile opens a page from a file, as most readers do.
func openFile(t *testing.T, path, fragment string, s size) *tab {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), Fragment: fragment}
	return open(t, u.String(), s)
}

// open opens a page in a new browser, which ends with the test.
func open(t *testing.T, address string, s size) *tab {
	t.Helper()
	ctx := browser(t)
	b := &tab{t: t, ctx: ctx, address: address}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatalf("starting the browser: %v", err)
	}
	b.do(b.window(s), command(network.Enable, network.EnableParams{}), command(log.Enable, cdp.Empty{}), chromedp.Navigate(address), chromedp.WaitReady(chromedp.CSS("main")))
	b.settle()
	return b
}

// browser starts one. It has five minutes for all that a test wants of it.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-sync", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

type step = chromedp.Action[chromedp.Void]

// command is a command of the debugger's protocol as a step.
func command[P, R any](c cdp.Command[P, R], params P) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// chromium is the browser: the one of $CHROMIUM, else the first that is installed.
func chromium() (string, error) {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no chromium: install it (Debian: apt-get install chromium), or name one with CHROMIUM=/path/to/it")
}

// hear writes down what the page says and asks for.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		address, _, _ := strings.Cut(e.Request.URL, "#")
		if own, _, _ := strings.Cut(b.address, "#"); address != own && !strings.HasPrefix(address, "data:") {
			b.requests = append(b.requests, address)
		}
	case *runtime.EventExceptionThrown:
		b.console = append(b.console, e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			b.console = append(b.console, fmt.Sprintf("console.%s", e.Type))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.console = append(b.console, e.Entry.Text)
		}
	}
}

// do does steps, which must succeed.
func (b *tab) do(steps ...step) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v", b.address, err)
	}
}

func (b *tab) window(s size) step {
	return chromedp.EmulateViewport(s.width, s.height)
}

// click clicks the first element that the selector finds, at its middle.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.run(fmt.Sprintf(`document.querySelector(%q)?.scrollIntoView({block: "center", behavior: "instant"})`, selector))
	b.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
	b.settle()
}

// press presses keys, one after the other, as a keyboard does: a key whose event the page
// takes for itself types nothing.
func (b *tab) press(keys string) {
	b.t.Helper()
	for _, r := range keys {
		if r < ' ' || r > '~' { // a named key, of chromedp's package kb
			b.do(chromedp.KeyEvent(string(r)))
			continue
		}
		b.do(command(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: string(r), Text: string(r)}))
		b.do(command(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: string(r)}))
	}
	b.settle()
}

// settle waits until the page has drawn what came of the last event.
func (b *tab) settle() {
	b.t.Helper()
	eval[bool](b, `new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => r(true)))))`)
}

// run does something in the page.
func (b *tab) run(script string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](script))
	b.settle()
}

// eval gives the value of an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %s: %v", b.address, expression, err)
	}
	return out
}

// want fails the test when an expression in the page has another value.
func want[T comparable](b *tab, expression string, value T) {
	b.t.Helper()
	if got := eval[T](b, expression); got != value {
		b.t.Errorf("%s is %v, not %v", expression, got, value)
	}
}

// media sets what the page is shown on ("screen", "print") and the scheme of colours
// that the reader's system asks for ("light", "dark").
func (b *tab) media(kind, scheme string) {
	b.t.Helper()
	b.do(command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind, Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}))
	b.settle()
}

// check holds the page against all that every page must keep: nothing said in the console,
// nothing asked of anybody, no violation of the policy, no scrolling to the side on a
// phone, and nothing serious for axe-core in either scheme of colours.
func (b *tab) check() {
	b.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		b.media("screen", scheme)
		b.accessible(scheme)
		b.shoot(scheme)
	}
	b.do(b.window(phone))
	b.settle()
	want(b, `document.documentElement.scrollWidth <= innerWidth`, true)
	b.shoot("phone")
	b.do(b.window(desktop))
	b.quiet()
}

// quiet fails the test when the page has said or asked for something.
func (b *tab) quiet() {
	b.t.Helper()
	for _, line := range b.heard() {
		b.t.Errorf("%s: %s", b.address, line)
	}
}

// heard is what the page has said and asked for.
func (b *tab) heard() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, line := range b.console {
		out = append(out, "the console says: "+line)
	}
	for _, r := range b.requests {
		out = append(out, "the page asks for "+r)
	}
	return out
}

// shoot writes a picture of the page below $SHOTS, for people to look at.
func (b *tab) shoot(name string) {
	b.t.Helper()
	dir := os.Getenv("SHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	file := filepath.Join(dir, strings.NewReplacer("/", "-", " ", "-").Replace(b.t.Name())+"-"+name+".png")
	if err := errors.Join(err, os.MkdirAll(dir, 0o755), os.WriteFile(file, picture, 0o644)); err != nil {
		b.t.Fatal(err)
	}
}

// printed gives the page as a PDF.
func (b *tab) printed() []byte {
	b.t.Helper()
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPrintBackground()))
	if err != nil {
		b.t.Fatalf("printing: %v", err)
	}
	return pdf
}
