package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/s3blob" // also opens s3:// by its name
	"gocloud.dev/gcerrors"

	"scrum/reviewers"
)

// SettingError is a fault of what was configured: no other attempt heals it.
type SettingError struct{ err error }

func (e *SettingError) Error() string { return e.err.Error() }

// Unwrap gives what the store itself has said.
func (e *SettingError) Unwrap() error { return e.err }

// OpenBlobs opens a store: the path of a directory that all share, or s3://bucket with the
// parameters of its region and endpoint. With a cipher, what is kept is encrypted.
func OpenBlobs(ctx context.Context, where string, c *Cipher) (*Blobs, error) {
	open := openDirectory
	if strings.HasPrefix(where, s3blob.Scheme+"://") {
		open = openS3
	}
	b, name, err := open(ctx, where, c != nil)
	if err != nil {
		return nil, &SettingError{fmt.Errorf("opening the blob store: %w", err)}
	}
	return &Blobs{bucket: b, cipher: c, where: name, patience: patience, now: time.Now}, nil
}

func openDirectory(_ context.Context, where string, _ bool) (*blob.Bucket, string, error) {
	dir := where
	if u, err := url.Parse(where); err == nil && u.Scheme == "file" {
		dir = u.Path
	}
	if dir == "" || strings.Contains(dir, "://") {
		return nil, "", fmt.Errorf("%q is neither a directory nor s3://bucket", where)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, "", err
	}
	// Requests hold code: what others need not read, they cannot.
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, "", err
	}
	b, err := fileblob.OpenBucket(dir, &fileblob.Options{NoTempDir: true, Metadata: fileblob.MetadataDontWrite, DirFileMode: 0o700})
	return b, dir, err
}

func openS3(ctx context.Context, where string, sealed bool) (*blob.Bucket, string, error) {
	u, err := location(where)
	if err != nil {
		return nil, "", err
	}
	if host := plain(u); host != "" && !sealed {
		return nil, "", fmt.Errorf("%s would get the code unencrypted: use https, or set SCRUM_CLUSTER_KEY", host)
	}
	b, err := blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, "", err
	}
	var client *s3.Client
	if b.As(&client) && client.Options().Region == "" {
		_ = b.Close()
		return nil, "", fmt.Errorf("the region of bucket %s is not known: add region=… to the URL or set AWS_REGION; a server that has none takes region=us-east-1", u.Host)
	}
	name := "bucket " + u.Host
	if at, err := url.Parse(u.Query().Get("endpoint")); err == nil && at.Host != "" {
		name += " at " + at.Host
	}
	return b, name, nil
}

// location reads the URL of a bucket. What the library would pass over in silence is an
// error here, and no error repeats a secret that stands where none belongs.
func location(where string) (*url.URL, error) {
	u, err := url.Parse(where)
	if err != nil {
		return nil, errors.New("the URL of the bucket cannot be read; it looks like s3://bucket?region=eu-central-1")
	}
	q, err := url.ParseQuery(u.RawQuery)
	endpoint := q.Get("endpoint")
	at, malformed := url.Parse(endpoint)
	switch {
	case u.User != nil || malformed == nil && at.User != nil:
		return nil, errors.New("the URL of the bucket holds a key: keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or the machine's role")
	case err != nil:
		return nil, errors.New("the parameters of the bucket's URL cannot be read: write % as %25 and & as %26")
	case u.Host == "":
		return nil, errors.New("the URL names no bucket; it looks like s3://bucket?region=eu-central-1")
	case strings.Trim(u.Path, "/") != "":
		return nil, fmt.Errorf("s3://%s takes no path: for a part of the bucket write s3://%s?prefix=%s", u.Host, u.Host, url.QueryEscape(strings.Trim(u.Path, "/")+"/"))
	case endpoint != "" && (malformed != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https"):
		return nil, errors.New("endpoint= takes a URL, as in endpoint=https://minio.example.com:9000")
	}
	// Servers other than Amazon's have no host name for each bucket, unless they are told to.
	if endpoint != "" && !q.Has("use_path_style") && !q.Has("s3ForcePathStyle") {
		q.Set("use_path_style", "true")
	}
	u.RawQuery = q.Encode()
	return u, nil
}

// plain is the other machine to which a bucket's URL would go over plain HTTP; "" is none.
func plain(u *url.URL) string {
	q := u.Query()
	endpoint := q.Get("endpoint")
	at, err := url.Parse(endpoint)
	switch {
	case endpoint == "" && q.Has("disable_https") && q.Get("disable_https") != "false":
		return "bucket " + u.Host
	case err != nil || at.Scheme != "http" || (reviewers.Provider{BaseURL: endpoint}).Local():
		return ""
	}
	return at.Host
}

// fault says what a failure means for who runs this: the library's own words, which name
// operations, come last.
func (b *Blobs) fault(ctx context.Context, doing string, err error) error {
	code, status := said(err)
	var meaning string
	switch {
	case errors.Is(context.Cause(ctx), errPatience):
		return fmt.Errorf("%s: %s: %w for %s", doing, b.where, errPatience, b.patience)
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", doing, context.Cause(ctx))
	case code == "NoSuchBucket":
		meaning = "there is no " + b.where + ": make it, or name another"
	case gcerrors.Code(err) == gcerrors.NotFound:
		return fmt.Errorf("%s in %s: %w", doing, b.where, ErrNoBlob)
	case strings.Contains(err.Error(), "checksum did not match"): // of the store's own, which the library compares
		return fmt.Errorf("%s in %s: %w (%w)", doing, b.where, ErrDamaged, err)
	case code == "RequestTimeTooSkewed":
		meaning = "the clock of this machine or of the server is wrong"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		meaning = b.where + " refuses the key: look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and region=; it needs s3:GetObject and s3:PutObject on the objects, and s3:ListBucket on the bucket"
	case code == "PermanentRedirect", code == "AuthorizationHeaderMalformed", status == http.StatusMovedPermanently:
		meaning = b.where + " is in another region: give its own as region="
	case strings.Contains(err.Error(), "get credentials"):
		meaning = "there is no key for " + b.where + ": set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or give the machine a role"
	case strings.Contains(err.Error(), "request send failed"):
		return fmt.Errorf("%s: no server answers for %s (%w)", doing, b.where, err)
	default:
		return fmt.Errorf("%s: %w", doing, err)
	}
	return &SettingError{fmt.Errorf("%s: %s (%w)", doing, meaning, err)}
}

// said is what the server has answered, if one has: its code of the error and that of HTTP.
func said(err error) (code string, status int) {
	var coded interface{ ErrorCode() string }
	if errors.As(err, &coded) {
		code = coded.ErrorCode()
	}
	var answered interface{ HTTPStatusCode() int }
	if errors.As(err, &answered) {
		status = answered.HTTPStatusCode()
	}
	return code, status
}
