package run

import (
	"context"
	"maps"
	"slices"

	"scrum/bundler"
	"scrum/reviewers"
)

// Serving is what a process could ask: providers with their keys, and why others cannot
// be asked.
type Serving struct {
	Providers []reviewers.Provider
	Without   []string // such as "openrouter: OPENROUTER_API_KEY is not set"
}

// Providers are those of the configuration in force in the current folder, with the keys
// of the environment; without any, those of the automatic panel.
func Providers(ctx context.Context, s Settings, getenv func(string) string) (Serving, error) {
	place, err := bundler.Locate(ctx, bundler.Source{Staged: true})
	if err != nil {
		place = bundler.Place{} // outside of a repository the user's configuration rules
	}
	s.Worktree = true
	set, err := s.load(ctx, place)
	if err != nil {
		return Serving{}, err
	}
	var out Serving
	if len(set.Providers) == 0 {
		out.Providers = reviewers.Reachable(ctx, getenv, reviewers.DiscoverOptions{})
		return out, nil
	}
	p := &Prepared{Config: set.Config, options: Options{Getenv: getenv}, limits: map[string]reviewers.Limits{}}
	for _, name := range slices.Sorted(maps.Keys(set.Providers)) {
		provider, err := p.provider(name)
		if err != nil {
			out.Without = append(out.Without, err.Error())
			continue
		}
		out.Providers = append(out.Providers, provider)
	}
	return out, nil
}
