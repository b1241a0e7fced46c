package lineage

// entry maps a word of a model's name to a family. A word matches at the start
// of a part of the name, and is followed by a digit or by the end of the part:
// "qwen" matches "qwen3-coder" and "qwen2.5:7b", not "qwenix".
type entry struct {
	word   string
	family string
}

// models is searched from the top, so order decides names of two families:
//
//  1. Models whose name hides what they are made of.
//  2. Families with open weights, the most built upon first. A model made from
//     another one descends from the weights that it started with: fine-tuning and
//     distillation change the manner and the skills, but what a model has never
//     seen and what it takes for granted comes from pre-training. So
//     deepseek-r1-distill-qwen-32b is qwen and llama-3.1-nemotron-70b is meta.
//  3. Families whose weights nobody else has. Their names in another model's name
//     tell who taught it, not what it is.
var models = []entry{
	{"openreasoning-nemotron", "qwen"},
	{"opencodereasoning-nemotron", "qwen"},
	{"acereason", "qwen"},
	{"nemotron-cascade", "qwen"},
	{"kimi-dev", "qwen"}, // Kimi-Dev-72B starts from Qwen2.5-72B
	{"deepcoder", "qwen"},
	{"deepscaler", "qwen"},
	{"openthinker", "qwen"},
	{"openhands-lm", "qwen"},
	{"skywork-or1", "qwen"},
	{"marco-o1", "qwen"},
	{"mai-ds", "deepseek"},
	{"r1-1776", "deepseek"},
	{"intellect-3", "zhipu"}, // from GLM-4.5-Air
	{"mistral-nemotron", "mistral"},
	{"dolphin-mixtral", "mistral"},
	{"dolphin-mistral", "mistral"},
	{"gpt4all", Unknown}, // a runner's name, not a model's
	{"gpt-j", "eleutherai"},
	{"gpt-neo", "eleutherai"},
	{"gpt-neox", "eleutherai"},
	{"gpt-sw", "ai-sweden"},

	{"llama", "meta"},
	{"codellama", "meta"},
	{"tinyllama", Unknown}, // Llama's shape, weights of its own
	{"vicuna", "meta"},
	{"alpaca", "meta"},
	{"tulu", "meta"},
	{"hermes-3", "meta"},
	{"qwen", "qwen"},
	{"codeqwen", "qwen"},
	{"qwq", "qwen"},
	{"qvq", "qwen"},
	{"tongyi", "qwen"},
	{"mistral", "mistral"},
	{"mixtral", "mistral"},
	{"codestral", "mistral"},
	{"devstral", "mistral"},
	{"magistral", "mistral"},
	{"ministral", "mistral"},
	{"mathstral", "mistral"},
	{"pixtral", "mistral"},
	{"voxtral", "mistral"},
	{"zephyr", "mistral"},
	{"openhermes", "mistral"},
	{"starling", "mistral"},
	{"gemma", "google"},
	{"codegemma", "google"},
	{"medgemma", "google"},
	{"phi", "microsoft"},
	{"granite", "ibm"},
	{"gpt-oss", "openai"},
	{"glm", "zhipu"},
	{"chatglm", "zhipu"},
	{"codegeex", "zhipu"},
	{"yi", "01-ai"},
	{"falcon", "tii"},
	{"olmo", "allenai"},
	{"molmo", "allenai"},
	{"internlm", "shanghai-ai-lab"},
	{"starcoder", "bigcode"},
	{"smollm", "huggingface"},
	{"exaone", "lg"},
	{"deepseek", "deepseek"},
	{"nemotron-mini", "nvidia"},
	{"nemotron-nano", "nvidia"},
	{"nemotron-h", "nvidia"},
	{"nemotron-3", "nvidia"},
	{"nemotron-4", "nvidia"},
	{"nvidia-nemotron", "nvidia"},
	{"nemotron", "meta"}, // the bare name is Llama-3.1-Nemotron-70B
	{"moonlight", "moonshot"},
	{"kimi", "moonshot"},
	{"minimax", "minimax"},
	{"abab", "minimax"},
	{"hunyuan", "tencent"},
	{"ernie", "baidu"},
	{"baichuan", "baichuan"},
	{"mimo", "xiaomi"},
	{"longcat", "meituan"},
	{"step", "stepfun"},
	{"seed-oss", "bytedance"},
	{"jamba", "ai21"},
	{"dbrx", "databricks"},
	{"arctic", "snowflake"},
	{"apertus", "swiss-ai"},
	{"lfm", "liquid"},
	{"command-r", "cohere"},
	{"command-a", "cohere"},
	{"command", "cohere"},
	{"c4ai", "cohere"},
	{"aya", "cohere"},
	{"reka", "reka"},
	{"solar", "upstage"},

	{"claude", "anthropic"},
	{"gpt", "openai"},
	{"chatgpt", "openai"},
	{"codex", "openai"},
	{"davinci", "openai"},
	{"o1", "openai"},
	{"o3", "openai"},
	{"o4", "openai"},
	{"gemini", "google"},
	{"learnlm", "google"},
	{"grok", "xai"},
	{"nova-micro", "amazon"},
	{"nova-lite", "amazon"},
	{"nova-pro", "amazon"},
	{"nova-premier", "amazon"},
	{"amazon-nova", "amazon"},
	{"titan", "amazon"},
	{"doubao", "bytedance"},
	{"palmyra", "writer"},
	{"mercury", "inception"},
}

// vendors decides where the name itself says nothing: "anthropic/next-model".
// Only those are listed who offer their own models alone.
var vendors = []entry{
	{"anthropic", "anthropic"},
	{"openai", "openai"},
	{"google", "google"},
	{"moonshotai", "moonshot"},
	{"moonshot", "moonshot"},
	{"meta-llama", "meta"},
	{"meta", "meta"},
	{"deepseek-ai", "deepseek"},
	{"mistralai", "mistral"},
	{"x-ai", "xai"},
	{"xai", "xai"},
	{"z-ai", "zhipu"},
	{"zai-org", "zhipu"},
	{"zai", "zhipu"},
	{"thudm", "zhipu"},
	{"minimaxai", "minimax"},
	{"cohere", "cohere"},
	{"cohereforai", "cohere"},
	{"coherelabs", "cohere"},
	{"ibm-granite", "ibm"},
	{"ibm", "ibm"},
	{"amazon", "amazon"},
	{"ai21", "ai21"},
	{"baidu", "baidu"},
	{"tencent", "tencent"},
	{"bytedance-seed", "bytedance"},
	{"bytedance", "bytedance"},
	{"stepfun-ai", "stepfun"},
	{"xiaomi", "xiaomi"},
	{"inception", "inception"},
	{"liquid", "liquid"},
	{"rekaai", "reka"},
	{"writer", "writer"},
	{"upstage", "upstage"},
}

// ollamaR1 knows what Ollama serves as deepseek-r1: all sizes but the full one
// are distillations, and a tag tells the size. A bare deepseek-r1 is what
// providers offer under that name: the real one.
var ollamaR1 = []entry{
	{"deepseek-r1-1-5b", "qwen"},
	{"deepseek-r1-7b", "qwen"},
	{"deepseek-r1-8b", "qwen"}, // since the 0528 edition
	{"deepseek-r1-14b", "qwen"},
	{"deepseek-r1-32b", "qwen"},
	{"deepseek-r1-70b", "meta"},
	{"deepseek-r1-latest", "qwen"}, // the 8b
}
