// Package run does the whole job: it reads the change, asks the panel, counts
// what came and decides, and keeps everything in a run directory as it goes.
//
// Most users need two functions: [Prepare] finds out what would be sent to whom
// and sends nothing; [Prepared.Review] sends it and gives the review. [Replay]
// counts stored answers again without a network.
//
// The package has no rule of its own about findings: bundling, prompts, answers,
// counting and formats are the packages to its left.
package run
