// Package serve shows the runs of a repository in a browser: their list with trends,
// and each run's own page and files.
//
// [Listen] opens a port of this machine, and [Server.Serve] answers on it until its
// context ends. [Folder] finds runs and their pages; it is all that a program needs
// that opens a page without a server.
//
// Pages show the source of changes and what strangers wrote about it. So only this
// machine can connect, only names of this machine are answered to, nothing can be
// changed, no file outside the folders of runs can be read, and what is no page of ours
// is sent as plain text.
package serve
