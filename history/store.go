package history

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// File is the name of the database in the folder .scrum of a repository.
const File = "history.db"

// applicationID marks a database as ours, in its header: the bytes "scrm".
const applicationID = 0x7363726d

// FileError is a database that cannot be used as it is. Its message says what to do.
type FileError struct {
	Path   string
	Advice string
	Err    error // nil when the file is well, but not for this program
}

func (e *FileError) Error() string {
	if e.Err == nil {
		return e.Path + " " + e.Advice
	}
	return fmt.Sprintf("%s %s (%v)", e.Path, e.Advice, e.Err)
}

func (e *FileError) Unwrap() error { return e.Err }

// Store is an open history.
type Store struct {
	db   *sql.DB
	path string
}

// Open opens the history in a file, which is made when it is not there, and brings
// its tables up to date. Several programs may have one open at a time.
func Open(ctx context.Context, path string) (*Store, error) {
	steps, err := migrations()
	if err != nil {
		return nil, err
	}
	return open(ctx, path, steps)
}

// OpenEmpty opens a history without a file, which forgets everything when it is closed.
func OpenEmpty(ctx context.Context) (*Store, error) {
	steps, err := migrations()
	if err != nil {
		return nil, err
	}
	return connect(ctx, "memory", "file::memory:?"+settings(), steps)
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

func open(ctx context.Context, path string, steps []string) (*Store, error) {
	if err := touch(path); err != nil {
		return nil, err
	}
	name, err := address(path)
	if err != nil {
		return nil, err
	}
	return connect(ctx, path, name, steps)
}

func connect(ctx context.Context, path, name string, steps []string) (*Store, error) {
	connector, err := sqlite.NewConnector(name)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	s := &Store{db: sql.OpenDB(connector), path: path}
	s.db.SetMaxOpenConns(1) // the settings below are those of a connection
	if err := s.migrate(ctx, steps); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// touch makes the file, for its owner only, and refuses what is no file: to open a
// pipe would wait for ever.
func touch(path string) error {
	info, err := os.Stat(path) //nolint:gosec // the user names the file
	if err == nil && !info.Mode().IsRegular() {
		return &FileError{Path: path, Advice: "is not a file: name another one with --db"}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the user names the file
	if errors.Is(err, fs.ErrPermission) {
		return &FileError{path, "cannot be written: name another file with --db, which is filled from the run directories", err}
	}
	if err != nil {
		return &FileError{path, "cannot be opened: name another file with --db", err}
	}
	return f.Close()
}

// address names the file to SQLite.
func address(path string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("finding %s: %w", path, err)
	}
	slashed := filepath.ToSlash(full)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // of a Windows drive: file:///C:/…
	}
	u := url.URL{Scheme: "file", Path: slashed, RawQuery: settings()}
	return u.String(), nil
}

// settings of every connection. A write waits for the writes of others from its
// beginning on, so that none fails half way because of another; whoever reads waits
// too. What a stranger may have put into the file is data: no function with effects
// runs from its schema.
func settings() string {
	return url.Values{
		"_txlock":       {"immediate"},
		"_busy_timeout": {"30000"},
		"_foreign_keys": {"1"},
		"_defensive":    {"1"},
		"_dqs":          {"0"},
		"_pragma":       {"trusted_schema(0)", "cell_size_check(1)"},
	}.Encode()
}

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations are the steps from nothing to the tables of now. Step n makes schema
// version n from version n-1; a step that was released never changes.
func migrations() ([]string, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("listing the migrations: %w", err)
	}
	var steps []string
	for _, name := range names {
		step, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading the migrations: %w", err)
		}
		steps = append(steps, string(step))
	}
	return steps, nil
}

// migrate brings the tables up to date, all steps or none. The versions are read
// inside of the transaction: of two programs that begin at once, the second finds the
// work done.
func (s *Store) migrate(ctx context.Context, steps []string) error {
	if version, err := s.version(ctx, s.db); err != nil || version == len(steps) {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		version, err := s.version(ctx, tx)
		if err != nil {
			return err
		}
		if version > len(steps) {
			return &FileError{Path: s.path, Advice: fmt.Sprintf(
				"was written by a newer scrum: its schema is %d, and this program knows %d. Use that version, or name another file with --db, which is filled from the run directories", version, len(steps))}
		}
		for i := version; i < len(steps); i++ {
			script := fmt.Sprintf("%s;\nPRAGMA user_version = %d; PRAGMA application_id = %d", steps[i], i+1, applicationID)
			if _, err := tx.ExecContext(ctx, script); err != nil {
				return fmt.Errorf("bringing the tables to version %d: %w", i+1, err)
			}
		}
		return nil
	})
}

// asker is a database or a transaction.
type asker interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// version of the schema; 0 is a new file. The database of another program is refused.
func (s *Store) version(ctx context.Context, db asker) (int, error) {
	var version, owner, tables int
	const query = `SELECT (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)`
	if err := db.QueryRowContext(ctx, query).Scan(&version, &owner, &tables); err != nil {
		return 0, s.explain(err)
	}
	if owner != applicationID && (owner != 0 || version != 0 || tables != 0) {
		return 0, &FileError{Path: s.path, Advice: "is the database of another program: name another file with --db"}
	}
	return version, nil
}

// write runs a transaction, which other writers wait for.
func (s *Store) write(ctx context.Context, fill func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(err)
	}
	if err := fill(tx); err != nil {
		_ = tx.Rollback() // the error is what matters; the file is as it was
		return s.explain(err)
	}
	return s.explain(tx.Commit())
}

// explain says what to do about an error of SQLite.
func (s *Store) explain(err error) error {
	var known *FileError
	if err == nil || errors.As(err, &known) {
		return err
	}
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return fmt.Errorf("the history in %s: %w", s.path, err)
	}
	var advice string
	switch failed.Code() & 0xff { // the rest of an extended code tells details
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		advice = "is damaged: move it away, and the next scrum history fills a new one from the run directories that are still there; or put back a copy of it"
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		advice = "is held by another program for more than 30 seconds: try again when it has ended"
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_CANTOPEN:
		advice = "cannot be written: name another file with --db, which is filled from the run directories"
	case codes.SQLITE_FULL:
		advice = "does not fit on the disk"
	default:
		return fmt.Errorf("the history in %s: %w", s.path, err)
	}
	return &FileError{s.path, advice, err}
}
