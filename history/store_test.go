package history

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"
)

// execute runs statements on a file, as another program would.
func execute(t *testing.T, path, script string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), script)
	must(t, err)
}

func TestWhatCannotBeAHistoryIsRefusedWithAdvice(t *testing.T) {
	cases := map[string]struct {
		lay  func(t *testing.T, path string)
		want string
	}{
		"a newer schema": {func(t *testing.T, path string) {
			s, err := Open(t.Context(), path)
			must(t, err)
			must(t, s.Close())
			execute(t, path, "PRAGMA user_version = 99")
		}, "was written by a newer scrum: its schema is 99, and this program knows 1. Use that version, or name another file with --db"},
		"the database of another program": {func(t *testing.T, path string) { execute(t, path, "CREATE TABLE theirs (x)") }, "is the database of another program"},
		"one that another program claims": {func(t *testing.T, path string) { execute(t, path, "PRAGMA application_id = 7; CREATE TABLE t (x)") }, "is the database of another program"},
		"a text": {func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte(strings.Repeat("no database ", 500)), 0o600))
		}, "is damaged: move it away, and the next scrum history fills a new one"},
		"a folder":                             {func(t *testing.T, path string) { must(t, os.Mkdir(path, 0o700)) }, "is not a file"},
		"a file in a folder that is not there": {func(*testing.T, string) {}, "cannot be opened"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), File)
			if strings.Contains(name, "not there") {
				path = filepath.Join(path, "none", File)
			}
			c.lay(t, path)
			s, err := Open(t.Context(), path)
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			var file *FileError
			if !errors.As(err, &file) || !strings.Contains(err.Error(), path+" "+c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestADamagedHistoryIsSaidToBe(t *testing.T) {
	p := newPlace(t)
	s := p.open()
	p.many(batchRuns)
	p.readIn(s)
	must(t, s.Close())
	data, err := os.ReadFile(p.db)
	must(t, err)
	for i := 4096; i < len(data); i++ {
		data[i] = 0xff
	}
	must(t, os.WriteFile(p.db, data, 0o600))
	s, err = Open(t.Context(), p.db)
	if err == nil {
		defer s.Close()
		_, err = s.Runs(t.Context(), Selection{})
	}
	var file *FileError
	if !errors.As(err, &file) || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("got %v, want that it is damaged", err)
	}
}

func TestAHistoryMovesForwardOneVersionAfterTheOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), File)
	steps, err := migrations()
	must(t, err)
	first, err := open(t.Context(), path, steps[:1])
	must(t, err)
	must(t, first.Close())
	execute(t, path, "INSERT INTO anchors VALUES ('r', 'opus', 'anthropic', 'exact', 3)")

	// A step that fails leaves everything as it was.
	bad := slices.Concat(steps, []string{"ALTER TABLE anchors ADD COLUMN note TEXT NOT NULL DEFAULT 'none'", "ALTER TABLE nothing ADD COLUMN x"})
	if _, err := open(t.Context(), path, bad); err == nil || !strings.Contains(err.Error(), "to version 3") {
		t.Errorf("got %v, want that version 3 failed", err)
	}
	for range 2 { // the second time, nothing is to be done
		second, err := open(t.Context(), path, bad[:len(bad)-1])
		must(t, err)
		var note string
		var version, count int
		must(t, second.db.QueryRowContext(t.Context(), "SELECT note, count, (SELECT user_version FROM pragma_user_version) FROM anchors").Scan(&note, &count, &version))
		if note != "none" || count != 3 || version != len(bad)-1 {
			t.Errorf("note %q, count %d, version %d", note, count, version)
		}
		must(t, second.Close())
	}
	if _, err := open(t.Context(), path, steps); err == nil || !strings.Contains(err.Error(), "newer scrum") {
		t.Errorf("got %v, want that it is newer", err)
	}
}

func TestAnyNameOfAFileWillDo(t *testing.T) {
	for _, name := range []string{"a b.db", "a%20b.db", "a#b.db", "ä.db", "a?mode=ro.db"} {
		if runtime.GOOS == "windows" && strings.ContainsAny(name, "?") {
			continue
		}
		path := filepath.Join(t.TempDir(), name)
		s, err := Open(t.Context(), path)
		must(t, err)
		if _, err := s.Runs(t.Context(), Selection{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		must(t, s.Close())
		info, err := os.Stat(path)
		must(t, err)
		if info.Size() == 0 {
			t.Errorf("%s: the history is in another file", name)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: others may read it: %v", name, info.Mode())
		}
	}
}

// TestTheDocumentHasTheTables holds the tables of docs/history.md to those of a new
// database, and its queries to being right.
func TestTheDocumentHasTheTables(t *testing.T) {
	path := filepath.Join("..", "docs", "history.md")
	data, err := os.ReadFile(path)
	must(t, err)
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	begin, rest, found := strings.Cut(text, "-update -->\n")
	_, end, closed := strings.Cut(rest, "<!-- end of schema -->")
	if !found || !closed {
		t.Fatal("the document has no place for the tables")
	}
	s := inMemory(t)
	defer s.Close()
	tables, err := ask(t.Context(), s, func(r *sql.Rows) (string, error) {
		var one string
		err := r.Scan(&one)
		return one, err
	}, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
	must(t, err)
	want := begin + "-update -->\n```sql\n" + strings.Join(tables, ";\n\n") + ";\n```\n<!-- end of schema -->" + end
	if *update {
		must(t, os.WriteFile(path, []byte(want), 0o644))
	} else if diff := cmp.Diff(want, text); diff != "" {
		t.Error(diff)
	}
	for i, block := range strings.Split(begin, "```sql\n")[1:] {
		query, _, _ := strings.Cut(block, "```")
		if err := s.each(t.Context(), query, func(*sql.Rows) error { return nil }); err != nil {
			t.Errorf("query %d: %v", i+1, err)
		}
	}
}
