package lineage_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"scrum/reviewers/lineage"
)

func TestOfKnowsTheFamilyBehindEverySpelling(t *testing.T) {
	for want, ids := range map[string][]string{
		"anthropic": {
			"anthropic/claude-opus-4.7", "claude-3-5-sonnet-20241022", "anthropic.claude-3-5-sonnet-20241022-v2:0",
			"us.anthropic.claude-opus-4-20250514-v1:0", "claude-opus-4@20250514", "~anthropic/claude-opus-latest",
			"openrouter/anthropic/claude-sonnet-4", "anthropic/next-model", "CLAUDE-HAIKU-4-5",
		},
		"openai": {
			"gpt-5", "gpt-5.5-pro", "gpt4o", "gpt-4o-mini-2024-07-18", "o3", "o3-mini", "o4-mini-high", "openai/o1", "gpt-oss-120b", "gpt-oss:20b",
			"chatgpt-4o-latest", "codex-mini-latest", "azure/gpt-4.1", "openai/gpt-oss-20b:free", "openai.gpt-oss-120b-1:0",
			"gpt-oss-20b-claude-4-distill",
		},
		"google": {
			"gemini-2.5-pro", "models/gemini-3-pro-preview", "google/gemma-3-27b-it:free", "gemma3:12b", "gemini-pro-latest",
			"publishers/google/models/gemini-2.0-flash-001", "google/something-new",
		},
		"moonshot": {"kimi-k2", "moonshotai/kimi-k2.6", "accounts/fireworks/models/kimi-k2-instruct", "kimi-latest"},
		"qwen": {
			"qwen3-coder", "qwen/qwen3-coder:free", "qwen3:8b", "qwen2.5-coder:32b-instruct-q4_K_M", "hf.co/bartowski/Qwen3-8B-GGUF:Q4_K_M",
			"Qwen/QwQ-32B", "deepseek-r1-distill-qwen-32b", "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", "deepseek-r1:8b", "deepseek-r1:1.5b",
			"moonshotai/kimi-dev-72b:free", "Qwen3-14B-Claude-Sonnet-4-Reasoning-Distill", "nvidia/OpenReasoning-Nemotron-32B",
			`C:\models\qwen3-8b-q4_k_m.gguf`,
		},
		"meta": {
			"llama3.1:70b", "meta-llama/llama-3.3-70b-instruct", "nvidia/llama-3.1-nemotron-70b-instruct", "nemotron:70b", "codellama:13b",
			"deepseek-r1-distill-llama-70b", "deepseek-r1:70b", "us.meta.llama3-3-70b-instruct-v1:0", "llama-3.3-70b-versatile",
			"nousresearch/hermes-3-llama-3.1-405b", "meta/muse-spark",
		},
		"deepseek": {"deepseek-chat", "deepseek/deepseek-v4-pro", "deepseek-r1", "deepseek-r1:671b", "microsoft/mai-ds-r1", "perplexity/r1-1776"},
		"mistral":  {"mistral-large-latest", "mistralai/devstral-2512", "codestral", "mixtral:8x7b", "mistral.mistral-large-2407-v1:0", "dolphin-mixtral:8x7b"},
		"xai":      {"grok-4", "x-ai/grok-code-fast-1", "grok4", "x-ai/other"},
		"zhipu":    {"glm-4.6", "z-ai/glm-5", "thudm/glm-z1-32b", "chatglm3-6b"},
		"minimax":  {"minimax/minimax-m2.5", "MiniMax-M2"},
		"cohere":   {"command-a-03-2025", "cohere/command-r-plus", "cohere.command-r-v1:0", "command-r:35b"},
		"microsoft": {
			"phi-4", "phi4:14b", "microsoft/phi-4-reasoning-plus", "/models/phi-4-q4.gguf",
		},
		"nvidia": {"nvidia/nemotron-nano-9b-v2", "nemotron-mini:4b", "nvidia/nemotron-3-super-120b", "nvidia/NVIDIA-Nemotron-Nano-12B"},
		"ibm":    {"granite3.3:8b", "ibm-granite/granite-4.0-h-small", "ibm/granite-34b-code"},
		"amazon": {"amazon.nova-pro-v1:0", "amazon/nova-premier-v1", "nova-lite", "us.amazon.next-v1:0"},
	} {
		for _, id := range ids {
			got, known := lineage.Of(id)
			if got != want || !known {
				t.Errorf("Of(%q) = %s, %v; want %s", id, got, known, want)
			}
		}
	}
}

func TestOfDoesNotGuess(t *testing.T) {
	for _, id := range []string{
		"", " ", "/", "openrouter/auto", "auto", "default", "local-model", "gpt4all-falcon-like", "stealth/horizon-alpha",
		"my-finetune-7b", "qwenix", "o5x", "philosopher", "stepwise", "tinyllama:1.1b", "perplexity/sonar", "\xff\xfe",
	} {
		if got, known := lineage.Of(id); got != lineage.Unknown || known {
			t.Errorf("Of(%q) = %s, %v; want unknown", id, got, known)
		}
	}
}

func TestSameModelSeesThroughAliasesAndDates(t *testing.T) {
	for _, c := range []struct {
		asked, answered string
		want            bool
	}{
		{"claude-opus-4-7", "claude-opus-4-7", true},
		{"anthropic/claude-opus-4.7", "claude-opus-4-7", true},
		{"anthropic/claude-opus-4.7", "anthropic/claude-4.7-opus-20260416", true},
		{"claude-3-5-sonnet", "claude-3-5-sonnet-20241022", true},
		{"claude-3-5-sonnet", "us.anthropic.claude-3-5-sonnet-20241022-v2:0", true},
		{"claude-opus-4@20250514", "claude-opus-4", true},
		{"gpt-4o", "gpt-4o-2024-08-06", true},
		{"gpt-5", "openai/gpt-5", true},
		{"kimi-k2", "kimi-k2-0905-preview", true},
		{"gemini-2.5-pro", "models/gemini-2.5-pro-preview-05-06", true},
		{"gemini-2.0-flash", "gemini-2.0-flash-001", true},
		{"qwen3", "qwen3:latest", true},
		{"qwen/qwen3-coder:free", "qwen3-coder", true},
		{"llama3.1:8b", "llama3.1:8b-instruct-q4_K_M", true},
		{"qwen3-8b", "/models/Qwen3-8B-Q4_K_M.gguf", true},
		{"gpt-5", "", true},
		{"gpt-5", "gpt-5-mini", false},
		{"gpt-5", "gpt-5.1", false},
		{"gpt-4o", "gpt-4", false},
		{"o3", "o3-mini", false},
		{"qwen3:8b", "qwen3:32b", false},
		{"claude-opus-4.7", "claude-sonnet-4.7", false},
		{"anthropic/claude-opus-4.7", "moonshotai/kimi-k2.6", false},
		{"deepseek-chat", "deepseek-reasoner", false},
		{"kimi-k2.5", "kimi-k2.6", false},
		{"openrouter/auto", "openai/gpt-5", false},
		{"gpt-5", "gpt-5-chat-latest", false},
	} {
		if got := lineage.SameModel(c.asked, c.answered); got != c.want {
			t.Errorf("SameModel(%q, %q) = %v; want %v", c.asked, c.answered, got, c.want)
		}
	}
}

func TestModelIDsOfAnyShape(t *testing.T) {
	id := rapid.StringMatching(`[a-zA-Z0-9/:@._\- ]{0,40}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := id.Draw(t, "a"), id.Draw(t, "b")
		family, known := lineage.Of(a)
		if known == (family == lineage.Unknown) {
			t.Fatalf("Of(%q) = %s, %v: exactly the unknown are unknown", a, family, known)
		}
		if upper, _ := lineage.Of(strings.ToUpper(a)); upper != family {
			t.Fatalf("Of(%q) = %s, in capitals %s", a, family, upper)
		}
		if !lineage.SameModel(a, a) {
			t.Fatalf("%q is not itself", a)
		}
		if strings.TrimSpace(a) != "" && strings.TrimSpace(b) != "" && lineage.SameModel(a, b) != lineage.SameModel(b, a) {
			t.Fatalf("SameModel(%q, %q) depends on the order", a, b)
		}
	})
}

func FuzzOf(f *testing.F) {
	for _, s := range []string{"anthropic/claude-opus-4.7", "qwen3:8b", "us.amazon.nova-pro-v1:0", "\xff", "---", "a-v1:0", "@"} {
		f.Add(s, "gpt-5")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if family, known := lineage.Of(a); family == "" || known == (family == lineage.Unknown) {
			t.Errorf("Of(%q) = %q, %v", a, family, known)
		}
		lineage.SameModel(a, b)
		if !lineage.SameModel(a, a) {
			t.Errorf("%q is not itself", a)
		}
	})
}
