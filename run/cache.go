package run

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"scrum/prompts"
	"scrum/reviewers"
)

// cacheID is the format of the cache's files; a change of it makes all entries
// misses.
const cacheID = "scrum/answer/v1"

// cache keeps answers by what was asked of whom, so that the same question is not
// paid for twice. A nil cache has nothing and keeps nothing; one that cannot be
// read or written is no reason to fail a review.
type cache struct {
	dir string
	max int64 // bytes on disk
}

// cacheEntry is a file of the cache.
type cacheEntry struct {
	Format string     `json:"format"`
	Seat   StoredSeat `json:"seat"`
}

func newCache(dir string, max int64) *cache {
	if dir == "" || max <= 0 {
		return nil
	}
	return &cache{dir: filepath.Join(dir, "answers"), max: max}
}

// cacheKey is the digest of everything that makes the answer: who is asked, how,
// and what. "" when the answer depends on more than that.
func (p *Prepared) cacheKey(m *reviewers.Member, r prompts.Request) string {
	if p.cache == nil {
		return ""
	}
	return p.keyOf(m, r)
}

func (p *Prepared) keyOf(m *reviewers.Member, r prompts.Request) string {
	if m.Kind == reviewers.Analyser {
		return ""
	}
	tree := ""
	if m.Kind == reviewers.Command { // it can read the tree beside the request
		if p.Plan.Change.Dirty || len(p.Plan.Change.Head) < 40 {
			return ""
		}
		tree = p.Plan.Change.Head
	}
	who := []any{cacheID, tree, r.System, r.User}
	for _, m := range append([]*reviewers.Member{m}, m.Fallbacks...) {
		who = append(who, m.Kind, m.Host, m.Model, m.MaxTokens, m.Asks)
	}
	data, err := json.Marshal(who)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (c *cache) path(key string) string { return filepath.Join(c.dir, key[:2], key+".json") }

// find gives the answer to a question that was asked before.
func (c *cache) find(key string) (StoredSeat, bool) {
	if c == nil || key == "" {
		return StoredSeat{}, false
	}
	path := c.path(key)
	data, err := os.ReadFile(path)
	if err != nil {
		return StoredSeat{}, false
	}
	var e cacheEntry
	if json.Unmarshal(data, &e) != nil || e.Format != cacheID || e.Seat.State != reviewers.Engaged {
		return StoredSeat{}, false
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // the least recently used goes first
	return e.Seat, true
}

// put keeps an answer.
func (c *cache) put(key string, s StoredSeat) {
	if c == nil || key == "" {
		return
	}
	data, err := json.Marshal(cacheEntry{cacheID, s})
	if err != nil {
		return
	}
	path := c.path(key)
	if os.MkdirAll(filepath.Dir(path), dirMode) != nil {
		return
	}
	d := Dir{filepath.Dir(path)}
	_ = d.write(filepath.Base(path), data, cached)
}

// prune removes the least recently used answers above the limit. What cannot be
// removed now is tried again by the next run.
func (c *cache) prune() {
	if c == nil {
		return
	}
	files, total := c.files()
	slices.SortFunc(files, func(a, b cacheFile) int { return cmp.Or(a.used.Compare(b.used), strings.Compare(a.path, b.path)) })
	for _, f := range files {
		if total <= c.max {
			break
		}
		_ = os.Remove(f.path)
		total -= f.size
	}
}

type cacheFile struct {
	path string
	size int64
	used time.Time
}

// files are those that can be seen: another process may prune at the same time.
func (c *cache) files() (files []cacheFile, total int64) {
	_ = filepath.WalkDir(c.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil //nolint:nilerr // what cannot be seen is passed over
		}
		if info, err := e.Info(); err == nil {
			files = append(files, cacheFile{path, info.Size(), info.ModTime()})
			total += info.Size()
		}
		return nil
	})
	return files, total
}

// Again is the stored seat for the run at hand, under the name that its bundle
// has there: it costs nothing, and was not asked.
func (s StoredSeat) Again(bundle string) StoredSeat {
	free := 0.0
	was := s.Bundle
	s.Bundle, s.Cached, s.CostUSD, s.Attempts = bundle, true, &free, 0
	s.Halves = slices.Clone(s.Halves)
	parts := make([]StoredSeat, len(s.Parts))
	for i, h := range s.Parts {
		parts[i] = h.Again(bundle + strings.TrimPrefix(h.Bundle, was))
		s.Halves[i] = half(parts[i].Seat)
	}
	s.Parts = parts
	return s
}

// writeCached puts the answers from the cache into the run, which must have all
// that it counts.
func (d *Dir) writeCached(seats []reviewers.Seat) error {
	for _, s := range seats {
		if !s.Cached {
			continue
		}
		out := Store(s)
		if err := d.WriteAnswer(out.Answer, out.Text); err != nil {
			return err
		}
		if err := d.writeCached(s.Halves); err != nil {
			return err
		}
	}
	return nil
}

// response is the answer, as far as it tells whether it was engaged.
func (s StoredSeat) response() reviewers.Response {
	return reviewers.Response{Text: s.Text, Reasoning: s.Reasoning, FinishReason: s.FinishReason, CompletionTokens: s.AnswerTokens}
}
