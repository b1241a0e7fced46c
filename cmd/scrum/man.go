package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: "Write the man pages of all commands into a folder",
		Long: `Write a man page for each command into DIR, such as scrum-review.1. The date on
them is that of SOURCE_DATE_EPOCH when it is set, so that a build can be repeated.`,
		Example: `  scrum man ~/.local/share/man/man1 && man scrum-review`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("scrum man takes the folder that the pages go to")
			}
			date := time.Now()
			if epoch, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
				date = time.Unix(epoch, 0)
			}
			date = date.UTC()
			if err := os.MkdirAll(args[0], 0o755); err != nil { //nolint:gosec // man pages are for all
				return fmt.Errorf("making the folder: %w", err)
			}
			cmd.Root().DisableAutoGenTag = true
			header := &doc.GenManHeader{Title: "SCRUM", Section: "1", Date: &date, Source: "scrum " + version, Manual: "scrum"}
			if err := doc.GenManTree(cmd.Root(), header, args[0]); err != nil {
				return fmt.Errorf("writing the man pages: %w", err)
			}
			return nil
		},
	}
}
