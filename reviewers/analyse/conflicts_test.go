package analyse

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// marks writes the marks of a conflict, which this file must not hold.
func marks(text string) string {
	return strings.NewReplacer("<ours>", strings.Repeat("<", 7), "<base>", strings.Repeat("|", 7), "<mid>", strings.Repeat("=", 7), "<theirs>", strings.Repeat(">", 7)).Replace(text)
}

func TestAConflictThatIsLeftInTheChangeIsReported(t *testing.T) {
	const whole = "<ours> HEAD\na\n<mid>\nb\n<theirs> feature\n"
	far := strings.Repeat("between\n", 30)
	tests := []struct {
		name, base, next, want string
	}{
		{"both sides", "x\n", "x\n" + whole, "BLOCK a.txt:2-6 (conflict-marker)\n"},
		{"with the base between them", "x\n", "<ours> a\n1\n<base> b\n2\n<mid>\n3\n<theirs> c\nx\n", "BLOCK a.txt:1-7 (conflict-marker)\n"},
		{"without labels", "x\n", "x\n<ours>\na\n<mid>\nb\n<theirs>\n", "BLOCK a.txt:2-6 (conflict-marker)\n"},
		{"with carriage returns", "x\r\n", "x\r\n" + strings.ReplaceAll(whole, "\n", "\r\n"), "BLOCK a.txt:2-6 (conflict-marker)\n"},
		{"two of them", "x\n", whole + "x\n" + whole, "BLOCK a.txt:1-5 (conflict-marker)\nBLOCK a.txt:7-11 (conflict-marker)\n"},
		{"a beginning whose end was taken out", "x\n", "<ours> HEAD\nx\n", "BLOCK a.txt:1 (conflict-marker)\n"},
		{"an end whose beginning was taken out", "x\n", "x\n<theirs> feature\n", "BLOCK a.txt:2 (conflict-marker)\n"},
		{"a beginning in a beginning", "x\n", "<ours> a\n<ours> b\n<theirs> c\nx\n", "BLOCK a.txt:1 (conflict-marker)\nBLOCK a.txt:2-3 (conflict-marker)\n"},
		{"an end that is added to a beginning that was there", "<ours> a\nx\n", "<ours> a\nx\n<theirs> b\n", "BLOCK a.txt:1-3 (conflict-marker)\n"},
		{"a conflict far from its end", "x\n", "<ours> a\n" + far + "<theirs> b\nx\n", "BLOCK a.txt:1-32 (conflict-marker)\n"},
		{"one that was there", whole + "x\n", whole + "y\n", ""},
		{"one that is resolved", whole, "a\n", ""},
		{"a heading underlined with seven signs", "x\n", "Heading\n<mid>\nx\n", ""},
		{"seven signs without a label and without their pair", "x\n", "<theirs>\nx\n", ""},
		{"eight signs", "x\n", "<ours>< HEAD\n<theirs>> b\nx\n", ""},
		{"signs behind a space", "x\n", " <ours> HEAD\n <theirs> b\nx\n", ""},
		{"a quotation of a quotation", "x\n", "<theirs>  \nx\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := changed(t, map[string]string{"a.txt": marks(tt.base)}, map[string]string{"a.txt": marks(tt.next)})
			answer, err := builtIn(t, workspace(t, c), "conflicts")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want+"covered a.txt\n", summary(t, answer)); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, answer)
			}
		})
	}
}
