package analyse

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/bundler"
)

// The secrets of these tests are put together here, so that the repository holds
// none.
func awsKey() string { return "AKIA" + "Q3EGRCC7" + "ZZ6XK5TB" }
func token() string  { return "ghp" + "_" + strings.Repeat("a8Kd92LmQx", 3) + "W4z7Pt" }

func pem() string {
	line := strings.Repeat("MIIEpAIBAAKCAQEA7v", 3)
	return "-----BEGIN RSA " + "PRIVATE KEY-----\n" + strings.Repeat(line+"\n", 3) + "-----END RSA " + "PRIVATE KEY-----\n"
}

func TestSecretsAreFoundAtTheirLinesAndNeverRepeated(t *testing.T) {
	numbered := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "line %d\n", i+1)
		}
		return b.String()
	}
	tests := []struct {
		name       string
		base, next map[string]string
		secret     string
		want       string
	}{
		{"a key on a line of its own", map[string]string{"a.txt": numbered(20)}, map[string]string{"a.txt": numbered(20) + "key = " + awsKey() + "\n"}, awsKey(),
			"BLOCK a.txt:21 (aws-access-token)\ncovered a.txt\n"},
		{"the first line of a new file without a newline at its end", nil, map[string]string{"a.txt": "token: " + token()}, token(),
			"BLOCK a.txt:1 (github-pat)\ncovered a.txt\n"},
		{"a key of many lines", map[string]string{"a.txt": numbered(3)}, map[string]string{"a.txt": numbered(3) + pem()}, "MIIEpAIBAAKCAQEA7v",
			"BLOCK a.txt:4-8 (private-key)\ncovered a.txt\n"},
		{"a changed line within a key of many lines", map[string]string{"a.txt": strings.Replace(pem(), "MIIE", "XXXX", 1)}, map[string]string{"a.txt": pem()}, "MIIEpAIBAAKCAQEA7v",
			"BLOCK a.txt:1-5 (private-key)\ncovered a.txt\n"},
		{"a comment does not silence", nil, map[string]string{"a.txt": "key = " + awsKey() + " # gitleaks:allow\n"}, awsKey(),
			"BLOCK a.txt:1 (aws-access-token)\ncovered a.txt\n"},
		{"ignore files do not silence", nil, map[string]string{"a.txt": "key = " + awsKey() + "\n", ".gitleaksignore": "a.txt:aws-access-token:1\n", ".gitleaks.toml": "[allowlist]\npaths = ['.*']\n"}, awsKey(),
			"BLOCK a.txt:1 (aws-access-token)\ncovered .gitleaks.toml\ncovered .gitleaksignore\ncovered a.txt\n"},
		{"a file name does not silence", nil, map[string]string{"gitleaks.toml": "key = " + awsKey() + "\n", "node_modules/a.js": "x\n" + awsKey() + "\n"}, awsKey(),
			"BLOCK gitleaks.toml:1 (aws-access-token)\nBLOCK node_modules/a.js:2 (aws-access-token)\ncovered gitleaks.toml\ncovered node_modules/a.js\n"},
		{"checksums are no secrets", nil, map[string]string{"go.sum": "example.com/token v1.0.0 h1:Zp4cVfk8Q2w1Bn7Xr5Ty9Ue3Io6Pa0SdFgHjKlMqNbE=\n"}, "Zp4cVfk8",
			"covered go.sum\n"},
		{"a secret that is taken away", map[string]string{"a.txt": awsKey() + "\n"}, map[string]string{"a.txt": "x\n"}, awsKey(),
			"covered a.txt\n"},
		{"a secret that was there is only counted", map[string]string{"a.txt": awsKey() + "\nb\n"}, map[string]string{"a.txt": awsKey() + "\nc\n"}, awsKey(),
			"covered a.txt\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := changed(t, tt.base, tt.next)
			for _, side := range []*bundler.Change{c, plainDiff(t, c)} {
				answer, err := builtIn(t, workspace(t, side), "secrets")
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, summary(t, answer)); diff != "" {
					t.Errorf("(-want +got):\n%s\n%s", diff, answer)
				}
				if strings.Contains(answer, tt.secret) || strings.Contains(answer, tt.secret[:6]) {
					t.Errorf("the secret is in the answer:\n%s", answer)
				}
			}
		})
	}
}

func TestBinaryFilesAreNamedAsNotLookedAt(t *testing.T) {
	answer, err := builtIn(t, workspace(t, changed(t, nil, map[string]string{"a.bin": "\x00\x01\x02", "a.txt": "x\n"})), "secrets")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(answer, "did not look at a.bin: it is binary") || strings.Contains(answer, "NO FINDINGS") {
		t.Errorf("the binary file is not named:\n%s", answer)
	}
}

func TestSeatsThatAskAtTheSameTimeShareOneSearch(t *testing.T) {
	c := changed(t, nil, map[string]string{"a.txt": awsKey() + "\n"})
	var wg sync.WaitGroup
	for range 4 { // two workspaces at once share no rules
		w := workspace(t, c)
		m, err := New("secrets", w)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			wg.Go(func() {
				if answer, err := ask(t.Context(), w, m); err != nil || !strings.Contains(answer, "a.txt:1") {
					t.Errorf("%v\n%s", err, answer)
				}
			})
		}
	}
	wg.Wait()
}
