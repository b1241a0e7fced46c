package exchange

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"sync"
)

// Body is the body of an answer. Small ones are in memory, larger ones in a file, the
// largest only known by their length and digest.
type Body struct {
	data []byte
	buf  *bytes.Buffer // that holds the data
	home *sync.Pool    // where the buffer goes when it is not needed any more
	file *os.File
	size int64
	sum  string // of one that is not in memory
	cut  bool   // what is kept is only its beginning
}

// Size is the number of bytes that came.
func (b *Body) Size() int64 { return b.size }

// Kept tells whether all that came can be had from Bytes.
func (b *Body) Kept() bool { return !b.cut }

// SHA256 is the digest in hexadecimal digits.
func (b *Body) SHA256() string {
	if b.sum != "" {
		return b.sum
	}
	sum := sha256.Sum256(b.data)
	return hex.EncodeToString(sum[:])
}

// Same tells whether two bodies are the same bytes.
func (b *Body) Same(o *Body) bool {
	if b.size != o.size {
		return false
	}
	if b.sum == "" && o.sum == "" {
		return bytes.Equal(b.data, o.data)
	}
	return b.SHA256() == o.SHA256()
}

// Bytes gives what is kept, at most limit bytes of it.
func (b *Body) Bytes(limit int64) ([]byte, error) {
	if b.file == nil {
		return b.data[:min(int64(len(b.data)), limit)], nil
	}
	info, err := b.file.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading a stored body: %w", err)
	}
	data := make([]byte, min(info.Size(), limit))
	if _, err := b.file.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading a stored body: %w", err)
	}
	return data, nil
}

// Close gives back what the body takes up. What Bytes gave is not valid any more.
func (b *Body) Close() {
	b.release()
	if b.file != nil {
		_ = b.file.Close()
		_ = os.Remove(b.file.Name())
	}
	b.file = nil
}

func (b *Body) release() {
	if b.buf != nil {
		b.home.Put(b.buf)
	}
	b.buf, b.data = nil, nil
}

// read takes a body in, as far as it comes. Of a length that is known the buffer is
// made at once.
func (c *Client) read(b *Body, from io.Reader, length int64) error {
	buf, _ := c.buffers.Get().(*bytes.Buffer)
	if buf == nil {
		buf = new(bytes.Buffer)
	}
	buf.Reset()
	if length > 0 {
		buf.Grow(int(min(length, c.opt.MemoryBody)) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(io.LimitReader(from, c.opt.MemoryBody))
	b.buf, b.home, b.data, b.size = buf, &c.buffers, buf.Bytes(), int64(buf.Len())
	if err != nil || b.size < c.opt.MemoryBody {
		return err
	}
	return c.spill(b, from)
}

// spill writes a body that is too large for memory to a file, and only counts and
// hashes what is too large for that.
func (c *Client) spill(b *Body, from io.Reader) (err error) {
	var first [1]byte
	n, err := io.ReadFull(from, first[:])
	if n == 0 { // it just fitted
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return err
	}
	sum := sha256.New()
	sum.Write(b.data)
	sum.Write(first[:])
	if b.file, err = os.CreateTemp("", "scrum-parity-*"); err != nil {
		return fmt.Errorf("storing a large body: %w", err)
	}
	_, err = b.file.Write(append(b.data, first[0]))
	b.size++
	b.release()
	if err != nil {
		return fmt.Errorf("storing a large body: %w", err)
	}
	err = b.store(from, sum, c.opt.KeepBody)
	b.sum = hex.EncodeToString(sum.Sum(nil))
	return err
}

func (b *Body) store(from io.Reader, sum hash.Hash, keep int64) error {
	n, err := io.CopyN(io.MultiWriter(b.file, sum), from, keep-b.size)
	b.size += n
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	n, err = io.Copy(sum, from)
	b.size += n
	b.cut = n > 0
	return err
}

// NewBody is a body that came from elsewhere.
func NewBody(data []byte) *Body { return &Body{data: data, size: int64(len(data))} }
