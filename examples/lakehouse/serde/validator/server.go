package validator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
)

// MaxBody is the size of the largest request that is read, in bytes.
const MaxBody = 64 << 10

// New serves the service with the workers of a roster, a JSON list.
func New(rosterJSON []byte) (http.Handler, error) {
	r, err := readRoster(rosterJSON)
	if err != nil {
		return nil, err
	}
	s := server{r}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/validate", only(http.MethodPost, s.validate))
	mux.HandleFunc("/v1/workers", only(http.MethodGet, s.workers))
	mux.HandleFunc("/v1/workers/{id}", only(http.MethodGet, s.worker))
	mux.HandleFunc("/v1/trades", only(http.MethodGet, s.trades))
	mux.HandleFunc("/v1/kinds", only(http.MethodGet, listKinds))
	mux.HandleFunc("/v1/kinds/{kind}", only(http.MethodGet, showKind))
	mux.HandleFunc("/health", only(http.MethodGet, health))
	mux.HandleFunc("/version", only(http.MethodGet, version))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, "no such path") })
	return mux, nil
}

type server struct{ roster roster }

// only lets one method pass. Who may GET may ask for the HEAD of it too.
func only(method string, next http.HandlerFunc) http.HandlerFunc {
	allowed := method
	if method == http.MethodGet {
		allowed = "GET, HEAD"
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method && (method != http.MethodGet || r.Method != http.MethodHead) {
			w.Header().Set("Allow", allowed)
			refuse(w, http.StatusMethodNotAllowed, "the method is not allowed here")
			return
		}
		next(w, r)
	}
}

// valid is the answer to a document that has no problem.
type valid struct {
	Valid     bool    `json:"valid"`
	Kind      string  `json:"kind"`
	ElapsedMS float64 `json:"elapsed_ms"`
}

// invalid is the answer to one that has.
type invalid struct {
	*Problem
	ElapsedMS float64 `json:"elapsed_ms"`
}

func (s server) validate(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	raw, ok := body(w, r)
	if !ok {
		return
	}
	kind, problem := check(raw, s.roster)
	elapsed := float64(time.Since(began).Microseconds()) / 1000
	if problem != nil {
		answer(w, http.StatusUnprocessableEntity, invalid{problem, elapsed})
		return
	}
	answer(w, http.StatusOK, valid{true, kind, elapsed})
}

// body reads a request that is to be JSON, or refuses it.
func body(w http.ResponseWriter, r *http.Request) (json.RawMessage, bool) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "the content type must be application/json")
		return nil, false
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", MaxBody))
	case err != nil:
		refuse(w, http.StatusBadRequest, "the body could not be read to its end")
	case !json.Valid(data):
		refuse(w, http.StatusBadRequest, "the body is no JSON")
	default:
		return bytes.TrimSpace(data), true
	}
	return nil, false
}

func (s server) workers(w http.ResponseWriter, r *http.Request) {
	list := s.roster.of(r.URL.Query().Get("trade"))
	answer(w, http.StatusOK, map[string]any{"workers": list, "total": len(list)})
}

func (s server) worker(w http.ResponseWriter, r *http.Request) {
	found := s.roster.byID[r.PathValue("id")]
	if found == nil {
		refuse(w, http.StatusNotFound, "no such worker")
		return
	}
	answer(w, http.StatusOK, found)
}

func (s server) trades(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"trades": s.roster.trades()})
}

func listKinds(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"kinds": kinds()})
}

func showKind(w http.ResponseWriter, r *http.Request) {
	kind := r.PathValue("kind")
	fields := fieldsOf(kind)
	if fields == nil {
		refuse(w, http.StatusNotFound, "no such kind")
		return
	}
	answer(w, http.StatusOK, map[string]any{"kind": kind, "fields": fields})
}

func health(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"status": "ok"})
}

func version(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"service": "serde", "version": "1.0.0", "wire": "serde"})
}

func refuse(w http.ResponseWriter, status int, reason string) {
	answer(w, status, map[string]string{"error": reason})
}

// answer writes a value. When that fails, the caller has gone.
func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
