// Package node reads YAML strictly: every mistake names its file and line, and an
// unknown key the nearest one that is known.
package node
