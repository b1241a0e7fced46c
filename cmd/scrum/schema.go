package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scrum/assess"
	"scrum/config"
	"scrum/doctor"
	"scrum/eval"
	"scrum/ledger"
	"scrum/parity/formats"
	"scrum/report"
	"scrum/smoke"
)

func newSchema() *cobra.Command {
	names := []string{"review", "config", "gaps", "parity", "smoke", "assess", "doctor", "eval"}
	return &cobra.Command{
		Use:   "schema " + strings.Join(names, "|"),
		Short: "Print the JSON Schema of a document: a review, the configuration, the ledger, another command's result",
		Example: `  scrum schema review > review.schema.json
  scrum schema config > scrum.schema.json
  scrum schema gaps > gaps.schema.json
  scrum schema assess > assess.schema.json`,
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
	case "smoke":
		return smoke.Schema(), nil
	case "assess":
		return assess.Schema(), nil
	case "doctor":
		return doctor.Schema(), nil
	case "eval":
		return eval.Schema(), nil
	}
	return report.Schema(), nil
}
