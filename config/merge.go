package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// merge lays the layers over each other, the first one lowest: maps key by key,
// everything else as a whole.
func merge(layers []layer) (*Config, error) {
	v := viper.New()
	for _, l := range layers {
		if err := v.MergeConfigMap(l.values); err != nil {
			return nil, fmt.Errorf("merging the configuration: %w", err)
		}
	}
	var c Config
	err := v.UnmarshalExact(&c, func(d *mapstructure.DecoderConfig) {
		d.TagName = "yaml"
		d.WeaklyTypedInput = false
	})
	if err != nil {
		return nil, fmt.Errorf("merging the configuration: %w", err)
	}
	c.Providers = decodeNames(c.Providers)
	c.Panels = decodeNames(c.Panels)
	return &c, nil
}

func decodeNames[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m))
	for k, v := range m {
		out[decode(k)] = v
	}
	return out
}

// places says where each dotted key was set last. A list that replaces another
// takes the places of its entries away.
func places(layers []layer) map[string]place {
	out := map[string]place{}
	for _, l := range layers {
		maps.DeleteFunc(out, func(path string, _ place) bool {
			for i, c := range path {
				if _, set := l.places[path[:i]]; set && c == '[' {
					return true
				}
			}
			return false
		})
		maps.Copy(out, l.places)
	}
	return out
}

// Digest is the SHA-256 of the effective configuration, in hexadecimal. Equal
// configurations have equal digests, however they came about.
func (c *Config) Digest() string {
	data, err := json.Marshal(c)
	if err != nil {
		panic("config: a configuration that JSON cannot hold: " + err.Error())
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		panic("config: " + err.Error())
	}
	canonical, err := json.Marshal(pruned(v))
	if err != nil {
		panic("config: " + err.Error())
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// pruned takes empty lists, maps and nulls out: written or left out, they mean
// the same.
func pruned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			e = pruned(e)
			if e == nil {
				delete(v, k)
				continue
			}
			v[k] = e
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		if len(v) == 0 {
			return nil
		}
		for i, e := range v {
			v[i] = pruned(e)
		}
	}
	return v
}
