package cluster

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
)

// Cipher encrypts what leaves the processes of this tool: payloads of Temporal and blobs.
// A nil Cipher leaves them as they are.
type Cipher struct{ aead cipher.AEAD }

// NewCipher makes one of a key: 32 random bytes in base64, the same for all workers and
// all who submit. "" gives nil.
func NewCipher(key string) (*Cipher, error) {
	if key = strings.TrimSpace(key); key == "" {
		return nil, nil
	}
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != 32 {
		return nil, errors.New("the key of the cluster must be 32 bytes in base64, as openssl rand -base64 32 makes them")
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, fmt.Errorf("the key of the cluster: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("the key of the cluster: %w", err)
	}
	return &Cipher{aead}, nil
}

// sealedMark begins what is encrypted, so that plain and encrypted stores are told apart.
const sealedMark = "scrum/sealed/v1\n"

func (c *Cipher) seal(plain []byte) []byte {
	if c == nil {
		return plain
	}
	nonce := make([]byte, c.aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return c.aead.Seal(append([]byte(sealedMark), nonce...), nonce, plain, []byte(sealedMark))
}

var (
	errSealed = errors.New("it is encrypted: set SCRUM_CLUSTER_KEY to the key that the cluster uses")
	errOpen   = errors.New("it is not encrypted with the key in SCRUM_CLUSTER_KEY")
)

func (c *Cipher) open(data []byte) ([]byte, error) {
	rest, sealed := strings.CutPrefix(string(data), sealedMark)
	switch {
	case c == nil && sealed:
		return nil, errSealed
	case c == nil:
		return data, nil
	case !sealed || len(rest) < c.aead.NonceSize():
		return nil, errOpen
	}
	n := c.aead.NonceSize()
	plain, err := c.aead.Open(nil, []byte(rest[:n]), []byte(rest[n:]), []byte(sealedMark))
	if err != nil {
		return nil, errOpen
	}
	return plain, nil
}

// dataConverter is how payloads are written: as JSON, encrypted with a key.
func (c *Cipher) dataConverter() converter.DataConverter {
	if c == nil {
		return converter.GetDefaultDataConverter()
	}
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), codec{c})
}

// codec encrypts payloads.
type codec struct{ cipher *Cipher }

const encodingEncrypted = "binary/encrypted"

// Encode implements converter.PayloadCodec.
func (k codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := p.Marshal()
		if err != nil {
			return nil, fmt.Errorf("encrypting a payload: %w", err)
		}
		out[i] = &commonpb.Payload{Metadata: map[string][]byte{converter.MetadataEncoding: []byte(encodingEncrypted)}, Data: k.cipher.seal(plain)}
	}
	return out, nil
}

// Decode implements converter.PayloadCodec.
func (k codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if string(p.GetMetadata()[converter.MetadataEncoding]) != encodingEncrypted {
			out[i] = p
			continue
		}
		plain, err := k.cipher.open(p.GetData())
		if err != nil {
			return nil, fmt.Errorf("decrypting a payload: %w", err)
		}
		out[i] = &commonpb.Payload{}
		if err := out[i].Unmarshal(plain); err != nil {
			return nil, fmt.Errorf("decrypting a payload: %w", err)
		}
	}
	return out, nil
}
