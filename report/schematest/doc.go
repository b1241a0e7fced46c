// Package schematest makes the JSON Schema of a document from its Go type, and holds
// documents to it. Only tests import it: the program has the schemas as files, and the
// tests hold the files to the types.
package schematest
