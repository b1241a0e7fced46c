// Package scripted is an OpenAI-compatible server whose models answer from a
// script instead of thinking. The demo and the tests review over real HTTP with
// it: the same streaming, the same usage counts, no model.
package scripted

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"
)

// Request is what a client asked, as far as a script needs it.
type Request struct {
	Model  string
	System string
	User   string
	Header http.Header
}

// Answer is what a scripted model says. The zero value is an empty answer that
// ends properly.
type Answer struct {
	Text    string
	Model   string // the model that claims to have answered; "" is the one asked for
	Finish  string // "" is "stop"; "none" ends the stream without a reason
	Status  int    // other than 0 and 200: an error answer, with Text as its message
	Read    int    // prompt tokens that it counts; 0 is all there are
	NoUsage bool   // leave the token counts out, as some servers do
	Hang    bool   // after Text, say nothing until the client goes away
}

// Script answers a request.
type Script func(Request) Answer

// Server counts what it was asked.
type Server struct {
	script Script

	mu       sync.Mutex
	requests []Request // guarded by mu
}

// New makes a server that answers by the script.
func New(script Script) *Server { return &Server{script: script} }

// Requests gives what was asked so far, in the order of arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// ServeHTTP answers GET …/models and POST …/chat/completions.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/models"):
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"object":"list","data":[{"id":"scripted","object":"model"}]}`)
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/chat/completions"):
		s.complete(w, r)
	default:
		http.NotFound(w, r)
	}
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

func (s *Server) complete(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Model    string    `json:"model"`
		Messages []message `json:"messages"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	req := Request{Model: body.Model, Header: r.Header.Clone()}
	for _, m := range body.Messages {
		if m.Role == "user" {
			req.User += m.Content
		} else {
			req.System += m.Content
		}
	}
	s.mu.Lock()
	s.requests = append(s.requests, req)
	s.mu.Unlock()

	a := s.script(req)
	if a.Status != 0 && a.Status != http.StatusOK {
		fail(w, a.Status, a.Text)
		return
	}
	s.stream(w, r, req, a)
}

func fail(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": text, "type": "scripted", "code": status}})
}

type chunk struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
}

type choice struct {
	Index  int     `json:"index"`
	Delta  delta   `json:"delta"`
	Finish *string `json:"finish_reason"`
}

type delta struct {
	Role    string `json:"role,omitempty"`
	Content string `json:"content"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

func (s *Server) stream(w http.ResponseWriter, r *http.Request, req Request, a Answer) {
	w.Header().Set("Content-Type", "text/event-stream")
	c := chunk{ID: "scripted", Object: "chat.completion.chunk", Model: a.Model}
	if c.Model == "" {
		c.Model = req.Model
	}
	for _, piece := range pieces(a.Text, 160) {
		c.Choices = []choice{{Delta: delta{Role: "assistant", Content: piece}}}
		send(w, c)
	}
	if a.Hang {
		<-r.Context().Done()
		return
	}
	if a.Finish != "none" {
		finish := a.Finish
		if finish == "" {
			finish = "stop"
		}
		c.Choices = []choice{{Finish: &finish}}
		send(w, c)
	}
	if !a.NoUsage {
		p, n := tokens(req.System+req.User), tokens(a.Text)
		if a.Read > 0 {
			p = a.Read
		}
		c.Choices, c.Usage = []choice{}, &usage{Prompt: p, Completion: n, Total: p + n}
		send(w, c)
	}
	fmt.Fprint(w, "data: [DONE]\n\n")
}

func send(w http.ResponseWriter, c chunk) {
	data, err := json.Marshal(c)
	if err != nil {
		panic(err) // a struct of strings and numbers
	}
	fmt.Fprintf(w, "data: %s\n\n", data)
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// tokens is the rule of thumb that the whole tool uses where nobody counts.
func tokens(s string) int { return len(s) * 2 / 7 }

// pieces cuts a text into valid pieces of about n bytes.
func pieces(s string, n int) []string {
	var out []string
	for len(s) > n {
		end := n
		for end > 0 && !utf8.RuneStart(s[end]) {
			end--
		}
		if end == 0 {
			end = n
		}
		out, s = append(out, s[:end]), s[end:]
	}
	return append(out, s)
}
