package bundler

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Pack splits a change into bundles under the warn limit. Every file ends in
// bundles or in the list of what is left out. A bundle above the refuse limit is
// marked and no error: see [Plan.CheckGuards].
func Pack(ctx context.Context, c *Change, opt Options) (*Plan, error) {
	opt.Guards = opt.Guards.withDefaults()
	if err := opt.check(); err != nil {
		return nil, err
	}
	if err := c.shrinkContext(ctx, int(opt.Guards.Warn)); err != nil {
		return nil, err
	}
	plan := &Plan{Change: c, guards: opt.Guards}
	files, err := plan.leaveOut(ctx, opt.LeaveOut)
	if err != nil {
		return nil, err
	}
	for _, group := range components(files, opt.Components) {
		for _, b := range group.pack(int(opt.Guards.Warn), opt.Stable) {
			plan.add(group.name, b)
		}
	}
	return plan, nil
}

func (o Options) check() error {
	if o.Guards.Warn > o.Guards.Refuse {
		return &UsageError{Message: fmt.Sprintf("guards.warn (%s) is above guards.refuse (%s)", o.Guards.Warn, o.Guards.Refuse)}
	}
	return nil
}

// CheckGuards gives a *RefusedError when a bundle is above the refuse limit and
// nobody has forced it.
func (p *Plan) CheckGuards() error {
	var refused []*Bundle
	for _, b := range p.Bundles {
		if b.Guard == GuardRefused {
			refused = append(refused, b)
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return &RefusedError{Limit: p.guards.Refuse, Bundles: refused}
}

// Guards are the limits that the plan was packed under.
func (p *Plan) Guards() Guards { return p.guards }

func (p *Plan) add(component string, b block) {
	slices.SortFunc(b.parts, func(x, y indexed) int {
		return cmp.Or(cmp.Compare(x.order, y.order), cmp.Compare(x.Piece, y.Piece))
	})
	bundle := &Bundle{ID: fmt.Sprintf("c%d", len(p.Bundles)+1), Component: component, Bytes: b.bytes, Guard: p.guards.of(b.bytes)}
	for _, part := range b.parts {
		bundle.Parts = append(bundle.Parts, part.Part)
	}
	if component == "" {
		bundle.Component = commonName(bundle.Paths())
	}
	p.Bundles = append(p.Bundles, bundle)
}

// indexed is a part with the place of its file in the change.
type indexed struct {
	Part
	order int
}

// block is what packing moves as a whole: a directory that fits, a file, or a
// piece of one.
type block struct {
	parts []indexed
	bytes int
}

func (b *block) take(other block) {
	b.parts = append(b.parts, other.parts...)
	b.bytes += other.bytes
}

// first is the place of the block's first file.
func (b block) first() (order, piece int) {
	order, piece = b.parts[0].order, b.parts[0].Piece
	for _, p := range b.parts[1:] {
		if p.order < order || (p.order == order && p.Piece < piece) {
			order, piece = p.order, p.Piece
		}
	}
	return order, piece
}

func byPlace(a, b block) int {
	ao, ap := a.first()
	bo, bp := b.first()
	return cmp.Or(cmp.Compare(ao, bo), cmp.Compare(ap, bp))
}

// pack gives a component's bundles in the order of their first files.
func (g group) pack(limit int, stable bool) []block {
	var out []block
	if stable {
		out = packNeighbours(g.files, limit)
	} else {
		out = newTree(g.files).pack(limit)
	}
	slices.SortStableFunc(out, byPlace)
	return out
}

// fileBlocks are a file as blocks: one, or a block a piece.
func fileBlocks(f indexedFile, limit int) []block {
	var out []block
	for _, p := range split(f.File, limit) {
		out = append(out, block{parts: []indexed{{p, f.order}}, bytes: len(p.Patch)})
	}
	return out
}
