package bundler

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
)

// packNeighbours packs files in the order of their paths, and ends a bundle where
// the path that follows has the smallest hash among those that would do. Such
// borders depend on the names nearby and not on what came before, so that an
// edited file changes its own bundle and seldom another one: unchanged bundles
// come from the cache.
func packNeighbours(files []indexedFile, limit int) []block {
	var blocks []block
	sorted := slices.Clone(files)
	slices.SortFunc(sorted, func(a, b indexedFile) int { return cmp.Compare(a.Path, b.Path) })
	for _, f := range sorted {
		blocks = append(blocks, fileBlocks(f, limit)...)
	}
	var out []block
	for len(blocks) > 0 {
		n := border(blocks, limit)
		var b block
		for _, next := range blocks[:n] {
			b.take(next)
		}
		out, blocks = append(out, b), blocks[n:]
	}
	return out
}

// border tells how many blocks the next bundle has: all, when they fit; else, of
// the borders that leave it at least half full, the one before the smallest hash.
func border(blocks []block, limit int) int {
	sum, best := 0, 0
	var bestHash uint64
	for i, b := range blocks {
		if i > 0 && sum+b.bytes > limit {
			if best == 0 {
				return i
			}
			return best
		}
		sum += b.bytes
		if i+1 < len(blocks) && 2*sum >= limit {
			if h := nameHash(blocks[i+1]); best == 0 || h < bestHash {
				best, bestHash = i+1, h
			}
		}
	}
	return len(blocks)
}

func nameHash(b block) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(b.parts[0].File.Path))
	_, _ = h.Write([]byte("\x00" + strconv.Itoa(b.parts[0].Piece)))
	return h.Sum64()
}
