package main

import (
	"github.com/spf13/cobra"

	"scrum/config"
	"scrum/parity/formats"
	"scrum/report"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema review|config|parity",
		Short: "Print the JSON Schema of a review, of the configuration or of a parity result",
		Example: `  scrum schema review > review.schema.json
  scrum schema config > scrum.schema.json`,
		ValidArgs: []string{"review", "config", "parity"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("scrum schema takes one name: review, config or parity")
			}
			var schema []byte
			var err error
			switch args[0] {
			case "review":
				schema = report.Schema()
			case "config":
				schema, err = config.Schema()
			case "parity":
				schema = formats.Schema()
			default:
				err = usageErrorf("there is no schema %q; there are review, config and parity", args[0])
			}
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(schema)
			return err
		},
	}
}
