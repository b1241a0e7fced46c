// Package validator checks playbooks and fills, and answers what is wrong with them as
// an externally tagged enum, the way serde writes one:
//
//	{"Schema": {"field": "fingerprint", "reason": "missing"}, "elapsed_ms": 0.041}
//
// [New] serves it over HTTP. The program flat is a second implementation of the same
// service; neither imports anything of the other.
package validator
