package cluster

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"scrum/prompts"
	"scrum/reviewers"
	"scrum/run"
	"scrum/run/scripted"
	"scrum/tally"
)

const answer = "### WARN: it is wrong\nWHERE: a.go:1\nWHY: because\n\nCOVERED: a.go\n"

// desk is a worker's side of the table: a blob store with a plan of one seat.
type desk struct {
	asker *asker
	plan  string
	env   *testsuite.TestActivityEnvironment
	blobs *Blobs
	dir   string
}

func newDesk(t *testing.T, server *httptest.Server, key string) *desk {
	t.Helper()
	c, err := NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	blobs, err := OpenBlobs(context.Background(), dir, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	d := newDeskOn(t, server, blobs)
	d.dir = dir
	return d
}

func newDeskOn(t *testing.T, server *httptest.Server, blobs *Blobs) *desk {
	t.Helper()
	ctx := context.Background()
	d := &desk{blobs: blobs}
	request, err := encode(prompts.Request{Bundle: "c1", System: "s", User: "the code under review", Paths: []string{"a.go"}})
	if err != nil {
		t.Fatal(err)
	}
	digest, err := d.blobs.Add(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	provider := reviewers.Provider{Name: "models", BaseURL: server.URL + "/v1", KeyEnv: "MODELS_KEY"}
	data, err := encode(plan{Format: planID, Rules: run.Rules{Attempts: 3, Deadline: time.Minute, Engagement: tally.DefaultEngagement()},
		Seats: []seat{{Bundle: "c1", Request: digest, Key: "k", Models: []run.Model{{Name: "opus", Model: "anthropic/claude-opus-4.7", Lineage: "anthropic", Provider: provider}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if d.plan, err = d.blobs.Add(ctx, data); err != nil {
		t.Fatal(err)
	}
	provider.Key = "secret-of-the-worker"
	d.asker = &asker{blobs: d.blobs, providers: map[string]reviewers.Provider{"models": provider}}
	d.env = quiet().NewTestActivityEnvironment()
	d.env.RegisterActivityWithOptions(d.asker.ask, activity.RegisterOptions{Name: askActivity})
	return d
}

func (d *desk) ask(t *testing.T) (outcome, error) {
	t.Helper()
	value, err := d.env.ExecuteActivity(askActivity, question{Plan: d.plan, Path: []int{0}})
	if err != nil {
		return outcome{}, err
	}
	var o outcome
	if err := value.Get(&o); err != nil {
		t.Fatal(err)
	}
	return o, nil
}

func models(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s
}

func TestAnAnswerIsStoredAndNotAskedForAgain(t *testing.T) {
	var asked atomic.Int64
	talk := scripted.New(func(scripted.Request) scripted.Answer { return scripted.Answer{Text: answer} })
	d := newDesk(t, models(t, func(w http.ResponseWriter, r *http.Request) { asked.Add(1); talk.ServeHTTP(w, r) }), "")
	first, err := d.ask(t)
	if err != nil || !first.Answered || !first.Final || first.Spent.Attempts != 1 {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := d.ask(t) // as after a worker that died before the server heard of it
	if err != nil || again != first || asked.Load() != 1 {
		t.Errorf("%+v, %v, asked %d times", again, err, asked.Load())
	}
}

func TestABusyModelIsAskedAgainWhenTheServerSays(t *testing.T) {
	d := newDesk(t, models(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		http.Error(w, `{"error":{"message":"busy"}}`, http.StatusTooManyRequests)
	}), "")
	_, err := d.ask(t)
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.NonRetryable() || app.NextRetryDelay() != 7*time.Second {
		t.Fatalf("%v", err)
	}
	d.env.SetHeartbeatDetails(remembered{Attempts: 2, Spent: reviewers.Usage{Attempts: 2}})
	o, err := d.ask(t)
	if err != nil || o.Answered || o.Final || o.Spent.Attempts != 3 {
		t.Errorf("after the last attempt: %+v, %v", o, err)
	}
}

func TestAKeyGoesOnlyWhereTheWorkersOwnConfigurationSays(t *testing.T) {
	var asked atomic.Int64
	d := newDesk(t, models(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) }), "")
	own := d.asker.providers["models"]
	own.BaseURL = "https://models.example.com/v1"
	d.asker.providers["models"] = own
	_, err := d.ask(t)
	if err == nil || !strings.Contains(err.Error(), "make their configurations agree") || asked.Load() != 0 {
		t.Errorf("%v, asked %d times", err, asked.Load())
	}
	delete(d.asker.providers, "models")
	if _, err = d.ask(t); err == nil || !strings.Contains(err.Error(), "does not serve") {
		t.Errorf("%v", err)
	}
}

func TestTheStoreHoldsNoKeyAndWithACipherNoCode(t *testing.T) {
	talk := scripted.New(func(scripted.Request) scripted.Answer { return scripted.Answer{Text: answer} })
	server := models(t, talk.ServeHTTP)
	for key, code := range map[string]bool{"": true, base64.StdEncoding.EncodeToString(make([]byte, 32)): false} {
		d := newDesk(t, server, key)
		if _, err := d.ask(t); err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		err := filepath.Walk(d.dir, func(path string, info os.FileInfo, err error) error {
			if err == nil && !info.IsDir() {
				var data []byte
				data, err = os.ReadFile(path)
				all.Write(data)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(all.String(), "secret-of-the-worker") {
			t.Error("the store holds the worker's key")
		}
		if strings.Contains(all.String(), "the code under review") != code {
			t.Errorf("with the key %q the store holds the code: %t", key, !code)
		}
	}
}

func TestWhatIsEncryptedIsReadWithItsKeyOnly(t *testing.T) {
	one, _ := NewCipher(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	other, _ := NewCipher(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 32))))
	sealed := one.seal([]byte("words"))
	for _, c := range []struct {
		name   string
		cipher *Cipher
		data   []byte
		want   string
		err    error
	}{
		{"its key", one, sealed, "words", nil},
		{"another key", other, sealed, "", errOpen},
		{"no key", nil, sealed, "", errSealed},
		{"a key for what is plain", one, []byte("words"), "", errOpen},
		{"neither", nil, []byte("words"), "words", nil},
		{"cut", one, sealed[:len(sealedMark)+3], "", errOpen},
		{"changed", one, append(sealed[:len(sealed)-1:len(sealed)-1], sealed[len(sealed)-1]^1), "", errOpen},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.cipher.open(c.data)
			if string(got) != c.want || !errors.Is(err, c.err) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	for _, bad := range []string{"short", base64.StdEncoding.EncodeToString([]byte("31 bytes are not enough for it!"))} {
		if _, err := NewCipher(bad); err == nil {
			t.Errorf("%q is taken for a key", bad)
		}
	}
}

func TestADamagedBlobIsNoBlob(t *testing.T) {
	ctx := context.Background()
	b, err := OpenBlobs(ctx, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := b.Add(ctx, []byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Put(ctx, blobName(digest), []byte("others")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Take(ctx, digest); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("%v", err)
	}
	if _, err := b.Take(ctx, strings.Repeat("0", 64)); !errors.Is(err, ErrNoBlob) {
		t.Errorf("%v", err)
	}
}

func TestAPlanOfAnotherVersionIsLeftToAnotherWorker(t *testing.T) {
	d := newDesk(t, models(t, func(http.ResponseWriter, *http.Request) { t.Error("a model is asked") }), "")
	var err error
	if d.plan, err = d.blobs.Add(context.Background(), []byte(`{"format":"scrum/plan/v9","seats":[]}`)); err != nil {
		t.Fatal(err)
	}
	_, err = d.ask(t)
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.NonRetryable() || !strings.Contains(err.Error(), "another worker must take it") {
		t.Errorf("%v", err)
	}
}
