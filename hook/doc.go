// Package hook puts scrum into the hooks of a git repository, beside what is there.
//
// Install writes a hook that runs an older one first; Uninstall brings the older one back
// to the byte. Hooks that a manager has written (husky, pre-commit, lefthook) are not
// replaced: husky gets a block in the file that it runs, for the others the error says
// what to put into their configuration.
//
// Pushes says which ranges a push brings, from what git tells a pre-push hook.
package hook
