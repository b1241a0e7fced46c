package prompts

// Request is one bundle put to a model: the exact text that leaves the machine.
type Request struct {
	Bundle string   // id of the bundle
	System string   // the role and the answer contract
	User   string   // guidance, file list and fenced diff
	Paths  []string // the paths that WHERE and COVERED lines may name
	Nonce  string   // of the fence around the diff
}
