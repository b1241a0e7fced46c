package reviewers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scrum/prompts"
	"scrum/reviewers"
)

// Answers as the servers give them, shortened to what makes a difference. Those of
// Ollama were recorded from a real server.
const (
	ollamaList   = `{"object":"list","data":[{"id":"toy:latest","object":"model","created":1795448191,"owned_by":"library"}]}`
	ollamaFixed  = `{"modelfile":"FROM /m/blobs/sha256-ed5f\nPARAMETER num_ctx 256\n","parameters":"num_ctx                        256\nstop                           \"num_ctx 9\"","template":"{{ .Prompt }}","details":{"format":"gguf","family":"llama"},"model_info":{"general.architecture":"llama","llama.context_length":1024,"tokenizer.ggml.tokens":null},"tensors":[{"name":"output.weight","type":"F32","shape":[64,260]}],"capabilities":["completion"]}`
	ollamaOpen   = `{"template":"{{ .Prompt }}","model_info":{"general.architecture":"llama","general.parameter_count":74432,"llama.context_length":1024,"llama.vision.context_length":77},"capabilities":["completion"]}`
	ollamaLoaded = `{"models":[{"name":"other:latest","model":"other:latest","context_length":99},{"name":"toy:latest","model":"toy:latest","size":22941952,"expires_at":"2026-11-23T15:41:34Z","size_vram":0,"context_length":512}]}`
	vllmList     = `{"object":"list","data":[{"id":"Qwen/Qwen3-8B","object":"model","created":1,"owned_by":"vllm","root":"Qwen/Qwen3-8B","parent":null,"max_model_len":40960,"permission":[{"id":"p","allow_view":true}]},{"id":"small","object":"model","owned_by":"vllm","max_model_len":8192}]}`
	llamaList    = `{"models":[{"name":"m.gguf","size":""}],"object":"list","data":[{"id":"m.gguf","aliases":["qwen"],"object":"model","owned_by":"llamacpp","meta":{"vocab_type":2,"n_vocab":128256,"n_ctx":8192,"n_ctx_train":131072,"n_embd":4096}}]}`
	llamaOldList = `{"object":"list","data":[{"id":"m.gguf","object":"model","owned_by":"llamacpp","meta":{"n_ctx_train":131072}}]}`
	llamaProps   = `{"default_generation_settings":{"id":0,"n_ctx":4096,"params":{"n_predict":-1}},"total_slots":4,"model_path":"m.gguf"}`
	studioList   = `{"object":"list","data":[{"id":"idle","object":"model","owned_by":"organization_owner"},{"id":"busy","object":"model","owned_by":"organization_owner"}]}`
	studioModels = `{"object":"list","data":[{"id":"idle","type":"llm","state":"not-loaded","max_context_length":131072},{"id":"busy","state":"not-loaded","max_context_length":32768},{"id":"busy","type":"llm","state":"loaded","max_context_length":32768,"loaded_context_length":4096}]}`
	studioNo     = `{"error":"Unexpected endpoint or method. (POST /api/show)"}`
)

// engine is a model server by its answers; what it does not know it refuses with
// otherwise, or with 404.
type engine struct {
	answers   map[string]string // by method and path
	otherwise string
}

func (e engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, ok := e.answers[r.Method+" "+r.URL.Path]
	switch {
	case ok:
		_, _ = io.WriteString(w, answer)
	case e.otherwise != "":
		_, _ = io.WriteString(w, e.otherwise)
	default:
		http.NotFound(w, r)
	}
}

func TestEachServerTellsItsWindow(t *testing.T) {
	ollama := func(show, ps string) engine {
		return engine{answers: map[string]string{"GET /v1/models": ollamaList, "POST /api/show": show, "GET /api/ps": ps}}
	}
	studio := engine{otherwise: studioNo, answers: map[string]string{"GET /v1/models": studioList, "GET /api/v0/models": studioModels}}
	vllm := engine{answers: map[string]string{"GET /v1/models": vllmList}}
	exact := func(tokens int, source string) reviewers.Window {
		return reviewers.Window{Tokens: tokens, Source: source}
	}
	for _, c := range []struct {
		name   string
		server http.Handler
		model  string
		want   reviewers.Window
	}{
		{"Ollama: num_ctx of the model, loaded or not", ollama(ollamaFixed, `{"models":[]}`), "toy", exact(256, "Ollama, num_ctx")},
		{"Ollama: num_ctx, though somebody has loaded the model with another", ollama(ollamaFixed, ollamaLoaded), "toy", exact(256, "Ollama, num_ctx")},
		{"Ollama: num_ctx above what the model was trained for is cut to it", ollama(strings.ReplaceAll(ollamaFixed, "256", "99999"), `{}`), "toy", exact(1024, "Ollama, num_ctx")},
		{"Ollama: the server's default shows once the model is loaded", ollama(ollamaOpen, ollamaLoaded), "toy", exact(512, "Ollama, as it is loaded")},
		{"Ollama: a full name is the same model", ollama(ollamaOpen, ollamaLoaded), "registry.ollama.ai/library/TOY:latest", exact(512, "Ollama, as it is loaded")},
		{"Ollama: another tag is another model", ollama(ollamaOpen, ollamaLoaded), "toy:7b", reviewers.Window{Tokens: 1024, AtMost: true, Source: "Ollama, what the model was trained for"}},
		{"Ollama: not loaded, so only the most is known", ollama(ollamaOpen, `{"models":[]}`), "toy", reviewers.Window{Tokens: 1024, AtMost: true, Source: "Ollama, what the model was trained for"}},
		{"Ollama: one that does not tell the context of what is loaded", ollama(ollamaOpen, strings.ReplaceAll(ollamaLoaded, "context_length", "size")), "toy", reviewers.Window{Tokens: 1024, AtMost: true, Source: "Ollama, what the model was trained for"}},
		{"Ollama: a model that is not there", engine{answers: map[string]string{"GET /v1/models": ollamaList, "GET /api/ps": ollamaLoaded}}, "absent", reviewers.Window{}},
		{"vLLM: each model its own", vllm, "small", exact(8192, "max_model_len")},
		{"vLLM: a name from a hub", vllm, "Qwen/Qwen3-8B", exact(40960, "max_model_len")},
		{"vLLM: a name that it does not serve", vllm, "Qwen", reviewers.Window{}},
		{"llama.cpp: a slot's share, not what the model was trained for", engine{answers: map[string]string{"GET /v1/models": llamaList}}, "qwen", exact(8192, "llama.cpp, n_ctx of a slot")},
		{"llama.cpp: it answers by any name", engine{answers: map[string]string{"GET /v1/models": llamaList}}, "gpt-oss", exact(8192, "llama.cpp, n_ctx of a slot")},
		{"llama.cpp: an old one has it in its properties", engine{answers: map[string]string{"GET /v1/models": llamaOldList, "GET /props": llamaProps}}, "m", exact(4096, "llama.cpp, n_ctx of a slot")},
		{"LM Studio: as it is loaded", studio, "busy", exact(4096, "LM Studio, as it is loaded")},
		{"LM Studio: not loaded", studio, "idle", reviewers.Window{Tokens: 131072, AtMost: true, Source: "LM Studio, what the model was trained for"}},
		{"LM Studio: a model that is not there", studio, "absent", reviewers.Window{}},
		{"a server that refuses everything", http.NotFoundHandler(), "toy", reviewers.Window{}},
		{"a page for everything", engine{otherwise: "<!doctype html><title>home</title>"}, "toy", reviewers.Window{}},
		{"an empty answer for everything", engine{otherwise: "{}"}, "toy", reviewers.Window{}},
		{"another shape than expected", engine{otherwise: `[{"data":1}]`}, "toy", reviewers.Window{}},
		{"fields of other types spoil only themselves", engine{otherwise: `{"data":[{"id":7,"aliases":"x","max_model_len":"4096"}]}`}, "toy", exact(4096, "max_model_len")},
		{"JSON that ends too early", engine{otherwise: vllmList[:len(vllmList)-9]}, "small", reviewers.Window{}},
		{"a window of no size", engine{otherwise: `{"data":[{"id":"toy","max_model_len":0,"meta":{"n_ctx":-1}}]}`}, "toy", reviewers.Window{}},
		{"a window of no sense", engine{otherwise: `{"data":[{"id":"toy","max_model_len":1e300,"meta":{"n_ctx":{}}}],"model_info":{"a.context_length":[1],"b.context_length":"NaN"}}`}, "toy", reviewers.Window{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(c.server)
			t.Cleanup(s.Close)
			p := reviewers.Provider{Name: "local", BaseURL: s.URL + "/v1"}
			if diff := cmp.Diff(c.want, p.Window(t.Context(), c.model, s.Client())); diff != "" {
				t.Errorf("window (-want +got):\n%s", diff)
			}
		})
	}
}

// tape is a transport that plays a server and keeps what it was asked.
type tape struct {
	play func(*http.Request) (*http.Response, error)

	mu    sync.Mutex
	asked []string // guarded by mu
	keys  []string // guarded by mu
}

func (p *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		b, _ := io.ReadAll(r.Body)
		body = " " + string(b)
	}
	p.mu.Lock()
	p.asked = append(p.asked, strings.TrimSpace(r.Method+" "+r.URL.String()+body))
	p.keys = append(p.keys, r.Header.Get("Authorization")+r.Header.Get("X-Team"))
	p.mu.Unlock()
	return p.play(r)
}

func (p *tape) client() *http.Client { return &http.Client{Transport: p} }

func respond(status int, body io.Reader) (*http.Response, error) {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body)}, nil
}

func TestAWindowIsAskedForBesideTheBaseURLAndNothingElseIsSaid(t *testing.T) {
	nothing := func(*http.Request) (*http.Response, error) { return respond(200, strings.NewReader("{}")) }
	for _, c := range []struct {
		name     string
		provider reviewers.Provider
		want     []string
	}{
		{"the usual address", reviewers.Provider{BaseURL: "http://127.0.0.1:11434/v1"}, []string{
			"GET http://127.0.0.1:11434/v1/models",
			`POST http://127.0.0.1:11434/api/show {"model":"a/b:c"}`,
			"GET http://127.0.0.1:11434/api/ps",
			"GET http://127.0.0.1:11434/api/v0/models",
			"GET http://127.0.0.1:11434/props?autoload=false&model=a%2Fb%3Ac",
		}},
		{"behind a path, with a slash at the end", reviewers.Provider{BaseURL: "http://localhost/ai/v1/"}, []string{
			"GET http://localhost/ai/v1/models",
			`POST http://localhost/ai/api/show {"model":"a/b:c"}`,
			"GET http://localhost/ai/api/ps",
			"GET http://localhost/ai/api/v0/models",
			"GET http://localhost/ai/props?autoload=false&model=a%2Fb%3Ac",
		}},
		{"without a version", reviewers.Provider{BaseURL: "https://[::1]:8080"}, []string{
			"GET https://[::1]:8080/models",
			`POST https://[::1]:8080/api/show {"model":"a/b:c"}`,
			"GET https://[::1]:8080/api/ps",
			"GET https://[::1]:8080/api/v0/models",
			"GET https://[::1]:8080/props?autoload=false&model=a%2Fb%3Ac",
		}},
		{"a service elsewhere is not asked", reviewers.Provider{BaseURL: "https://openrouter.ai/api/v1"}, nil},
		{"nor one that calls itself local", reviewers.Provider{BaseURL: "https://localhost.example/v1"}, nil},
		{"nor a machine in the network without permission", reviewers.Provider{BaseURL: "http://gpu.example:8000/v1"}, nil},
		{"nor an address that is none", reviewers.Provider{BaseURL: "127.0.0.1/v1"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			heard := &tape{play: nothing}
			if w := c.provider.Window(t.Context(), "a/b:c", heard.client()); w != (reviewers.Window{}) {
				t.Errorf("window is %+v", w)
			}
			if diff := cmp.Diff(c.want, heard.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAMachineOfOnesOwnIsAskedWithItsOwnKey(t *testing.T) {
	heard := &tape{play: func(*http.Request) (*http.Response, error) { return respond(200, strings.NewReader(vllmList)) }}
	p := reviewers.Provider{Name: "gpu", BaseURL: "http://gpu.example:8000/v1", AllowPlainHTTP: true, Key: plantedKey, Headers: map[string]string{"X-Team": "core"}}
	if w := p.Window(t.Context(), "small", heard.client()); w.Tokens != 8192 {
		t.Errorf("window is %+v", w)
	}
	if diff := cmp.Diff([]string{"Bearer " + plantedKey + "core"}, heard.keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestAServerThatFailsHasNoKnownWindow(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(*http.Request) (*http.Response, error)
		asks int
	}{
		{"a redirect is not followed", func(*http.Request) (*http.Response, error) {
			r, err := respond(302, strings.NewReader(vllmList))
			r.Header.Set("Location", "http://127.0.0.2/v1/models")
			return r, err
		}, 4},
		{"an answer without end", func(*http.Request) (*http.Response, error) {
			return respond(200, io.MultiReader(strings.NewReader(`{"data":[{"id":"small","max_model_len":9},{"id":"`), endless{}))
		}, 4},
		{"a status that is no success", func(*http.Request) (*http.Response, error) { return respond(500, strings.NewReader(vllmList)) }, 4},
		{"nothing listens", func(*http.Request) (*http.Response, error) { return nil, io.ErrClosedPipe }, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			heard := &tape{play: c.play}
			p := reviewers.Provider{Name: "local", BaseURL: "http://127.0.0.1/v1", Key: plantedKey}
			if w := p.Window(t.Context(), "small", heard.client()); w != (reviewers.Window{}) {
				t.Errorf("window is %+v", w)
			}
			for _, q := range heard.asked {
				if !strings.Contains(q, "http://127.0.0.1/") {
					t.Errorf("asked %s", q)
				}
			}
			if len(heard.asked) != c.asks {
				t.Errorf("asked %d times: %q", len(heard.asked), heard.asked)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestAWindowIsNotWaitedForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		p := reviewers.Provider{Name: "local", BaseURL: "http://127.0.0.1/v1"}
		begun := time.Now()
		if w := p.Window(t.Context(), "m", (&tape{play: hang}).client()); w != (reviewers.Window{}) {
			t.Errorf("window is %+v", w)
		}
		if took := time.Since(begun); took != 2*time.Second {
			t.Errorf("waited %v", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if w := p.Window(ctx, "m", (&tape{play: hang}).client()); w != (reviewers.Window{}) || time.Since(begun) != 2*time.Second {
			t.Errorf("a cancelled question waits: %+v", w)
		}
	})
}

func TestAModelIsLoadedWithoutAPrompt(t *testing.T) {
	p := reviewers.Provider{Name: "local", BaseURL: "http://127.0.0.1:11434/v1", Key: plantedKey}
	for _, c := range []struct {
		name, answer string
		status       int
		provider     reviewers.Provider
		want         string // of the error; "" is none
	}{
		{"Ollama", `{"model":"toy","response":"","done":true,"done_reason":"load"}`, 200, p, ""},
		{"a model that is not there", `{"error":"model 'toy' not found"}`, 404, p, "loading toy: local (127.0.0.1:11434): 404 Not Found: model 'toy' not found"},
		{"a server that says 200 to everything", studioNo, 200, p, "loading toy: local (127.0.0.1:11434): what answers there loads no models on demand"},
		{"an answer that is none, with the key in it", "x" + plantedKey, 500, p, "loading toy: local (127.0.0.1:11434): 500 Internal Server Error: x[key]"},
		{"a page", "<html>", 200, p, "loading toy: local (127.0.0.1:11434): its answer cannot be read: invalid character '<' looking for beginning of value"},
		{"a service elsewhere", "", 200, reviewers.Provider{Name: "or", BaseURL: "https://openrouter.ai/api/v1"}, "or (openrouter.ai): it is not a server of one's own"},
	} {
		t.Run(c.name, func(t *testing.T) {
			heard := &tape{play: func(*http.Request) (*http.Response, error) { return respond(c.status, strings.NewReader(c.answer)) }}
			err := c.provider.Load(t.Context(), "toy", heard.client())
			got := ""
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			for _, q := range heard.asked {
				if q != `POST http://127.0.0.1:11434/api/generate {"model":"toy","stream":false}` {
					t.Errorf("asked %s", q)
				}
			}
		})
	}
}

// Whatever a server says, the window is of a size that a model can have.
func FuzzWindow(f *testing.F) {
	for _, body := range []string{ollamaList, ollamaFixed, ollamaOpen, ollamaLoaded, vllmList, llamaList, llamaProps, studioModels, studioNo, "", "null", `{"data":[{"max_model_len":1e9}]}`, `{"parameters":"num_ctx -1\nnum_ctx 8"}`} {
		f.Add(body, "toy")
	}
	f.Fuzz(func(t *testing.T, body, model string) {
		heard := &tape{play: func(*http.Request) (*http.Response, error) { return respond(200, strings.NewReader(body)) }}
		p := reviewers.Provider{Name: "local", BaseURL: "http://127.0.0.1/v1"}
		w := p.Window(t.Context(), model, heard.client())
		if w.Tokens < 0 || w.Tokens > 1<<30 || w.Tokens == 0 && w != (reviewers.Window{}) || w.Tokens > 0 && w.Source == "" {
			t.Errorf("window is %+v", w)
		}
		if w.Tokens > 0 && !json.Valid([]byte(body)) {
			t.Errorf("a window of %d in what is no JSON", w.Tokens)
		}
	})
}

func TestAPromptThatWasCutIsRecognised(t *testing.T) {
	code := strings.Repeat("\tif err := run(ctx, args); err != nil {\n\t\treturn fmt.Errorf(\"running: %w\", err)\n\t}\n", 800)
	tokens := reviewers.Estimate(len(code)) // near the truth for code
	russian := strings.Repeat("Эта функция возвращает количество записей.\n", 800)
	table := strings.Repeat("| alpha                    |                          | x                        |\n", 800)
	for _, c := range []struct {
		name   string
		text   string
		r      reviewers.Response
		window int
		want   string
	}{
		{"all was read", code, reviewers.Response{PromptTokens: tokens}, 0, ""},
		{"a frugal tokenizer", code, reviewers.Response{PromptTokens: tokens * 6 / 10}, 0, ""},
		{"a wasteful tokenizer", code, reviewers.Response{PromptTokens: tokens * 4}, 0, ""},
		{"a fifth was read", code, reviewers.Response{PromptTokens: tokens / 5}, 0, fmt.Sprintf("the server cut the prompt: it read %d of about %d tokens", tokens/5, tokens)},
		{"nobody has counted", code, reviewers.Response{PromptTokens: 0}, 4096, ""},
		{"the count is an estimate", code, reviewers.Response{PromptTokens: 1, Estimated: true}, 1, ""},
		{"the cache is part of the count", code, reviewers.Response{PromptTokens: tokens / 5, CachedTokens: tokens / 6}, 0, fmt.Sprintf("the server cut the prompt: it read %d of about %d tokens", tokens/5, tokens)},
		{"the cache was counted apart", code, reviewers.Response{PromptTokens: tokens / 5, CachedTokens: tokens * 4 / 5}, 0, ""},
		{"the window is full", code, reviewers.Response{PromptTokens: 16384}, 16384, "the prompt filled the whole context: the server read 16384 tokens of it, and the model has 16384 for prompt and answer"},
		{"one token was left for an answer", code, reviewers.Response{PromptTokens: 16383}, 16384, "the prompt filled the whole context: the server read 16383 tokens of it, and the model has 16384 for prompt and answer"},
		{"half of a window that the prompt did not fit", code, reviewers.Response{PromptTokens: tokens/2 + 2}, tokens, fmt.Sprintf("the server cut the prompt: it read %d of about %d tokens", tokens/2+2, tokens)},
		{"as few in a window that it fits", code, reviewers.Response{PromptTokens: tokens/2 + 2}, 4 * tokens, ""},
		{"long words of another script", russian, reviewers.Response{PromptTokens: reviewers.Estimate(len(russian)) * 47 / 100}, 0, ""},
		{"little but blanks", table, reviewers.Response{PromptTokens: reviewers.Estimate(len(table)) * 25 / 100}, 0, ""},
		{"no prompt", "", reviewers.Response{PromptTokens: 1}, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			half := len(c.text) / 2
			req := prompts.Request{System: c.text[:half], User: c.text[half:]}
			if diff := cmp.Diff(c.want, reviewers.PromptCut(req, c.r, c.window)); diff != "" {
				t.Errorf("why (-want +got):\n%s", diff)
			}
		})
	}
}

// More tokens read never make a prompt look more cut, as long as they fit.
func TestReadingMoreIsNeverWorse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		req := prompts.Request{User: rapid.StringN(0, 400, -1).Draw(t, "prompt")}
		window := rapid.IntRange(0, 300).Draw(t, "window")
		less := rapid.IntRange(1, 300).Draw(t, "less")
		more := rapid.IntRange(less, 300).Draw(t, "more")
		if window > 0 && more >= window-1 {
			return
		}
		cut := func(n int) bool {
			return reviewers.PromptCut(req, reviewers.Response{PromptTokens: n}, window) != ""
		}
		if cut(more) && !cut(less) {
			t.Fatalf("%d tokens are a cut prompt, %d are not", more, less)
		}
		if n := reviewers.Estimate(len(req.User)); n > 0 && (window == 0 || n < window-1) && cut(n) {
			t.Fatalf("%d tokens for %d bytes are called too few", n, len(req.User))
		}
	})
}
