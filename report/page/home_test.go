package page

import (
	"strings"
	"testing"
)

func TestTheNameInTheBarBecomesALink(t *testing.T) {
	out := written(t, Page{Title: "x", Body: brand})
	got := string(LinkHome([]byte(out), "/"))
	if !strings.Contains(got, `<div><a class="brand" href="/">scrum</a>`) || strings.Count(got, brand) != 1 {
		t.Errorf("the bar is not a link, or the body has changed: %s", got)
	}
}
