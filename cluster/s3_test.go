package cluster

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"go.temporal.io/sdk/temporal"

	"scrum/reviewers"
	"scrum/run/scripted"
)

// The pair that the bucket of the tests is opened with.
const (
	bucketKey    = "AKIDOFTHETESTS"
	bucketSecret = "secret-of-the-bucket"
)

// bucket is a server that speaks S3 and holds who asks to their signature, as those in
// production do.
type bucket struct {
	*httptest.Server
	backend *s3mem.Backend
	refuse  func(*http.Request) string // the code of a refusal; "" serves
}

func newBucket(t *testing.T) *bucket {
	t.Helper()
	b := &bucket{backend: s3mem.New(), refuse: signature}
	if err := b.backend.CreateBucket("reviews"); err != nil {
		t.Fatal(err)
	}
	serve := gofakes3.New(b.backend).Server()
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code := b.refuse(r)
		if code == "" {
			serve.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusForbidden)
		if r.Method != http.MethodHead {
			_, _ = w.Write([]byte(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>The server's words.</Message></Error>`))
		}
	}))
	t.Cleanup(b.Close)
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": bucketKey, "AWS_SECRET_ACCESS_KEY": bucketSecret, "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_CONFIG_FILE": t.TempDir() + "/none", "AWS_SHARED_CREDENTIALS_FILE": t.TempDir() + "/none", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
	} {
		t.Setenv(name, value)
	}
	return b
}

func (b *bucket) url() string {
	return "s3://reviews?region=eu-central-1&use_path_style=true&endpoint=" + url.QueryEscape(b.URL)
}

func (b *bucket) open(t *testing.T, c *Cipher) *Blobs {
	t.Helper()
	blobs, err := OpenBlobs(t.Context(), b.url(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	return blobs
}

// signature signs the request as its sender should have, and compares.
func signature(r *http.Request) string {
	sent := r.Header.Get("Authorization")
	if !strings.Contains(sent, "Credential="+bucketKey+"/") {
		return "InvalidAccessKeyId"
	}
	_, names, _ := strings.Cut(sent, "SignedHeaders=")
	names, _, _ = strings.Cut(names, ",")
	again := &http.Request{Method: r.Method, URL: r.URL, Host: r.Host, Header: http.Header{}}
	for _, name := range strings.Split(names, ";") {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength = r.ContentLength
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return "AccessDenied"
	}
	err = v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: bucketKey, SecretAccessKey: bucketSecret}, again,
		r.Header.Get("X-Amz-Content-Sha256"), "s3", "eu-central-1", at, func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err != nil || again.Header.Get("Authorization") != sent {
		return "SignatureDoesNotMatch"
	}
	return ""
}

// plain gives what is in the bucket under a name, as the server has it.
func (b *bucket) plain(t *testing.T, name string) string {
	t.Helper()
	o, err := b.backend.GetObject("reviews", name, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.Contents.Close() }()
	data, err := io.ReadAll(o.Contents)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// writes counts what is written to the bucket from now on.
func (b *bucket) writes() *atomic.Int64 {
	var n atomic.Int64
	refuse := b.refuse
	b.refuse = func(r *http.Request) string {
		if r.Method == http.MethodPut {
			n.Add(1)
		}
		return refuse(r)
	}
	return &n
}

func TestABucketGivesBackWhatWasPutIntoIt(t *testing.T) {
	b := newBucket(t)
	blobs := b.open(t, nil)
	if err := blobs.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"nothing": {}, "words": []byte("words\r\n\x00\xff"), "12 MB, in parts": bytes.Repeat([]byte("0123456789ab"), 1<<20)} {
		t.Run(name, func(t *testing.T) {
			digest, err := blobs.Add(t.Context(), data)
			if err != nil {
				t.Fatal(err)
			}
			got, err := blobs.Take(t.Context(), digest)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d bytes of %d, %v", len(got), len(data), err)
			}
		})
	}
	if _, err := blobs.Take(t.Context(), strings.Repeat("0", 64)); !errors.Is(err, ErrNoBlob) || !strings.Contains(err.Error(), "bucket reviews at 127.0.0.1") {
		t.Errorf("a blob that is not there: %v", err)
	}
}

func TestABlobIsWrittenAgainOnlyWhenTheStoreMaySoonDropIt(t *testing.T) {
	b := newBucket(t)
	blobs := b.open(t, nil)
	writes := b.writes()
	add := func(data string) {
		t.Helper()
		if _, err := blobs.Add(t.Context(), []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	add("words")
	add("words")
	if writes.Load() != 1 {
		t.Errorf("the same data was written %d times", writes.Load())
	}
	add("other words")
	if writes.Load() != 2 {
		t.Errorf("two blobs were written %d times", writes.Load())
	}
	blobs.now = func() time.Time { return time.Now().Add(fresh) }
	add("words")
	if writes.Load() != 3 {
		t.Errorf("a day later the blob was written %d times", writes.Load())
	}
}

func TestABucketThatHoldsSomethingElseIsNotBelieved(t *testing.T) {
	b := newBucket(t)
	blobs := b.open(t, nil)
	digest, err := blobs.Add(t.Context(), []byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"others", ""} {
		if _, err := b.backend.PutObject("reviews", blobName(digest), map[string]string{}, strings.NewReader(other), int64(len(other)), nil); err != nil {
			t.Fatal(err)
		}
		if got, err := blobs.Take(t.Context(), digest); got != nil || !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "submit the review again") {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestABucketHoldsNothingReadableWithACipher(t *testing.T) {
	b := newBucket(t)
	one, _ := NewCipher(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	other, _ := NewCipher(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 32))))
	blobs := b.open(t, one)
	if err := blobs.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	digest, err := blobs.Add(t.Context(), []byte("the code under review"))
	if err != nil {
		t.Fatal(err)
	}
	if kept := b.plain(t, blobName(digest)); strings.Contains(kept, "code") || !strings.HasPrefix(kept, sealedMark) {
		t.Errorf("the bucket holds %q", kept)
	}
	if got, err := blobs.Take(t.Context(), digest); string(got) != "the code under review" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for name, c := range map[string]*Cipher{"another key": other, "no key": nil} {
		if err := b.open(t, c).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "a new key needs a new store") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPartOfABucketIsAStoreOfItsOwn(t *testing.T) {
	b := newBucket(t)
	part, err := OpenBlobs(t.Context(), b.url()+"&prefix=team-a/", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = part.Close() }()
	digest, err := part.Add(t.Context(), []byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	if kept := b.plain(t, "team-a/"+blobName(digest)); kept != "words" {
		t.Errorf("%q", kept)
	}
	if _, err := b.open(t, nil).Take(t.Context(), digest); !errors.Is(err, ErrNoBlob) {
		t.Errorf("the whole bucket has it under the same name: %v", err)
	}
}

func TestWhatIsWrongWithABucketIsSaidInWordsThatHelp(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(t *testing.T, b *bucket)
		bucket string
		want   string
		code   string // what the server has said of a reading
	}{
		{"a wrong secret", env("AWS_SECRET_ACCESS_KEY", bucketSecret+"-of-last-year"), "reviews", "refuses the key: look at AWS_ACCESS_KEY_ID", "SignatureDoesNotMatch"},
		{"an unknown key", env("AWS_ACCESS_KEY_ID", "AKIDOFSOMEBODY"), "reviews", "refuses the key: look at AWS_ACCESS_KEY_ID", "InvalidAccessKeyId"},
		{"a key that may not", answer403("AccessDenied"), "reviews", "s3:ListBucket on the bucket", "AccessDenied"},
		{"no key at all", env("AWS_ACCESS_KEY_ID", ""), "reviews", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE", ""},
		{"another region", env("AWS_REGION", "us-west-2"), "reviews", "region=", "SignatureDoesNotMatch"},
		{"a bucket that is not there", func(*testing.T, *bucket) {}, "elsewhere", "there is no bucket elsewhere at 127.0.0.1", "NoSuchBucket"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBucket(t)
			t.Setenv("AWS_REGION", "eu-central-1")
			t.Setenv("AWS_SESSION_TOKEN", "token-of-the-session")
			c.spoil(t, b)
			blobs, err := OpenBlobs(t.Context(), "s3://"+c.bucket+"?endpoint="+b.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = blobs.Close() }()
			_, get := blobs.Get(t.Context(), "answers/k")
			_, add := blobs.Add(t.Context(), []byte("words"))
			for doing, err := range map[string]error{"get": get, "add": add, "check": blobs.Check(t.Context())} {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: %v", doing, err)
					continue
				}
				var setting *SettingError
				if !errors.As(err, &setting) || errors.Is(err, ErrNoBlob) || strings.Contains(err.Error(), bucketSecret) || strings.Contains(err.Error(), "token-of-the-session") {
					t.Errorf("%s: %v", doing, err)
				}
			}
			if get != nil && !strings.Contains(get.Error(), c.code) {
				t.Errorf("what the server said is lost: %v", get)
			}
		})
	}
}

func TestAServerThatIsGoneIsSaidToBe(t *testing.T) {
	b := newBucket(t)
	blobs := b.open(t, nil)
	b.Close()
	if _, err := blobs.Get(t.Context(), "answers/k"); err == nil || errors.Is(err, ErrNoBlob) || errors.As(err, new(*SettingError)) || !strings.Contains(err.Error(), "no server answers for bucket reviews at 127.0.0.1") {
		t.Errorf("%v", err)
	}
}

func env(name, value string) func(*testing.T, *bucket) {
	return func(t *testing.T, _ *bucket) { t.Setenv(name, value) }
}

func answer403(code string) func(*testing.T, *bucket) {
	return func(_ *testing.T, b *bucket) { b.refuse = func(*http.Request) string { return code } }
}

func TestASlowBucketIsLeftWhenTheReviewIs(t *testing.T) {
	b := newBucket(t)
	blobs := b.open(t, nil)
	begun := make(chan struct{}, 1)
	b.refuse = func(r *http.Request) string { begun <- struct{}{}; return silence(r) }
	for name, do := range map[string]func(context.Context) error{
		"get": func(ctx context.Context) error { _, err := blobs.Get(ctx, "answers/k"); return err },
		"add": func(ctx context.Context) error { _, err := blobs.Add(ctx, []byte("words")); return err },
		"put": func(ctx context.Context) error { return blobs.Put(ctx, "answers/k", []byte("words")) },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- do(ctx) }()
		<-begun
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// silence answers when nobody waits any more, which the server learns after it has read.
func silence(r *http.Request) string {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
	return "SlowDown"
}

func TestABucketThatSaysNothingIsNotWaitedForForever(t *testing.T) {
	b := newBucket(t)
	blobs := b.open(t, nil)
	blobs.patience = 20 * time.Millisecond
	b.refuse = silence
	_, err := blobs.Get(t.Context(), "answers/k")
	if !errors.Is(err, errPatience) || errors.Is(err, ErrNoBlob) || !strings.Contains(err.Error(), "bucket reviews at 127.0.0.1") {
		t.Errorf("%v", err)
	}
}

// seatOn plays the workflow of the desk's one seat, with the desk's worker.
func (d *desk) seatOn(t *testing.T) (result, error) {
	t.Helper()
	in := input{Plan: d.plan, Queues: []string{"scrum-models"}, Seats: []shape{{0, 1, nil}}, Deadline: time.Minute}
	env := play(t, in, d.asker.ask)
	err := env.GetWorkflowError()
	var results []result
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		_ = app.Details(&results)
	} else {
		_ = env.GetWorkflowResult(&results)
	}
	if len(results) != 1 {
		t.Fatalf("%d results, %v", len(results), err)
	}
	return results[0], err
}

func TestARequestGoesThroughABucketAndItsAnswerBack(t *testing.T) {
	c, _ := NewCipher(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	b := newBucket(t)
	asked := make(chan string, 10)
	talk := scripted.New(func(r scripted.Request) scripted.Answer { asked <- r.User; return scripted.Answer{Text: answer} })
	d := newDeskOn(t, models(t, talk.ServeHTTP), b.open(t, c))
	r, err := d.seatOn(t)
	if err != nil || !r.Final {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := <-asked; !strings.Contains(got, "the code under review") {
		t.Errorf("the model was asked %q", got)
	}
	w := &work{fan: &Fan{Blobs: b.open(t, c)}} // of who submits, elsewhere
	member := &reviewers.Member{Name: "opus", Lineage: "anthropic"}
	s, err := w.read(t.Context(), d.plan, []int{0}, reviewers.Seat{Bundle: "c1", Member: member}, r)
	if err != nil || s.State != reviewers.Engaged || !strings.Contains(s.Response.Text, "it is wrong") {
		t.Errorf("%s, %q, %v", s.State, s.Response.Text, err)
	}
	if _, err := b.backend.DeleteObject("reviews", resultName(d.plan, []int{0}, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.read(t.Context(), d.plan, []int{0}, s, r); !errors.Is(err, ErrNoBlob) || !strings.Contains(err.Error(), "temporal workflow delete -w scrum-review-"+d.plan[:32]) {
		t.Errorf("an answer that has expired: %v", err)
	}
}

func TestARequestThatIsLostFailsItsSeatAndIsNotTriedForever(t *testing.T) {
	b := newBucket(t)
	d := newDeskOn(t, models(t, func(http.ResponseWriter, *http.Request) { t.Error("a model is asked") }), b.open(t, nil))
	p, err := d.asker.plan(t.Context(), d.plan)
	if err != nil {
		t.Fatal(err)
	}
	for name, lose := range map[string]func() error{
		"there is no such blob": func() error { _, err := b.backend.DeleteObject("reviews", blobName(p.Seats[0].Request)); return err },
		"the store is damaged":  func() error { return d.blobs.Put(t.Context(), blobName(p.Seats[0].Request), []byte("{}")) },
	} {
		if err := lose(); err != nil {
			t.Fatal(err)
		}
		r, err := d.seatOn(t)
		if r.Final || len(r.Errors) != 1 || !strings.Contains(r.Errors[0], name) {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

func TestTheURLOfABucketIsReadStrictly(t *testing.T) {
	newBucket(t)
	for _, c := range []struct{ name, url, want string }{
		{"a key in it", "s3://AKID:very-secret@reviews?region=eu-central-1", "the URL of the bucket holds a key"},
		{"a key in the endpoint", "s3://reviews?region=eu-central-1&endpoint=https://AKID:very-secret@minio.example.com", "the URL of the bucket holds a key"},
		{"a key in what cannot be read", "s3://AKID:very-secret@reviews\x7f", "cannot be read"},
		{"no bucket", "s3://?region=eu-central-1", "names no bucket"},
		{"a path", "s3://reviews/team-a?region=eu-central-1", "s3://reviews?prefix=team-a%2F"},
		{"no region", "s3://reviews", "add region="},
		{"an unknown parameter", "s3://reviews?regoin=eu-central-1", `"regoin"`},
		{"a parameter that cannot be read", "s3://reviews?region=%zz", "write % as %25"},
		{"an endpoint without a scheme", "s3://reviews?region=eu-central-1&endpoint=minio:9000", "endpoint=https://minio.example.com:9000"},
		{"plain HTTP to another machine", "s3://reviews?region=us-east-1&endpoint=http://minio.example.com:9000", "minio.example.com:9000 would get the code unencrypted"},
		{"plain HTTP to Amazon", "s3://reviews?region=us-east-1&disable_https=true", "bucket reviews would get the code unencrypted"},
		{"neither directory nor bucket", "gs://reviews", "neither a directory nor s3://bucket"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := OpenBlobs(t.Context(), c.url, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "very-secret") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestPlainHTTPIsForWhatIsEncryptedAndForThisMachine(t *testing.T) {
	newBucket(t)
	c, _ := NewCipher(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	for url, c := range map[string]*Cipher{
		"s3://reviews?region=us-east-1&endpoint=http://minio.example.com:9000": c,
		"s3://reviews?region=us-east-1&endpoint=http://localhost:9000":         nil,
		"s3://reviews?region=us-east-1&endpoint=http://[::1]:9000":             nil,
	} {
		b, err := OpenBlobs(t.Context(), url, c)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		_ = b.Close()
	}
}

func FuzzLocation(f *testing.F) {
	for _, seed := range []string{"s3://b", "s3://a:b@c?region=x", "s3://b/p?endpoint=http://h:1&use_path_style=false", "s3://b?endpoint=%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, where string) {
		u, err := location("s3://" + where)
		if err != nil {
			return
		}
		if u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" {
			t.Errorf("%q is taken for %s", where, u)
		}
		again, err := location(u.String())
		if err != nil || again.String() != u.String() {
			t.Errorf("%q gives %s, which gives %v, %v", where, u, again, err)
		}
	})
}
