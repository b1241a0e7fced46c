package bundler

import (
	"cmp"
	"slices"
	"strings"
)

// node is a directory of the changed files.
type node struct {
	bytes    int
	files    []indexedFile
	children map[string]*node
}

func newTree(files []indexedFile) *node {
	root := &node{children: map[string]*node{}}
	for _, f := range files {
		n := root
		n.bytes += len(f.Patch)
		dirs := strings.Split(f.Path, "/")
		for _, d := range dirs[:len(dirs)-1] {
			child := n.children[d]
			if child == nil {
				child = &node{children: map[string]*node{}}
				n.children[d] = child
			}
			n = child
			n.bytes += len(f.Patch)
		}
		n.files = append(n.files, f)
	}
	return root
}

// pack is hierarchical first-fit-decreasing: a subtree that fits is one block;
// of one that does not, the direct files and the children's blocks are packed
// here. So no directory that fits into a bundle is ever split.
func (n *node) pack(limit int) []block {
	if n.bytes <= limit {
		var b block
		n.collect(&b)
		if len(b.parts) == 0 {
			return nil
		}
		return []block{b}
	}
	var blocks []block
	for _, f := range n.files {
		blocks = append(blocks, fileBlocks(f, limit)...)
	}
	for _, name := range n.names() {
		blocks = append(blocks, n.children[name].pack(limit)...)
	}
	return firstFit(blocks, limit)
}

func (n *node) names() []string {
	names := make([]string, 0, len(n.children))
	for name := range n.children {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (n *node) collect(b *block) {
	for _, f := range n.files {
		b.take(block{parts: []indexed{{Part{File: f.File, Patch: f.Patch}, f.order}}, bytes: len(f.Patch)})
	}
	for _, name := range n.names() {
		n.children[name].collect(b)
	}
}

// firstFit puts each block, the largest first, into the first bin with room.
func firstFit(blocks []block, limit int) []block {
	slices.SortStableFunc(blocks, func(a, b block) int {
		return cmp.Or(cmp.Compare(b.bytes, a.bytes), byPlace(a, b))
	})
	var bins []block
	full := 0 // bins before it have no room for the smallest block
	smallest := 0
	if len(blocks) > 0 {
		smallest = blocks[len(blocks)-1].bytes
	}
	for _, b := range blocks {
		for full < len(bins) && bins[full].bytes+smallest > limit {
			full++
		}
		i := full
		for i < len(bins) && bins[i].bytes+b.bytes > limit {
			i++
		}
		if i == len(bins) {
			bins = append(bins, block{})
		}
		bins[i].take(b)
	}
	return bins
}
