package main

import (
	"strings"

	"github.com/spf13/cobra"
)

const rootHelp = `scrum reviews a change with several language models of distinct lineages,
counts how many lineages independently report the same place, and decides
whether the change may merge.

With no configuration it uses the keys and local model servers that it finds,
and the built-in analysers. With no keys either, the analysers alone review the
change, and the report says that no model has read it.`

const rootExamples = `  scrum demo                    the whole job on a built-in sample change
  scrum review                  your branch against the default branch
  scrum review --staged         what you are about to commit
  scrum bundle                  what would be sent, to whom, how much; sends nothing
  scrum review --panel offline  the built-in analysers only`

func newRoot(p *process) *cobra.Command {
	root := &cobra.Command{
		Use:           "scrum",
		Short:         "Review a change with models of distinct lineages, and decide if it may merge",
		Long:          rootHelp + "\n\n" + exitCodes,
		Example:       rootExamples,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownCommand(cmd, args[0])
		},
	}
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageErrorf("%w (%s --help shows the flags)", err, cmd.CommandPath())
	})
	root.SetVersionTemplate("scrum {{.Version}}\n")
	p.said.register(root.PersistentFlags())
	root.AddCommand(
		newReview(p), newBundle(p), newTally(p), newDemo(p),
		newSmoke(p), newParity(p), newAssess(p), newGauntlet(p),
		newGaps(p), newHistory(p), newOpen(p), newServe(p), newEval(p), newSchema(),
		newInit(p), newDoctor(p), newHook(p), newMCP(p), newMan(),
		newSubmit(p), newWorker(p), newSchedule(p),
	)
	addTopics(root)
	return root
}

func unknownCommand(cmd *cobra.Command, name string) error {
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		return usageErrorf("there is no command %q; did you mean %s?", name, strings.Join(near, " or "))
	}
	return usageErrorf("there is no command %q; %s --help lists them", name, cmd.CommandPath())
}

// atMost is cobra.MaximumNArgs with a message that says what the argument is.
func atMost(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usageErrorf("%s takes %s; it does not know what to do with %q", cmd.CommandPath(), what, args[n])
		}
		return nil
	}
}
