package reviewers

// service is a provider that a key in the environment gives access to.
type service struct {
	name    string   // as a provider is called in the configuration
	title   string   // as people call it
	keys    []string // environment variables, the first that is set counts
	baseURL string
	keysAt  string  // where keys are to be had
	offers  []offer // best first; a router has several lineages
}

// offer is a default model. Their own "latest" names are preferred where a
// provider has them, because they outlive a release of this program.
type offer struct {
	name    string // of the reviewer
	model   string
	lineage string
}

// services in the order in which they are taken: providers of their own models
// first, then routers, which fill up what is still missing.
func services() []service {
	return []service{
		{"anthropic", "Anthropic", []string{"ANTHROPIC_API_KEY"}, "https://api.anthropic.com/v1", "console.anthropic.com",
			[]offer{{"opus", "claude-opus-4-7", "anthropic"}}},
		{"openai", "OpenAI", []string{"OPENAI_API_KEY"}, "https://api.openai.com/v1", "platform.openai.com",
			[]offer{{"gpt", "gpt-5.5", "openai"}}},
		{"gemini", "Gemini", []string{"GEMINI_API_KEY", "GOOGLE_API_KEY"}, "https://generativelanguage.googleapis.com/v1beta/openai", "aistudio.google.com",
			[]offer{{"gemini", "gemini-pro-latest", "google"}}},
		{"moonshot", "Moonshot", []string{"MOONSHOT_API_KEY"}, "https://api.moonshot.ai/v1", "platform.moonshot.ai",
			[]offer{{"kimi", "kimi-k2.6", "moonshot"}}},
		{"dashscope", "DashScope", []string{"DASHSCOPE_API_KEY"}, "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "modelstudio.console.alibabacloud.com",
			[]offer{{"qwen", "qwen3-coder-plus", "qwen"}}},
		{"deepseek", "DeepSeek", []string{"DEEPSEEK_API_KEY"}, "https://api.deepseek.com/v1", "platform.deepseek.com",
			[]offer{{"deepseek", "deepseek-v4-pro", "deepseek"}}},
		{"mistral", "Mistral", []string{"MISTRAL_API_KEY"}, "https://api.mistral.ai/v1", "console.mistral.ai",
			[]offer{{"mistral", "mistral-large-latest", "mistral"}}},
		{"xai", "xAI", []string{"XAI_API_KEY"}, "https://api.x.ai/v1", "console.x.ai",
			[]offer{{"grok", "grok-4.3", "xai"}}},
		{"openrouter", "OpenRouter", []string{"OPENROUTER_API_KEY"}, "https://openrouter.ai/api/v1", "openrouter.ai/keys",
			[]offer{
				{"opus", "anthropic/claude-opus-4.7", "anthropic"},
				{"kimi", "moonshotai/kimi-k2.6", "moonshot"},
				{"qwen", "qwen/qwen3-coder", "qwen"},
				{"gpt", "openai/gpt-5.5", "openai"},
				{"deepseek", "deepseek/deepseek-v4-pro", "deepseek"},
			}},
		{"groq", "Groq", []string{"GROQ_API_KEY"}, "https://api.groq.com/openai/v1", "console.groq.com",
			[]offer{
				{"gpt-oss", "openai/gpt-oss-120b", "openai"},
				{"qwen", "qwen/qwen3-32b", "qwen"},
				{"llama", "llama-3.3-70b-versatile", "meta"},
			}},
	}
}

// LocalServer is a program that serves models on this machine.
type LocalServer struct {
	Name    string // as a provider is called in the configuration
	Title   string
	BaseURL string
	Start   string // how it is started
}

// LocalServers are the usual ones on their usual ports. OLLAMA_HOST moves Ollama's,
// as long as it stays on this machine: another one is a provider to be configured,
// because code should go nowhere by way of a forgotten variable.
func LocalServers(env func(string) string) []LocalServer {
	return []LocalServer{
		{"ollama", "Ollama", "http://" + ollamaAddress(env("OLLAMA_HOST")) + "/v1", "ollama serve"},
		{"lmstudio", "LM Studio", "http://127.0.0.1:1234/v1", "lms server start"},
		{"llamacpp", "llama.cpp", "http://127.0.0.1:8080/v1", "llama-server -m model.gguf"},
		{"vllm", "vLLM", "http://127.0.0.1:8000/v1", "vllm serve MODEL"},
	}
}

// Offered is a model that the automatic panel can have.
type Offered struct{ Provider, Model, Lineage string }

// Offers are the models of the automatic panel, in the order in which they are taken.
func Offers() []Offered {
	var out []Offered
	for _, s := range services() {
		for _, o := range s.offers {
			out = append(out, Offered{s.name, o.model, o.lineage})
		}
	}
	return out
}
