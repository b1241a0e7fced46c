package serve

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"scrum/tally"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOnlyTheLoopbackIsServedOn(t *testing.T) {
	for _, good := range []string{"127.0.0.1:0", "localhost:0", ":0", "127.0.0.2:0"} {
		at, err := loopback(good)
		if err != nil || !at.Addr().IsLoopback() {
			t.Errorf("%s: %v, %v", good, at, err)
		}
	}
	for _, bad := range []string{"0.0.0.0:80", "[::]:80", "192.168.1.5:80", "example.com:80", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "[::ffff:8.8.8.8]:80", "[::1%lo]:80", "2130706433:80", ""} {
		var refused *AddressError
		if _, err := Listen(t.Context(), bad); !errors.As(err, &refused) || refused.Addr != bad {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAListenerOfAnotherAddressIsNotServedOn(t *testing.T) {
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "0.0.0.0:0")
	if err != nil {
		t.Skip(err)
	}
	var refused *AddressError
	if err := newPlace(t).server().Serve(t.Context(), l); !errors.As(err, &refused) {
		t.Error(err)
	}
}

func TestRequestsThatAreNotForThisServerAreRefused(t *testing.T) {
	h := newPlace(t).server().Handler(port)
	for _, c := range []struct {
		method, host string
		status       int
	}{
		{"GET", "127.0.0.1:4242", 200}, {"HEAD", "localhost:4242", 200}, {"GET", "[::1]:4242", 200},
		{"GET", "evil.example:4242", 421}, {"GET", "127.0.0.1:80", 421}, {"GET", "127.0.0.1", 421}, {"GET", "", 421},
		{"GET", "127.0.0.1.evil.example:4242", 421}, {"GET", "localhost.evil.example:4242", 421}, {"GET", "0.0.0.0:4242", 421},
		{"POST", "127.0.0.1:4242", 405}, {"DELETE", "127.0.0.1:4242", 405}, {"OPTIONS", "127.0.0.1:4242", 405},
	} {
		w := ask(t, h, c.method, c.host, "/")
		if w.Code != c.status {
			t.Errorf("%s of %q: %d, want %d", c.method, c.host, w.Code, c.status)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s of %q: %s is %q", c.method, c.host, name, got)
			}
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s of %q: the policy is %s", c.method, c.host, policy)
		}
	}
}

func TestOnlyTheFilesOfRunsAreReached(t *testing.T) {
	p := newPlace(t)
	id := p.add(reviewOn(3, tally.Pass))
	night := p.addGauntlet(4)
	p.write("secret.txt", "secret")
	p.write("runs/secret.txt", "secret")
	p.write("runs/"+id+"/.env", "secret")
	p.write("runs/"+id+"/notes.html", "secret")
	p.write("runs/"+id+"/responses/c1/opus.md", "<b>an answer</b>")
	p.write("runs/nothing/findings.json", "secret")
	p.write("gauntlet/"+night+"/logs/step.log", "a log")
	outside := filepath.Join(p.folder.Path, "secret.txt")
	for link, to := range map[string]string{"runs/" + id + "/change.diff": outside, "runs/" + id + "/bundles": filepath.Dir(p.folder.Path), "runs/away": p.folder.Path} {
		if err := os.Symlink(to, filepath.Join(p.folder.Path, filepath.FromSlash(link))); err != nil {
			t.Skip(err)
		}
	}
	s := p.server()
	run := "/runs/" + id
	for path, want := range map[string]int{
		run + "/findings.json": 200, run + "/run.json": 200, run + "/responses/c1/opus.md": 200, run + "/files": 200,
		"/gauntlet/" + night + "/logs/step.log": 200, "/gauntlet/" + night + "/assess.json": 200,
		run + "/.env": 404, run + "/notes.html": 404, run + "/change.diff": 404, run + "/bundles/secret.diff": 404,
		run + "/report.md": 404, run + "/nothing": 404, run + "/responses": 404, run + "/logs/step.log": 404,
		"/runs/nobody/": 404, "/runs/nothing/findings.json": 404, "/runs/secret.txt/": 404, "/runs/away/secret.txt": 404, "/runs/away/runs": 404,
		"/secret.txt": 404, "/history.db": 404, "/runs/": 404, "/gauntlet/lock/": 404,
	} {
		w := get(t, s, path)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
		if strings.Contains(w.Body.String(), "secret\n") || w.Body.String() == "secret" {
			t.Errorf("%s shows what is outside", path)
		}
	}
	if w := get(t, s, run+"/responses/c1/opus.md"); w.Header().Get("Content-Type") != "text/plain; charset=utf-8" || w.Body.String() != "<b>an answer</b>" {
		t.Errorf("an answer is sent as %s: %s", w.Header().Get("Content-Type"), w.Body)
	}
}

func TestNoPathLeadsOutOfTheFolder(t *testing.T) {
	p := newPlace(t)
	id := p.add(reviewOn(3, tally.Pass))
	p.write("secret.diff", "secret")
	h := p.server().Handler(port)
	for _, path := range []string{
		"/runs/../secret.diff", "/runs/" + id + "/../../secret.diff", "/runs/" + id + "/bundles/../../../secret.diff", "//secret.diff",
		`/runs/..\/run.json`, `/runs/` + id + `/bundles/..\..\..\secret.diff`, "/runs/../runs/" + id + "/bundles/../../../secret.diff", "/runs/%2e%2e/secret.diff", "/runs/\x00/run.json", "/runs/./run.json",
	} {
		w := ask(t, h, http.MethodGet, "127.0.0.1:4242", path)
		if w.Code == http.StatusOK || strings.Contains(w.Body.String(), "secret\n") {
			t.Errorf("%q is answered: %d %s", path, w.Code, w.Body)
		}
	}
}

func FuzzNoFileOutsideIsSent(f *testing.F) {
	p := newPlace(f)
	id := p.add(reviewOn(3, tally.Pass))
	p.write("secret.diff", "the secret of the folder above")
	p.write("runs/"+id+"/private.txt", "the secret of the run")
	h := p.server().Handler(port)
	for _, seed := range []string{"bundles/../../../secret.diff", "../../secret.diff", "private.txt", "run.json", "files", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		w := ask(t, h, http.MethodGet, "127.0.0.1:4242", "/runs/"+id+"/"+file)
		if strings.Contains(w.Body.String(), "the secret of") {
			t.Errorf("%q sends it", file)
		}
	})
}

func TestAServerEndsWellWhenItIsInterrupted(t *testing.T) {
	p := newPlace(t)
	p.add(reviewOn(3, tally.Pass))
	l, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	s := p.server()
	go func() { ended <- s.Serve(ctx, l) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String()+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.Body.Close() != nil || answer.StatusCode != 200 || !strings.Contains(string(body), "main...HEAD") {
		t.Errorf("%d, %v: %s", answer.StatusCode, err, body)
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
