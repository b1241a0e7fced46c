package analyse

import "context"

// once gives everybody who asks the one result of f. The context of the first
// caller rules; when that has ended it, the next caller starts anew. Who waits
// stops waiting when its own context ends.
func once[T any](f func(context.Context) (T, error)) func(context.Context) (T, error) {
	turn := make(chan struct{}, 1)
	var done bool // what follows is for who holds the turn
	var value T
	var err error
	return func(ctx context.Context) (T, error) {
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
		if !done {
			value, err = f(ctx)
			done = err == nil || ctx.Err() == nil
		}
		return value, err
	}
}
