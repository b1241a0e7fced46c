// Package doctor looks at everything that a review needs, and says of each what is wrong
// and what to do.
//
// Nothing of the repository is sent. Providers are asked for their list of models, which
// costs nothing; with Options.Ask every model gets one small question, which shows
// whether it streams, keeps to the schema, and is the model that was asked for.
package doctor
