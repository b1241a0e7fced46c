package telemetry

import (
	"net"
	"regexp"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"scrum/reviewers"
)

// The names of OpenTelemetry's semantic conventions. They are written out, because
// importing the generated package costs every start of the program.
const (
	keyOperation     = attribute.Key("gen_ai.operation.name")
	keyProvider      = attribute.Key("gen_ai.provider.name")
	keyAgent         = attribute.Key("gen_ai.agent.name")
	keyRequestModel  = attribute.Key("gen_ai.request.model")
	keyMaxTokens     = attribute.Key("gen_ai.request.max_tokens")
	keyResponseModel = attribute.Key("gen_ai.response.model")
	keyFinish        = attribute.Key("gen_ai.response.finish_reasons")
	keyInput         = attribute.Key("gen_ai.usage.input_tokens")
	keyOutput        = attribute.Key("gen_ai.usage.output_tokens")
	keyCacheRead     = attribute.Key("gen_ai.usage.cache_read.input_tokens")
	keyTokenType     = attribute.Key("gen_ai.token.type")
	keyAddress       = attribute.Key("server.address")
	keyPort          = attribute.Key("server.port")
	keyErrorType     = attribute.Key("error.type")
	keyBase          = attribute.Key("vcs.ref.base.revision")
	keyHead          = attribute.Key("vcs.ref.head.revision")
	keyService       = attribute.Key("service.name")
	keyVersion       = attribute.Key("service.version")
	keyInstance      = attribute.Key("service.instance.id")
)

// The names of what only this tool has.
const (
	keyCommand    = attribute.Key("scrum.command")
	keyScripted   = attribute.Key("scrum.scripted")
	keyBundles    = attribute.Key("scrum.review.bundles")
	keyOutcome    = attribute.Key("scrum.review.outcome")
	keyRule       = attribute.Key("scrum.review.rule")
	keyFindings   = attribute.Key("scrum.review.findings")
	keyConverging = attribute.Key("scrum.review.convergent")
	keyBundle     = attribute.Key("scrum.bundle")
	keyReviewer   = attribute.Key("scrum.reviewer")
	keyKind       = attribute.Key("scrum.reviewer.kind")
	keyLineage    = attribute.Key("scrum.lineage")
	keyState      = attribute.Key("scrum.seat.state")
	keyCached     = attribute.Key("scrum.seat.cached")
	keyResumed    = attribute.Key("scrum.seat.resumed")
	keyPurpose    = attribute.Key("scrum.seat.purpose")
	keyAttempts   = attribute.Key("scrum.seat.attempts")
	keyNumber     = attribute.Key("scrum.attempt")
	keyEstimated  = attribute.Key("scrum.usage.estimated")
	keySeverity   = attribute.Key("scrum.severity")
	keyConvergent = attribute.Key("scrum.convergent")
)

// services are the values of gen_ai.provider.name that the conventions know, by the
// end of the host's name.
func services() []struct{ host, name string } {
	return []struct{ host, name string }{
		{"api.openai.com", "openai"},
		{"api.anthropic.com", "anthropic"},
		{"generativelanguage.googleapis.com", "gcp.gemini"},
		{"aiplatform.googleapis.com", "gcp.vertex_ai"},
		{".openai.azure.com", "azure.ai.openai"},
		{".ai.azure.com", "azure.ai.inference"},
		{".amazonaws.com", "aws.bedrock"},
		{".ml.cloud.ibm.com", "ibm.watsonx.ai"},
		{"api.mistral.ai", "mistral_ai"},
		{"api.deepseek.com", "deepseek"},
		{"api.groq.com", "groq"},
		{"api.x.ai", "x_ai"},
		{"api.perplexity.ai", "perplexity"},
		{"api.cohere.com", "cohere"},
		{"api.cohere.ai", "cohere"},
	}
}

// provider is the name of who serves a member: the conventions' where they have one,
// else the configured one.
func provider(m *reviewers.Member) string {
	host, _ := address(m.Host)
	for _, s := range services() {
		if strings.HasSuffix(strings.ToLower(host), s.host) {
			return s.name
		}
	}
	if m.Provider != "" {
		return name(m.Provider)
	}
	return name(m.Name)
}

// address splits a member's host into what the conventions want; port 0 is not known.
func address(host string) (string, int) {
	if host == "" {
		return "", 0
	}
	h, p, err := net.SplitHostPort(host)
	if err != nil {
		return strings.Trim(host, "[]"), 443 // without a port it is the one of HTTPS
	}
	port, err := strconv.Atoi(p)
	if err != nil {
		return h, 0
	}
	return h, port
}

// plain is how models, reviewers and bundles are called. A server says which model
// has answered and why it has ended, and could say anything else there.
func plain() *regexp.Regexp { return regexp.MustCompile(`^[\w.:/@+~-]{1,120}$`) }

// other stands where a name is none.
const other = "other"

// name lets names through, and nothing that could be content.
func name(s string) string {
	if plain().MatchString(s) {
		return s
	}
	return other
}

// finish lets the reasons through by which answers end.
func finish(reason string) string {
	switch reason {
	case "stop", "length", "content_filter", "tool_calls", "function_call", "error", "end_turn", "max_tokens", "refusal", "eos":
		return reason
	}
	return other
}
