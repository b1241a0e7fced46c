package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"
)

// Connection says where the cluster is. What is empty comes from the environment, as all
// clients of Temporal read it: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY,
// TEMPORAL_TLS_* and the profile of a configuration file.
type Connection struct {
	Address   string
	Namespace string
	Cipher    *Cipher
	Log       *slog.Logger // nil: nothing is logged
	Getenv    func(string) string
	Environ   []string
}

// environ lets the library read the environment of the process as it was given.
type environ struct{ c Connection }

func (e environ) Environ() []string { return e.c.Environ }

func (e environ) LookupEnv(name string) (string, bool) {
	value := e.c.Getenv(name)
	return value, value != ""
}

// Dial connects, and makes sure that somebody answers.
func (c Connection) Dial(ctx context.Context) (client.Client, error) {
	opt, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{EnvLookup: environ{c}})
	if err != nil {
		return nil, fmt.Errorf("reading where the Temporal cluster is: %w", err)
	}
	if c.Address != "" {
		opt.HostPort = c.Address
	}
	if c.Namespace != "" {
		opt.Namespace = c.Namespace
	}
	if opt.HostPort == "" {
		opt.HostPort = client.DefaultHostPort
	}
	// What goes over the wire is digests and numbers: to compress them costs both sides more
	// than it saves.
	opt.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	opt.DataConverter = c.Cipher.dataConverter()
	logger := c.Log
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	opt.Logger = log.NewStructuredLogger(logger)
	dialing, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cl, err := client.DialContext(dialing, opt)
	if err != nil {
		return nil, fmt.Errorf("no Temporal server answers at %s (--address or TEMPORAL_ADDRESS names another; temporal server start-dev starts one): %w", opt.HostPort, err)
	}
	return cl, nil
}
