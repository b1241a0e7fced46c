package telemetry

import (
	"net"
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
// host, or by the end of its name.
func services() []struct{ host, name string } {
	return []struct{ host, name string }{
		{"api.openai.com", "openai"},
		{"api.anthropic.com", "anthropic"},
		{"generativelanguage.googleapis.com", "gcp.gemini"},
		{"aiplatform.googleapis.com", "gcp.vertex_ai"},
		{"-aiplatform.googleapis.com", "gcp.vertex_ai"},
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
// else the configured one. An agent's is the lineage of its model.
func provider(m *reviewers.Member) string {
	host, _ := address(m.Host)
	host = strings.ToLower(host)
	for _, s := range services() {
		if host == s.host || strings.ContainsAny(s.host[:1], ".-") && strings.HasSuffix(host, s.host) {
			return s.name
		}
	}
	if m.Provider != "" {
		return name(m.Provider)
	}
	return name(m.Lineage)
}

// address splits a member's host into what the conventions want; port 0 is not known.
func address(host string) (string, int) {
	if host == "" {
		return "", 0
	}
	h, p, err := net.SplitHostPort(host)
	if err != nil { // without a port it is the scheme's, and http:// goes to this machine only
		h = strings.Trim(host, "[]")
		if ip := net.ParseIP(h); h == "localhost" || ip != nil && ip.IsLoopback() {
			return h, 80
		}
		return h, 443
	}
	port, err := strconv.Atoi(p)
	if err != nil {
		return h, 0
	}
	return h, port
}

// other stands where a name is none.
const other = "other"

// name lets through how models, reviewers and bundles are called, and nothing that
// could be content: a server says which model has answered, and could say anything.
func name(s string) string {
	const most = 120
	strange := func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("_-.:/@+~", r)
	}
	if s == "" || len(s) > most || strings.ContainsFunc(s, strange) {
		return other
	}
	return s
}

// finish lets the reasons through by which answers end.
func finish(reason string) string {
	switch reason {
	case "stop", "length", "content_filter", "tool_calls", "function_call", "error", "end_turn", "max_tokens", "refusal", "eos":
		return reason
	}
	return other
}
