package validator

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// Wire is the form in which findings go out.
type Wire string

// The forms.
const (
	WireFlat  Wire = "flat"
	WireSerde Wire = "serde"
)

// bodyLimit bounds a request, in bytes.
const bodyLimit = 65536

// Service answers requests.
type Service struct {
	people *People
	wire   Wire
	routes *http.ServeMux
}

// NewService makes a service of the people of a roster.
func NewService(people *People, wire Wire) *Service {
	s := &Service{people: people, wire: wire, routes: http.NewServeMux()}
	s.get("/health", func(*http.Request) reply { return ok(fields{"status": "ok"}) })
	s.get("/version", func(*http.Request) reply {
		return ok(fields{"service": "flat", "version": "1.0.0", "wire": s.wire})
	})
	s.get("/v1/workers", s.listWorkers)
	s.get("/v1/workers/{id}", s.showWorker)
	s.get("/v1/trades", func(*http.Request) reply { return ok(fields{"trades": s.people.Trades()}) })
	s.get("/v1/kinds", func(*http.Request) reply { return ok(fields{"kinds": kindNames()}) })
	s.get("/v1/kinds/{kind}", showFields)
	s.route("/v1/validate", []string{http.MethodPost}, s.validate)
	s.routes.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		failure(http.StatusNotFound, "no such path").send(w)
	})
	return s
}

// ServeHTTP answers one request.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

// reply is a status and what goes out as JSON.
type reply struct {
	status int
	value  any
}

type fields map[string]any

func ok(value any) reply { return reply{http.StatusOK, value} }

func failure(status int, reason string) reply { return reply{status, fields{"error": reason}} }

// send writes a reply. Who asked may have gone; nobody is left to be told then.
func (r reply) send(w http.ResponseWriter) {
	data, err := json.Marshal(r.value)
	if err != nil {
		http.Error(w, "the answer could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.status)
	_, _ = w.Write(append(data, '\n'))
}

func (s *Service) get(path string, answer func(*http.Request) reply) {
	s.route(path, []string{http.MethodGet, http.MethodHead}, func(_ http.ResponseWriter, r *http.Request) reply { return answer(r) })
}

// route answers the methods of a path, and refuses the others.
func (s *Service) route(path string, methods []string, answer func(http.ResponseWriter, *http.Request) reply) {
	s.routes.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		for _, m := range methods {
			if r.Method == m {
				answer(w, r).send(w)
				return
			}
		}
		allow := methods[0]
		for _, m := range methods[1:] {
			allow += ", " + m
		}
		w.Header().Set("Allow", allow)
		failure(http.StatusMethodNotAllowed, "the method is not allowed here").send(w)
	})
}

func (s *Service) listWorkers(r *http.Request) reply {
	list := s.people.Of(r.URL.Query().Get("trade"))
	return ok(fields{"total": len(list), "workers": list})
}

func (s *Service) showWorker(r *http.Request) reply {
	w, found := s.people.Worker(r.PathValue("id"))
	if !found {
		return failure(http.StatusNotFound, "no such worker")
	}
	return ok(w)
}

func kindNames() []string {
	var out []string
	for _, d := range documents() {
		out = append(out, d.kind)
	}
	return out
}

func showFields(r *http.Request) reply {
	d := documentOf(r.PathValue("kind"))
	if d == nil {
		return failure(http.StatusNotFound, "no such kind")
	}
	var names []string
	for _, rule := range d.rules {
		names = append(names, rule.name)
	}
	return ok(fields{"kind": d.kind, "fields": names})
}

// accepted is the answer to a document without findings.
type accepted struct {
	Valid   bool        `json:"valid"`
	Kind    string      `json:"kind"`
	Elapsed json.Number `json:"elapsed_ms"`
}

func (s *Service) validate(w http.ResponseWriter, r *http.Request) reply {
	began := time.Now()
	text, refused := readBody(w, r)
	if refused != nil {
		return *refused
	}
	tree, err := grow(text)
	if err != nil {
		return failure(http.StatusBadRequest, "the body is no JSON")
	}
	kind, found := inspect(tree, s.people)
	if len(found) == 0 {
		return ok(accepted{true, kind, millis(time.Since(began))})
	}
	t := timed{finding: found[0], elapsed: time.Since(began)}
	if s.wire == WireSerde {
		t.finding = Tagged(found[0])
	}
	return reply{http.StatusUnprocessableEntity, t}
}

// readBody gives the text of a request, or how it is refused.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *reply) {
	refuse := func(status int, reason string) ([]byte, *reply) {
		answer := failure(status, reason)
		return nil, &answer
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "the content type must be application/json")
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return refuse(http.StatusRequestEntityTooLarge, "the body is larger than "+strconv.Itoa(bodyLimit)+" bytes")
	}
	if err != nil {
		return refuse(http.StatusBadRequest, "the body could not be read to its end")
	}
	if !json.Valid(text) {
		return refuse(http.StatusBadRequest, "the body is no JSON")
	}
	return text, nil
}
