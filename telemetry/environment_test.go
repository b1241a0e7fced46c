package telemetry

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"pgregory.net/rapid"

	"scrum/reviewers"
)

func TestTheEnvironmentSaysWhereDataGoes(t *testing.T) {
	const collector = "http://c:4318"
	tests := []struct {
		name            string
		env             map[string]string
		traces, metrics string
		note            string // a part of the only one
	}{
		{"nothing is set", nil, "", "", ""},
		{"one endpoint for both", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector + "/"}, collector + "/v1/traces", collector + "/v1/metrics", ""},
		{"a path before the signal's", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://c/in"}, "https://c/in/v1/traces", "https://c/in/v1/metrics", ""},
		{"only traces", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": collector}, collector + "/", "", ""},
		{"only metrics", map[string]string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": collector + "/m"}, "", collector + "/m", ""},
		{"one signal is switched off", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_METRICS_EXPORTER": "none"}, collector + "/v1/traces", "", ""},
		{"all is switched off", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_SDK_DISABLED": "TRUE"}, "", "", ""},
		{"an exporter that is not known", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_TRACES_EXPORTER": "zipkin"}, "", collector + "/v1/metrics", `OTEL_TRACES_EXPORTER is "zipkin"`},
		{"a protocol that is not known", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, "", "", "only http/protobuf is known"},
		{"one for a signal", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "grpc"}, collector + "/v1/traces", "", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"},
		{"no URL", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "c:4318"}, "", "", "must look like"},
		{"another scheme", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "grpc://c:4317"}, "", "", "must look like"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, notes := read(func(name string) string { return test.env[name] })
			if diff := cmp.Diff([]string{test.traces, test.metrics}, []string{text(w.traces), text(w.metrics)}); diff != "" {
				t.Errorf("endpoints (-want +got):\n%s", diff)
			}
			if got := strings.Join(notes, "\n"); test.note == "" && got != "" || !strings.Contains(got, test.note) || len(notes) > 1 {
				t.Errorf("notes are %q, want %q", got, test.note)
			}
		})
	}
}

func text(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.String()
}

func TestNothingButANameIsAName(t *testing.T) {
	for _, s := range []string{"anthropic/claude-opus-4.7", "qwen3:8b", "eu.anthropic.claude-sonnet-4-v1:0", "claude-opus-4@20250514", "c1.2", "go-vet"} {
		if got := name(s); got != s {
			t.Errorf("%q has become %q", s, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if got := name(s); got != other && (got != s || strings.ContainsAny(s, " \n\t\"'{}()<>") || len(s) > 120) {
			t.Errorf("%q has passed as %q", s, got)
		}
		if got := finish(s); got != other && got != s {
			t.Errorf("the finish reason %q has become %q", s, got)
		}
	})
}

func TestProvidersHaveTheConventionsNames(t *testing.T) {
	tests := []struct {
		host, configured, want string
	}{
		{"api.openai.com", "mine", semconv.GenAIProviderNameOpenAI.Value.AsString()},
		{"api.anthropic.com:443", "mine", semconv.GenAIProviderNameAnthropic.Value.AsString()},
		{"generativelanguage.googleapis.com", "mine", semconv.GenAIProviderNameGCPGemini.Value.AsString()},
		{"europe-west4-aiplatform.googleapis.com", "mine", semconv.GenAIProviderNameGCPVertexAI.Value.AsString()},
		{"team.openai.azure.com", "mine", semconv.GenAIProviderNameAzureAIOpenAI.Value.AsString()},
		{"bedrock-runtime.eu-west-1.amazonaws.com", "mine", semconv.GenAIProviderNameAWSBedrock.Value.AsString()},
		{"API.Mistral.ai", "mine", semconv.GenAIProviderNameMistralAI.Value.AsString()},
		{"api.x.ai", "mine", semconv.GenAIProviderNameXAI.Value.AsString()},
		{"notapi.openai.com", "mine", "mine"},
		{"api.openai.com.example.com", "mine", "mine"},
		{"openrouter.ai", "openrouter", "openrouter"},
		{"127.0.0.1:11434", "ollama", "ollama"},
		{"", "", "moonshot"},
	}
	for _, test := range tests {
		if got := provider(&reviewers.Member{Host: test.host, Provider: test.configured, Lineage: "moonshot"}); got != test.want {
			t.Errorf("%s of %s is %q, want %q", test.configured, test.host, got, test.want)
		}
	}
}

func TestHostsAreAddressesWithPorts(t *testing.T) {
	tests := []struct {
		host, address string
		port          int
	}{
		{"", "", 0}, {"api.openai.com", "api.openai.com", 443}, {"localhost", "localhost", 80}, {"[::1]", "::1", 80},
		{"127.0.0.1:8080", "127.0.0.1", 8080}, {"[::1]:11434", "::1", 11434}, {"a:b", "a", 0},
	}
	for _, test := range tests {
		if a, p := address(test.host); a != test.address || p != test.port {
			t.Errorf("%q is %q and %d, want %q and %d", test.host, a, p, test.address, test.port)
		}
	}
}

func TestTheKeysAreTheConventions(t *testing.T) {
	for ours, theirs := range map[attribute.Key]attribute.Key{
		keyOperation: semconv.GenAIOperationNameKey, keyProvider: semconv.GenAIProviderNameKey, keyAgent: semconv.GenAIAgentNameKey,
		keyRequestModel: semconv.GenAIRequestModelKey, keyMaxTokens: semconv.GenAIRequestMaxTokensKey, keyResponseModel: semconv.GenAIResponseModelKey,
		keyFinish: semconv.GenAIResponseFinishReasonsKey, keyInput: semconv.GenAIUsageInputTokensKey, keyOutput: semconv.GenAIUsageOutputTokensKey,
		keyCacheRead: semconv.GenAIUsageCacheReadInputTokensKey,
		keyTokenType: semconv.GenAITokenTypeKey, keyAddress: semconv.ServerAddressKey, keyPort: semconv.ServerPortKey, keyErrorType: semconv.ErrorTypeKey,
		keyBase: semconv.VCSRefBaseRevisionKey, keyHead: semconv.VCSRefHeadRevisionKey,
		keyService: semconv.ServiceNameKey, keyVersion: semconv.ServiceVersionKey, keyInstance: semconv.ServiceInstanceIDKey,
	} {
		if ours != theirs {
			t.Errorf("%s is called %s", ours, theirs)
		}
	}
}
