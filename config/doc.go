// Package config reads, merges and checks the configuration.
//
// Most users need two functions: [Load] makes one configuration of its layers —
// the embedded default, files, environment, flags — or says everything that is
// wrong with them, with file and line; [Schema] describes the keys for editors.
//
// The package opens no file, reads no environment and holds no key: its callers
// hand over bytes, because in a gate a file comes from the base commit and not
// from the disk.
package config
