// Package ollama_test asks a real Ollama server for reviews, with a model that
// costs nothing to run: a toy of a few hundred kilobytes, made here. It has random
// weights, so its answers are noise; its tokens are counted like any other's.
package ollama_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// toy is the shape of a llama model that is as small as engines take.
type toy struct {
	context     int // what it claims to be trained for
	width       int // of an embedding
	heads       int
	feedForward int
	seed        uint64
}

func smallest(context int) toy {
	return toy{context: context, width: 64, heads: 4, feedForward: 128, seed: 1}
}

// Value types and tensor types of GGUF, version 3.
const (
	ggufUint32  = uint32(4)
	ggufInt32   = uint32(5)
	ggufFloat32 = uint32(6)
	ggufBool    = uint32(7)
	ggufString  = uint32(8)
	ggufArray   = uint32(9)

	ggufVersion   = uint32(3)
	ggufAlignment = 32
	ggmlFloat32   = uint32(0)
)

// write makes the model's file: a header, the metadata, what the tensors are called
// and where they lie, then the tensors.
func (m toy) write(w io.Writer) error {
	tensors := m.tensors()
	pairs := m.metadata()
	var head bytes.Buffer
	head.WriteString("GGUF")
	put(&head, ggufVersion, uint64(len(tensors)), uint64(len(pairs)))
	for _, p := range pairs {
		putString(&head, p.key)
		p.put(&head)
	}
	offset := 0
	for _, t := range tensors {
		putString(&head, t.name)
		put(&head, uint32(len(t.shape)))
		for _, n := range t.shape {
			put(&head, uint64(n))
		}
		put(&head, ggmlFloat32, uint64(offset))
		offset += aligned(4 * t.elements())
	}
	head.Write(make([]byte, aligned(head.Len())-head.Len()))
	if _, err := w.Write(head.Bytes()); err != nil {
		return fmt.Errorf("writing the header: %w", err)
	}
	noise := rand.New(rand.NewPCG(m.seed, m.seed))
	for _, t := range tensors {
		if _, err := w.Write(t.values(noise)); err != nil {
			return fmt.Errorf("writing %s: %w", t.name, err)
		}
	}
	return nil
}

// tensor is a matrix or a vector, its fastest dimension first.
type tensor struct {
	name  string
	shape []int
}

func (m toy) tensors() []tensor {
	kept, matrix := []int{m.width}, []int{m.width, m.width}
	vocabulary := []int{m.width, len(m.vocabulary())}
	return []tensor{
		{"token_embd.weight", vocabulary},
		{"blk.0.attn_norm.weight", kept},
		{"blk.0.attn_q.weight", matrix},
		{"blk.0.attn_k.weight", matrix},
		{"blk.0.attn_v.weight", matrix},
		{"blk.0.attn_output.weight", matrix},
		{"blk.0.ffn_norm.weight", kept},
		{"blk.0.ffn_gate.weight", []int{m.width, m.feedForward}},
		{"blk.0.ffn_up.weight", []int{m.width, m.feedForward}},
		{"blk.0.ffn_down.weight", []int{m.feedForward, m.width}},
		{"output_norm.weight", kept},
		{"output.weight", vocabulary},
	}
}

func (t tensor) elements() int {
	n := 1
	for _, d := range t.shape {
		n *= d
	}
	return n
}

// values are small and random; those of a norm are one.
func (t tensor) values(noise *rand.Rand) []byte {
	out := make([]byte, 0, aligned(4*t.elements()))
	w := bytes.NewBuffer(out)
	for range t.elements() {
		v := float32(1)
		if len(t.shape) > 1 {
			v = float32(noise.NormFloat64() * 0.1)
		}
		put(w, v)
	}
	w.Write(make([]byte, aligned(w.Len())-w.Len()))
	return w.Bytes()
}

// pair is one entry of the metadata.
type pair struct {
	key string
	put func(*bytes.Buffer)
}

func (m toy) metadata() []pair {
	words := m.vocabulary()
	return []pair{
		text("general.architecture", "llama"),
		text("general.name", "toy"),
		number("general.file_type", ggmlFloat32),
		number("llama.context_length", uint32(m.context)),
		number("llama.embedding_length", uint32(m.width)),
		number("llama.block_count", 1),
		number("llama.feed_forward_length", uint32(m.feedForward)),
		number("llama.attention.head_count", uint32(m.heads)),
		number("llama.attention.head_count_kv", uint32(m.heads)),
		number("llama.rope.dimension_count", uint32(m.width/m.heads)),
		number("llama.vocab_size", uint32(len(words))),
		{"llama.attention.layer_norm_rms_epsilon", func(b *bytes.Buffer) { put(b, ggufFloat32, float32(1e-5)) }},
		text("tokenizer.ggml.model", "llama"),
		{"tokenizer.ggml.tokens", func(b *bytes.Buffer) {
			put(b, ggufArray, ggufString, uint64(len(words)))
			for _, w := range words {
				putString(b, w.text)
			}
		}},
		{"tokenizer.ggml.scores", func(b *bytes.Buffer) {
			put(b, ggufArray, ggufFloat32, uint64(len(words)), make([]float32, len(words)))
		}},
		{"tokenizer.ggml.token_type", func(b *bytes.Buffer) {
			put(b, ggufArray, ggufInt32, uint64(len(words)))
			for _, w := range words {
				put(b, w.kind)
			}
		}},
		number("tokenizer.ggml.unknown_token_id", 0),
		number("tokenizer.ggml.bos_token_id", 1),
		number("tokenizer.ggml.eos_token_id", 2),
		{"tokenizer.ggml.add_bos_token", func(b *bytes.Buffer) { put(b, ggufBool, true) }},
		{"tokenizer.ggml.add_space_prefix", func(b *bytes.Buffer) { put(b, ggufBool, false) }},
	}
}

func text(key, value string) pair {
	return pair{key, func(b *bytes.Buffer) { put(b, ggufString); putString(b, value) }}
}

func number(key string, value uint32) pair {
	return pair{key, func(b *bytes.Buffer) { put(b, ggufUint32, value) }}
}

// word is an entry of the vocabulary.
type word struct {
	text string
	kind int32
}

// vocabulary has a token for every byte, and one for the space, which this kind of
// tokenizer spells "▁": a text has about as many tokens as bytes.
func (toy) vocabulary() []word {
	const normal, unknown, control, octet = 1, 2, 3, 6
	words := []word{{"<unk>", unknown}, {"<s>", control}, {"</s>", control}}
	for b := range 256 {
		words = append(words, word{fmt.Sprintf("<0x%02X>", b), octet})
	}
	return append(words, word{"▁", normal})
}

func put(b *bytes.Buffer, values ...any) {
	for _, v := range values {
		// It fails for values without a fixed size only, and there are none.
		if err := binary.Write(b, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
}

func putString(b *bytes.Buffer, s string) {
	put(b, uint64(len(s)))
	b.WriteString(s)
}

func aligned(n int) int { return (n + ggufAlignment - 1) / ggufAlignment * ggufAlignment }

// Engines map the file and believe its offsets, so they must be right to the byte.
func TestAToyModelHoldsTheTensorsWhereItsHeaderSays(t *testing.T) {
	m := smallest(256)
	var file, again bytes.Buffer
	if err := m.write(&file); err != nil {
		t.Fatal(err)
	}
	if err := m.write(&again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file.Bytes(), again.Bytes()) {
		t.Error("one model has two files")
	}
	size := 0
	for _, tensor := range m.tensors() {
		size += aligned(4 * tensor.elements())
	}
	header := file.Len() - size
	if header <= 0 || header%ggufAlignment != 0 {
		t.Fatalf("the tensors begin at byte %d, off the alignment of %d", header, ggufAlignment)
	}
	// The first tensor is noise; the one after it is a norm, all ones.
	norm := file.Bytes()[header+aligned(4*m.tensors()[0].elements()):]
	for i := range m.width {
		if one := []byte{0, 0, 0x80, 0x3f}; !bytes.Equal(norm[4*i:4*i+4], one) {
			t.Fatalf("value %d of %s is % x, want % x", i, m.tensors()[1].name, norm[4*i:4*i+4], one)
		}
	}
	if file.Len() > 1<<20 {
		t.Errorf("the toy has %d bytes", file.Len())
	}
}
