// Package smoke starts the services of a gauntlet file, runs its smoke steps against
// them, and takes everything down again.
//
// [Decode] reads the sections services and smoke into a [Spec], [Run] makes a [Result]
// of it, and [For] gives a [Writer] for it. Services and steps are one graph by what
// they need: a service is used when it is ready, and stopped when all is over, in
// reverse order, whatever happened.
//
// The package promises that no process is left when Run returns, and none either when
// the program is killed and Options.Guard is set. A step passes only when it has shown
// that it did: one whose test report is empty or cannot be read does not.
package smoke
