package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/s3blob" // also opens s3:// by its name
	"gocloud.dev/gcerrors"
)

// Blobs is where requests and answers are kept, for all workers and all who submit.
type Blobs struct {
	bucket *blob.Bucket
	cipher *Cipher
}

// ErrNoBlob is in the error of a blob that is not there.
var ErrNoBlob = errors.New("there is no such blob")

// OpenBlobs opens a store: the path of a directory that all share, or s3://bucket with the
// parameters of its region and endpoint. With a cipher, what is kept is encrypted.
func OpenBlobs(ctx context.Context, where string, c *Cipher) (*Blobs, error) {
	if strings.HasPrefix(where, s3blob.Scheme+"://") {
		b, err := blob.OpenBucket(ctx, where)
		if err != nil {
			return nil, fmt.Errorf("opening the blob store: %w", err)
		}
		return &Blobs{b, c}, nil
	}
	dir := where
	if u, err := url.Parse(where); err == nil && u.Scheme == "file" {
		dir = u.Path
	}
	if dir == "" || strings.Contains(dir, "://") {
		return nil, fmt.Errorf("the blob store %q is neither a directory nor s3://bucket", where)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the blob store: %w", err)
	}
	// Requests hold code: what others need not read, they cannot.
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the blob store: %w", err)
	}
	b, err := fileblob.OpenBucket(dir, &fileblob.Options{NoTempDir: true, Metadata: fileblob.MetadataDontWrite, DirFileMode: 0o700})
	if err != nil {
		return nil, fmt.Errorf("opening the blob store: %w", err)
	}
	return &Blobs{b, c}, nil
}

// Close ends the use of the store.
func (b *Blobs) Close() error { return b.bucket.Close() }

// Add keeps data under the digest of it, and gives the digest. What is there already is
// not written again.
func (b *Blobs) Add(ctx context.Context, data []byte) (string, error) {
	digest := digestOf(data)
	there, err := b.bucket.Exists(ctx, blobName(digest))
	if err != nil {
		return "", fmt.Errorf("looking into the blob store: %w", err)
	}
	if there {
		return digest, nil
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
		return nil, fmt.Errorf("blob %s holds something else: the store is damaged", digest)
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
	if err := b.bucket.WriteAll(ctx, name, b.cipher.seal(data), &blob.WriterOptions{ContentType: "application/octet-stream"}); err != nil {
		return fmt.Errorf("writing blob %s: %w", name, err)
	}
	return nil
}

// Get gives what was kept under a name; errors.Is(err, ErrNoBlob) when nothing was.
func (b *Blobs) Get(ctx context.Context, name string) ([]byte, error) {
	data, err := b.bucket.ReadAll(ctx, name)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fmt.Errorf("%w: %s", ErrNoBlob, name)
	}
	if err != nil {
		return nil, fmt.Errorf("reading blob %s: %w", name, err)
	}
	plain, err := b.cipher.open(data)
	if err != nil {
		return nil, fmt.Errorf("reading blob %s: %w", name, err)
	}
	return plain, nil
}
