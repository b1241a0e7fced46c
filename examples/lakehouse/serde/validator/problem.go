package validator

// Problem is what is wrong with a document. One of the variants is set; its name is the
// tag.
type Problem struct {
	Schema       *Schema       `json:"Schema,omitempty"`
	Completeness *Completeness `json:"Completeness,omitempty"`
	Consistency  *Consistency  `json:"Consistency,omitempty"`
}

// Schema is a field that is not as it must be, whatever the others say.
type Schema struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// Completeness is too little or too much of something.
type Completeness struct {
	Reason string `json:"reason"`
	Count  int    `json:"count,omitempty"` // how many there are, if any
}

// Consistency is a document that does not agree with itself or with the roster.
type Consistency struct {
	Reason string `json:"reason"`
	Worker string `json:"worker,omitempty"` // whom it is about
}
