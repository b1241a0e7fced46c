package telemetry

import (
	"fmt"
	"net/url"
	"strings"
)

// wanted is what the environment asks for. A signal without an endpoint is off.
type wanted struct {
	traces, metrics *url.URL
}

func (w wanted) off() bool { return w.traces == nil && w.metrics == nil }

// host is where the data goes, for a person.
func (w wanted) host() string {
	switch {
	case w.traces == nil && w.metrics == nil:
		return ""
	case w.traces == nil:
		return w.metrics.Host
	case w.metrics == nil || w.metrics.Host == w.traces.Host:
		return w.traces.Host
	}
	return w.traces.Host + " and " + w.metrics.Host
}

// read takes OpenTelemetry's standard variables. What is asked for and cannot be done
// is off, and said.
func read(getenv func(string) string) (wanted, []string) {
	if strings.EqualFold(strings.TrimSpace(getenv("OTEL_SDK_DISABLED")), "true") {
		return wanted{}, nil
	}
	var w wanted
	var notes []string
	for _, s := range []struct {
		name string
		to   **url.URL
	}{{"TRACES", &w.traces}, {"METRICS", &w.metrics}} {
		u, err := endpoint(getenv, s.name)
		if err != nil {
			notes = append(notes, err.Error())
			continue
		}
		*s.to = u
	}
	return w, unique(notes)
}

// endpoint is where a signal goes; nil is nowhere.
func endpoint(getenv func(string) string, signal string) (*url.URL, error) {
	name, path := "OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT", ""
	value := strings.TrimSpace(getenv(name))
	if value == "" {
		name, path = "OTEL_EXPORTER_OTLP_ENDPOINT", "v1/"+strings.ToLower(signal)
		value = strings.TrimSpace(getenv(name))
	}
	exporter := strings.TrimSpace(getenv("OTEL_" + signal + "_EXPORTER"))
	if value == "" || exporter == "none" {
		return nil, nil //nolint:nilnil // off is no error
	}
	if exporter != "" && exporter != "otlp" {
		return nil, fmt.Errorf("OTEL_%s_EXPORTER is %q: only otlp and none are known; no %s are sent", signal, short(exporter), strings.ToLower(signal))
	}
	if err := protocol(getenv, signal); err != nil {
		return nil, err
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%s must look like http://localhost:4318: telemetry is off", name) // the value may hold a password
	}
	if path != "" {
		u = u.JoinPath(path)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

// protocol holds that OTLP is asked for over HTTP, which is the only way here.
func protocol(getenv func(string) string, signal string) error {
	const known = "http/protobuf"
	name := "OTEL_EXPORTER_OTLP_" + signal + "_PROTOCOL"
	if strings.TrimSpace(getenv(name)) == "" {
		name = "OTEL_EXPORTER_OTLP_PROTOCOL"
	}
	value := strings.TrimSpace(getenv(name))
	if value == "" || value == known {
		return nil
	}
	return fmt.Errorf("%s is %q: only %s is known, so telemetry is off; set it to %s and the endpoint to the collector's HTTP port (4318 by default)", name, short(value), known, known)
}

// short keeps a wrong value from filling a screen.
func short(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func unique(notes []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, n := range notes {
		if !seen[n] {
			out = append(out, n)
		}
		seen[n] = true
	}
	return out
}
