package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"scrum/history"
)

// Options say what is served.
type Options struct {
	Folder Folder
	Name   string       // of the repository, for the title
	Warn   func(string) // hears what only the user at the terminal can mend; nil: nobody
}

// Server shows the runs of one folder.
type Server struct {
	opt    Options
	roots  map[Kind]*os.Root // of the folders that are there
	sheets []sheet

	mu    sync.Mutex     // one page at a time reads in
	store *history.Store // guarded by mu
}

// New opens the folder and its history. A history that cannot be written is kept in
// memory. Close the result.
func New(ctx context.Context, opt Options) (*Server, error) {
	if opt.Warn == nil {
		opt.Warn = func(string) {}
	}
	s := &Server{opt: opt, roots: map[Kind]*os.Root{}}
	var err error
	if s.sheets, err = sheets(); err != nil {
		return nil, err
	}
	for _, k := range kinds() {
		root, err := os.OpenRoot(filepath.Join(opt.Folder.Path, k.folder()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("opening the runs: %w", err), s.Close())
		}
		s.roots[k] = root
	}
	if s.store, err = s.openHistory(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) openHistory(ctx context.Context) (*history.Store, error) {
	if s.roots[Review] == nil {
		return history.OpenEmpty(ctx)
	}
	store, err := history.Open(ctx, filepath.Join(s.opt.Folder.Path, history.File))
	if err == nil {
		return store, nil
	}
	s.opt.Warn(fmt.Sprintf("%v: the runs are read without it", err))
	return history.OpenEmpty(ctx)
}

// Close gives back what New has opened.
func (s *Server) Close() error {
	var errs []error
	for _, root := range s.roots {
		errs = append(errs, root.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}

// The times that a connection may take. A page of many runs is made in less.
const (
	readTime  = 10 * time.Second
	writeTime = time.Minute
	idleTime  = 2 * time.Minute
	endTime   = 5 * time.Second
	mostHead  = 16 << 10
)

// Serve answers until ctx ends; then what has begun is finished, and nil returned.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	at, ok := l.Addr().(*net.TCPAddr)
	if !ok || !at.IP.IsLoopback() {
		return errors.Join(&AddressError{l.Addr().String(), "it is no address of the loopback"}, l.Close())
	}
	server := &http.Server{
		Handler: s.Handler(at.Port), ReadTimeout: readTime, ReadHeaderTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: mostHead,
		BaseContext: func(net.Listener) context.Context { return ctx }, ErrorLog: log.New(warnings(s.opt.Warn), "", 0),
	}
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		graceful, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
		defer cancel()
		ended <- server.Shutdown(graceful)
	})
	err := server.Serve(l)
	if stop() { // it has failed by itself
		return fmt.Errorf("serving on %s: %w", at, errors.Join(err, server.Close()))
	}
	if err := <-ended; err != nil {
		return fmt.Errorf("ending: %w", errors.Join(err, server.Close()))
	}
	return nil
}

// warnings are what the server has to say of connections.
type warnings func(string)

func (w warnings) Write(line []byte) (int, error) {
	w(string(line))
	return len(line), nil
}

// Handler answers requests that come to a port of this machine.
func (s *Server) Handler(port int) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.list)
	for _, k := range kinds() {
		mux.HandleFunc("GET /"+k.folder()+"/{id}/{file...}", func(w http.ResponseWriter, r *http.Request) { s.file(w, r, k) })
	}
	return guarded(port, mux)
}
