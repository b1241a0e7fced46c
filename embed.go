// Package scrum holds what stands at the root of the repository and travels in
// the binary: the default configuration. Package config reads it.
package scrum

import _ "embed"

//go:embed config.yaml
var defaultConfig string

// DefaultConfig is config.yaml, the default configuration, documented line by
// line.
func DefaultConfig() []byte { return []byte(defaultConfig) }
