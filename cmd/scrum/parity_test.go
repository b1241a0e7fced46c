package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// serve starts a server that answers as a file says, and puts its address into a
// variable. The file has blocks between empty lines: the first line is the method, the
// path with its query, the status and then headers as Name=value; the rest is the body,
// in which {{n}} is the number of the request.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: serve VARIABLE FILE")
	}
	data, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	answers := map[string][]string{}
	for block := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n\n") {
		first, body, _ := strings.Cut(block, "\n")
		words := strings.Fields(first)
		answers[words[0]+" "+words[1]] = append(words[2:], body)
	}
	var mu sync.Mutex
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		number := strconv.Itoa(n)
		mu.Unlock()
		answer, ok := answers[r.Method+" "+r.URL.RequestURI()]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		for _, h := range answer[1 : len(answer)-1] {
			name, value, _ := strings.Cut(h, "=")
			w.Header().Set(name, value)
		}
		status, err := strconv.Atoi(answer[0])
		if err != nil {
			status = http.StatusInternalServerError
		}
		w.WriteHeader(status)
		fmt.Fprint(w, strings.ReplaceAll(answer[len(answer)-1], "{{n}}", number))
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}
