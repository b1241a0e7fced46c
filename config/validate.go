package config

func (c *Config) validate([]layer, problems) problems { return nil }
