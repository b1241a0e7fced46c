//go:build ollama

package ollama_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"scrum/prompts"
	"scrum/reviewers"
)

// pathOfOllama is where the tests find Ollama.
const pathOfOllama = "SCRUM_OLLAMA"

// What the server gives a model that does not say how much it needs, and what the
// toy claims to be trained for.
const (
	serverContext = 512
	toyContext    = 1024
)

// server is a running Ollama with models of its own.
type server struct {
	address string
	client  *http.Client
}

// serve starts Ollama on a port that the system chooses, in folders that end with
// the test. Nothing of the user's own Ollama is read or changed.
func serve(t *testing.T) *server {
	t.Helper()
	path := os.Getenv(pathOfOllama)
	if path == "" {
		t.Skipf("$%s names no ollama: set it to the path of one", pathOfOllama)
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "serve")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that it ends its own children
	cmd.WaitDelay = 10 * time.Second
	home := t.TempDir()
	cmd.Env = append(os.Environ(),
		"HOME="+home, "USERPROFILE="+home, "OLLAMA_MODELS="+t.TempDir(), "OLLAMA_HOST=127.0.0.1:0",
		fmt.Sprintf("OLLAMA_CONTEXT_LENGTH=%d", serverContext), "OLLAMA_NUM_PARALLEL=1", "OLLAMA_NOPRUNE=1", "OLLAMA_NO_CLOUD=1")
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", path, err)
	}
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		_ = in.Close()
		ended <- err
	}()
	log := follow(out)
	t.Cleanup(func() {
		stop()
		<-ended
		if t.Failed() {
			t.Logf("what the server wrote:\n%s", log.text())
		}
	})
	address, ok := <-log.address
	if !ok {
		t.Fatalf("%s has not come to listen:\n%s", path, log.text())
	}
	t.Logf("%s listens on %s", path, address)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &server{address: "http://" + address, client: &http.Client{Transport: transport}}
}

// record is what the server writes, and the address on which it says to listen.
type record struct {
	address chan string // gets one address; closed at the end of the text

	mu    sync.Mutex
	lines bytes.Buffer // guarded by mu
}

func follow(r io.Reader) *record {
	log := &record{address: make(chan string, 1)}
	listening := regexp.MustCompile(`Listening on (127\.0\.0\.1:\d+)`)
	go func() {
		defer close(log.address)
		lines := bufio.NewReader(r)
		for told := false; ; {
			line, err := lines.ReadString('\n')
			log.mu.Lock()
			log.lines.WriteString(line)
			log.mu.Unlock()
			if m := listening.FindStringSubmatch(line); m != nil && !told {
				told = true
				log.address <- m[1]
			}
			if err != nil {
				return
			}
		}
	}()
	return log
}

func (r *record) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines.String()
}

// create gives the server a toy under a name, with parameters of its own.
func (s *server) create(t *testing.T, name string, parameters map[string]any) {
	t.Helper()
	var file bytes.Buffer
	if err := smallest(toyContext).write(&file); err != nil {
		t.Fatal(err)
	}
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(file.Bytes()))
	s.post(t, "/api/blobs/"+digest, &file)
	request, err := json.Marshal(map[string]any{
		"model": name, "files": map[string]string{"toy.gguf": digest}, "parameters": parameters,
		"template": "{{ .System }}{{ .Prompt }}", "stream": false,
	})
	if err != nil {
		t.Fatal(err)
	}
	if answer := s.post(t, "/api/create", bytes.NewReader(request)); !strings.Contains(answer, "success") {
		t.Fatalf("creating %s: %s", name, answer)
	}
}

func (s *server) post(t *testing.T, path string, body io.Reader) string {
	t.Helper()
	resp, err := s.client.Post(s.address+path, "application/json", body)
	if err != nil {
		t.Fatalf("POST %s: %v", path, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		t.Fatalf("POST %s: %s %s (%v)", path, resp.Status, answer, err)
	}
	return string(answer)
}

// running is the server's list of loaded models as it comes.
func (s *server) running(t *testing.T) string {
	t.Helper()
	resp, err := s.client.Get(s.address + "/api/ps")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	list, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(list)
}

func (s *server) provider() reviewers.Provider {
	return reviewers.Provider{Name: "ollama", BaseURL: s.address + "/v1"}
}

// review asks a model as a run does, and insists on an answer.
func (s *server) review(t *testing.T, model string, req prompts.Request) reviewers.Response {
	t.Helper()
	cold := float32(0)
	r, err := reviewers.NewOpenAI(s.provider(), model, reviewers.OpenAIOptions{MaxTokens: 16, Temperature: &cold, Client: s.client})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := r.Review(t.Context(), req, nil)
	if err != nil {
		t.Fatalf("%s: %v", model, err)
	}
	t.Logf("%s read %d tokens of %d bytes and answered %d, finish reason %s",
		model, answer.PromptTokens, len(req.System)+len(req.User), answer.CompletionTokens, answer.FinishReason)
	return answer
}

// long is far above every context here, short is below.
func long() prompts.Request {
	line := "\tif err := run(ctx, args); err != nil { return fmt.Errorf(\"running: %w\", err) }\n"
	return prompts.Request{System: "You review a change.\n", User: strings.Repeat(line, 250)}
}

func short() prompts.Request { return prompts.Request{System: "Review.\n", User: "+\tx := 1 / n\n"} }

func TestARealServerTellsItsContextBeforeAnythingIsSent(t *testing.T) {
	s := serve(t)
	s.create(t, "fixed", map[string]any{"num_ctx": 256})
	s.create(t, "open", nil)
	for model, want := range map[string]reviewers.Window{
		"fixed": {Tokens: 256, Source: "Ollama, num_ctx"},
		"open":  {Tokens: toyContext, AtMost: true, Source: "Ollama, what the model was trained for"},
		"other": {},
	} {
		if w := s.provider().Window(t.Context(), model, s.client); w != want {
			t.Errorf("window of %s is %+v, want %+v", model, w, want)
		}
	}
	if list := s.running(t); strings.Contains(list, "fixed") || strings.Contains(list, "open") {
		t.Errorf("a question has loaded a model: %s", list)
	}
	if err := s.provider().Load(t.Context(), "open", s.client); err != nil {
		t.Fatal(err)
	}
	want := reviewers.Window{Tokens: serverContext, Source: "Ollama, as it is loaded"}
	if list := s.running(t); !strings.Contains(list, "context_length") {
		t.Logf("this server does not tell the context of what is loaded: %s", list)
		want = reviewers.Window{Tokens: toyContext, AtMost: true, Source: "Ollama, what the model was trained for"}
	}
	if w := s.provider().Window(t.Context(), "open", s.client); w != want {
		t.Errorf("window of a loaded model is %+v, want %+v", w, want)
	}
	if err := s.provider().Load(t.Context(), "other", s.client); err == nil || !strings.Contains(err.Error(), "not found") {
		t.Errorf("loading a model that is not there: %v", err)
	}
}

func TestARealServerCutsAPromptSilentlyAndItIsSeen(t *testing.T) {
	s := serve(t)
	s.create(t, "fixed", map[string]any{"num_ctx": 256})
	s.create(t, "open", nil)
	for model, context := range map[string]int{"fixed": 256, "open": serverContext} {
		t.Run(model, func(t *testing.T) {
			answer := s.review(t, model, long())
			if answer.PromptTokens <= 0 || answer.PromptTokens > context || answer.Estimated {
				t.Errorf("the server has counted %d tokens for a context of %d", answer.PromptTokens, context)
			}
			for _, window := range []int{0, context} {
				if reviewers.PromptCut(long(), answer, window) == "" {
					t.Errorf("with a window of %d, %d tokens pass for the whole prompt", window, answer.PromptTokens)
				}
			}
			answer = s.review(t, model, short())
			if why := reviewers.PromptCut(short(), answer, context); why != "" {
				t.Errorf("a prompt that fits: %s", why)
			}
		})
	}
}

// Somebody else may have loaded the model with a context of their own; a review
// gets it with the usual one again.
func TestAContextThatSomebodyElseHasChosenIsNotTheReviews(t *testing.T) {
	s := serve(t)
	s.create(t, "fixed", map[string]any{"num_ctx": 256})
	s.create(t, "open", nil)
	for model, context := range map[string]int{"fixed": 256, "open": serverContext} {
		t.Run(model, func(t *testing.T) {
			s.post(t, "/api/generate", strings.NewReader(fmt.Sprintf(`{"model":%q,"stream":false,"options":{"num_ctx":128}}`, model)))
			if err := s.provider().Load(t.Context(), model, s.client); err != nil {
				t.Fatal(err)
			}
			if w := s.provider().Window(t.Context(), model, s.client); w.Tokens != context && !w.AtMost {
				t.Errorf("window is %+v, want %d", w, context)
			}
			if answer := s.review(t, model, long()); answer.PromptTokens != context {
				t.Errorf("the server read %d tokens, want %d", answer.PromptTokens, context)
			}
		})
	}
}
