package procgroup_test

import (
	"slices"
	"testing"

	"scrum/procgroup"
)

func TestMarksAreToldFromOtherVariables(t *testing.T) {
	mark := string(procgroup.NewMark())
	got := procgroup.Marks([]string{"PATH=/bin", mark, "SCRUM_PROCESSES=1", "X=SCRUM_PROCESS_1"})
	if !slices.Equal(got, []string{mark}) {
		t.Errorf("got %v, want %s alone", got, mark)
	}
	if got := procgroup.Marks(nil); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}
