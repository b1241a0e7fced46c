// Package demo has the sample change that `scrum demo` reviews: a repository of
// a few components with planted defects, and the answers of three scripted
// models. [WriteSample] makes the repository, [Script] answers for the models.
//
// Nothing here reviews anything: the demo is an ordinary run on this sample.
package demo
