package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scrum/config"
	"scrum/ledger"
	"scrum/parity/formats"
	"scrum/report"
)

func newSchema() *cobra.Command {
	names := []string{"review", "config", "gaps", "parity"}
	return &cobra.Command{
		Use:   "schema " + strings.Join(names, "|"),
		Short: "Print the JSON Schema of a review, the configuration, the ledger or a parity result",
		Example: `  scrum schema review > review.schema.json
  scrum schema config > scrum.schema.json
  scrum schema gaps > gaps.schema.json`,
		ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(names, args[0]) {
				return usageErrorf("scrum schema takes one name: %s", strings.Join(names, ", "))
			}
			schema, err := schemaOf(args[0])
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(schema)
			return err
		},
	}
}

func schemaOf(name string) ([]byte, error) {
	switch name {
	case "config":
		return config.Schema()
	case "gaps":
		return ledger.Schema()
	case "parity":
		return formats.Schema(), nil
	}
	return report.Schema(), nil
}
