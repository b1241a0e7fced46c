// Package setup writes a first configuration from what is there: keys in the environment,
// model servers on this machine, agents on PATH.
package setup
