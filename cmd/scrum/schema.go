package main

import (
	"github.com/spf13/cobra"

	"scrum/config"
	"scrum/ledger"
	"scrum/report"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema review|config|gaps",
		Short: "Print the JSON Schema of a review, the configuration or the ledger",
		Example: `  scrum schema review > review.schema.json
  scrum schema config > scrum.schema.json
  scrum schema gaps > gaps.schema.json`,
		ValidArgs: []string{"review", "config", "gaps"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("scrum schema takes one name: review, config or gaps")
			}
			var schema []byte
			var err error
			switch args[0] {
			case "review":
				schema = report.Schema()
			case "config":
				schema, err = config.Schema()
			case "gaps":
				schema, err = ledger.Schema()
			default:
				err = usageErrorf("there is no schema %q; there are review, config and gaps", args[0])
			}
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(schema)
			return err
		},
	}
}
