// Package overview is the page of a gauntlet: its verdict, its phases, what each of them
// has shown, and what has changed since the last run that passed.
//
// [Read] takes it from the directory of a run, where each phase has left its evidence,
// and [Write] makes one HTML file of it. Nothing is judged here: what evidence is worth
// and what follows from it stands in the assessment.
package overview
