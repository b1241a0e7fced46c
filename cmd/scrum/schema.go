package main

import (
	"github.com/spf13/cobra"

	"scrum/config"
	"scrum/report"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema review|config",
		Short: "Print the JSON Schema of a review or of the configuration",
		Example: `  scrum schema review > review.schema.json
  scrum schema config > scrum.schema.json`,
		ValidArgs: []string{"review", "config"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("scrum schema takes one name: review or config")
			}
			var schema []byte
			var err error
			switch args[0] {
			case "review":
				schema = report.Schema()
			case "config":
				schema, err = config.Schema()
			default:
				err = usageErrorf("there is no schema %q; there are review and config", args[0])
			}
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(schema)
			return err
		},
	}
}
