// Package validator checks playbooks and fills by tables of rules, and answers what is
// wrong with them as a struct with the fields of all kinds of findings:
//
//	{"Kind": "schema", "Field": "fingerprint", "Reason": "missing", "Count": 0, "Worker": "", "elapsed_ms": 0.041}
//
// With [WireSerde] it answers as the program serde does. Neither imports anything of the
// other.
package validator
