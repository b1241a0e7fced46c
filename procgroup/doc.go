// Package procgroup runs a command together with all that it starts, and ends them
// together: in a process group on Unix, in a job object on Windows.
//
// [Start] starts a command in a group of its own, [Group.Terminate] asks the group to
// end, [Group.Kill] ends it, and [Group.Sweep] makes sure that none of it is left, also
// when the command itself has ended long ago. On Linux that reaches descendants that
// have left the group with setsid too: they carry a mark in their environment. Not found
// is one that has cleaned its environment as well, or runs as another user.
//
// [StartGuard] does the same for a program that is killed itself and can end nothing
// any more.
package procgroup
