package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// Blobs is where requests and answers are kept, for all workers and all who submit.
type Blobs struct {
	bucket   *blob.Bucket
	cipher   *Cipher
	where    string        // for people
	patience time.Duration // with the store, for one blob
	now      func() time.Time
}

// What is wrong with a blob itself, whoever asks for it.
var (
	// ErrNoBlob is in the error of a blob that is not there.
	ErrNoBlob = errors.New("there is no such blob")
	// ErrDamaged is in the error of a blob that does not hold what its name says.
	ErrDamaged = errors.New("it holds something else: the store is damaged; remove it and submit the review again")
)

// patience is long enough for the largest blob on a slow line.
const patience = time.Minute

// fresh is how long a blob is taken for one that stays. An older one is written again, since
// the store's own expiry counts from there: no review is to lose what it has just relied on.
const fresh = 24 * time.Hour

// Close ends the use of the store.
func (b *Blobs) Close() error { return b.bucket.Close() }

// Check makes sure, before anything is built on it, that the store can be read and written,
// and that those who share it encrypt with the same key.
func (b *Blobs) Check(ctx context.Context) error {
	const name = "check"
	_, err := b.Get(ctx, name)
	switch {
	case errors.Is(err, errSealed), errors.Is(err, errOpen):
		return &SettingError{fmt.Errorf("%s is used with another key: all who share a store have the same SCRUM_CLUSTER_KEY, and a new key needs a new store (%w)", b.where, err)}
	case err != nil && !errors.Is(err, ErrNoBlob):
		return err
	}
	return b.Put(ctx, name, []byte("scrum/blobs/v1\n"))
}

// Add keeps data under the digest of it, and gives the digest. What was written there a
// short time ago is not written again.
func (b *Blobs) Add(ctx context.Context, data []byte) (string, error) {
	digest := digestOf(data)
	looking, stop := b.patiently(ctx)
	defer stop()
	there, err := b.bucket.Attributes(looking, blobName(digest))
	switch {
	case err == nil && b.now().Sub(there.ModTime) < fresh:
		return digest, nil
	case err != nil && gcerrors.Code(err) != gcerrors.NotFound:
		return "", b.fault(looking, "looking for blob "+blobName(digest), err)
	}
	return digest, b.Put(ctx, blobName(digest), data)
}

// Take gives what Add has kept, and is sure that it is that.
func (b *Blobs) Take(ctx context.Context, digest string) ([]byte, error) {
	data, err := b.Get(ctx, blobName(digest))
	if err != nil {
		return nil, err
	}
	if digestOf(data) != digest {
		return nil, fmt.Errorf("blob %s in %s: %w", blobName(digest), b.where, ErrDamaged)
	}
	return data, nil
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func blobName(digest string) string { return "blobs/" + digest }

// Put keeps data under a name. It appears whole or not at all.
func (b *Blobs) Put(ctx context.Context, name string, data []byte) error {
	ctx, stop := b.patiently(ctx)
	defer stop()
	if err := b.bucket.WriteAll(ctx, name, b.cipher.seal(data), &blob.WriterOptions{ContentType: "application/octet-stream"}); err != nil {
		return b.fault(ctx, "writing blob "+name, err)
	}
	return nil
}

// Get gives what was kept under a name; errors.Is(err, ErrNoBlob) when nothing was.
func (b *Blobs) Get(ctx context.Context, name string) ([]byte, error) {
	ctx, stop := b.patiently(ctx)
	defer stop()
	data, err := b.bucket.ReadAll(ctx, name)
	if err != nil {
		return nil, b.fault(ctx, "reading blob "+name, err)
	}
	plain, err := b.cipher.open(data)
	if err != nil {
		return nil, fmt.Errorf("reading blob %s: %w", name, err)
	}
	return plain, nil
}

// errPatience is the cause of a wait that was given up.
var errPatience = errors.New("the store has not answered in time")

// patiently bounds the wait for a store that takes a connection and says nothing.
func (b *Blobs) patiently(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, b.patience, errPatience)
}
