package config

// Schema is the JSON Schema of a configuration file.
func Schema() ([]byte, error) { return []byte("{}\n"), nil }
