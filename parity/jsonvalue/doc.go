// Package jsonvalue reads JSON without loss: numbers keep their spelling, objects the
// order of their members and names that stand there twice, strings lone surrogates.
//
// It is stricter than encoding/json where that package guesses: text that is no valid
// UTF-8 is refused instead of replaced, and so is what follows the value.
package jsonvalue
