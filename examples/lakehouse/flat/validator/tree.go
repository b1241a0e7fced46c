package validator

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// shape is the kind of a JSON value, as a message says it.
type shape string

const (
	isObject  shape = "an object"
	isList    shape = "a list"
	isString  shape = "a string"
	isNumber  shape = "a number"
	isBoolean shape = "a boolean"
	isNull    shape = "null"
)

// node is a JSON value. Names that stand twice are kept.
type node struct {
	shape shape
	text  string   // of a string what it says, of a number its digits
	names []string // of an object
	items []node   // of an object and a list
}

// grow reads a JSON text. The text must be valid, which bounds how deep it goes.
func grow(text []byte) (node, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return next(dec)
}

func next(dec *json.Decoder) (node, error) {
	token, err := dec.Token()
	if err != nil {
		return node{}, fmt.Errorf("reading JSON: %w", err)
	}
	switch v := token.(type) {
	case json.Delim:
		return branch(dec, v)
	case string:
		return node{shape: isString, text: v}, nil
	case json.Number:
		return node{shape: isNumber, text: v.String()}, nil
	case bool:
		return node{shape: isBoolean}, nil
	}
	return node{shape: isNull}, nil
}

func branch(dec *json.Decoder, open json.Delim) (node, error) {
	n := node{shape: isList}
	if open == '{' {
		n.shape = isObject
	}
	for dec.More() {
		if n.shape == isObject {
			name, err := next(dec)
			if err != nil {
				return node{}, err
			}
			n.names = append(n.names, name.text)
		}
		item, err := next(dec)
		if err != nil {
			return node{}, err
		}
		n.items = append(n.items, item)
	}
	_, err := dec.Token() // what closes it
	return n, err
}

// field gives a member of an object by its exact name.
func (n node) field(name string) (node, bool) {
	for i, have := range n.names {
		if have == name {
			return n.items[i], true
		}
	}
	return node{}, false
}
