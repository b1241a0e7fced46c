package serve

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"scrum/report"
)

// filesPage is the name of the list of a run's files. No run has a file of the name.
const filesPage = "files"

// servable are the files of a run that can be read, as text. What is not named here is
// not served: a run's folder may hold what others have put there.
var servable = map[Kind]*regexp.Regexp{ //nolint:gochecknoglobals // a constant
	Review:   regexp.MustCompile(`^(` + reviewFiles + `)$`),
	Gauntlet: regexp.MustCompile(`^((evidence|assess|smoke|parity)\.json|(report|assess|smoke|parity)\.md|logs/[^/]+|review/(` + reviewFiles + `))$`),
}

const reviewFiles = `run\.json|findings\.json|report\.md|change\.diff|bundles/[^/]+\.diff|requests/[^/]+\.md|responses/[^/]+/[^/]+\.(md|json)`

// file answers for everything below a run: its page, the list of its files, and them.
func (s *Server) file(w http.ResponseWriter, r *http.Request, k Kind) {
	id, file := r.PathValue("id"), r.PathValue("file")
	root, err := s.run(k, id)
	if err != nil {
		s.fail(w, http.StatusNotFound, "There is no such run", err)
		return
	}
	defer func() { _ = root.Close() }()
	at := Run{k, id, filepath.Join(s.opt.Folder.Path, k.folder(), id)}
	if file == "" {
		file = "report.html"
	}
	switch sheet := s.sheet(k, file); {
	case sheet != nil:
		s.show(w, r, root, at, sheet)
	case file == filesPage:
		s.files(w, root, at)
	case servable[k].MatchString(file):
		s.text(w, r, root, file)
	default:
		s.fail(w, http.StatusNotFound, "There is no such file", errors.New("only what the list of its files names is shown"))
	}
}

// run opens the directory of a run. It can be none but one of those in the folder.
func (s *Server) run(k Kind, id string) (*os.Root, error) {
	home := s.roots[k]
	if home == nil || id == "" || strings.HasPrefix(id, ".") || !filepath.IsLocal(id) || filepath.Base(id) != id {
		return nil, errNoRun
	}
	info, err := home.Lstat(id)
	if err != nil || !info.IsDir() {
		return nil, errNoRun
	}
	root, err := home.OpenRoot(id)
	if err != nil {
		return nil, errNoRun
	}
	if _, err := root.Stat(k.manifest()); err != nil {
		_ = root.Close()
		return nil, errNoRun
	}
	return root, nil
}

var errNoRun = errors.New("its directory may have been removed since the list was made")

// text sends a file as what nothing executes.
func (s *Server) text(w http.ResponseWriter, r *http.Request, root *os.Root, name string) {
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		s.fail(w, http.StatusNotFound, "There is no such file", errors.New("the run does not have it"))
		return
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		s.fail(w, http.StatusNotFound, "There is no such file", errors.New("it is no regular file"))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	http.ServeContent(w, r, "", info.ModTime(), f)
}

// fileLine is a file in the list of a run's files.
type fileLine struct {
	Path string
	Size string
}

// fileGroup are the files of one folder.
type fileGroup struct {
	Folder string
	Files  []fileLine
}

// files lists what of a run can be read.
func (s *Server) files(w http.ResponseWriter, root *os.Root, at Run) {
	var groups []fileGroup
	others := 0
	err := fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return nil
		case !e.Type().IsRegular(), !servable[at.Kind].MatchString(name):
			if s.sheet(at.Kind, name) == nil {
				others++
			}
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		groups = grouped(groups, name, info.Size())
		return nil
	})
	if err != nil {
		s.fail(w, http.StatusInternalServerError, "The files cannot be listed", err)
		return
	}
	slices.SortStableFunc(groups, func(a, b fileGroup) int { return strings.Compare(a.Folder, b.Folder) })
	s.renderAs(w, http.StatusOK, "Files of "+at.ID, "files", map[string]any{"Groups": groups, "Others": others, "Run": at})
}

func grouped(groups []fileGroup, name string, size int64) []fileGroup {
	folder := path.Dir(name)
	i := slices.IndexFunc(groups, func(g fileGroup) bool { return g.Folder == folder })
	if i < 0 {
		i = len(groups)
		groups = append(groups, fileGroup{Folder: folder})
	}
	groups[i].Files = append(groups[i].Files, fileLine{name, report.Bytes(size).String()})
	return groups
}
