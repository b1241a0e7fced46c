// Package cluster asks the seats of a review on a Temporal cluster: a workflow a review,
// an activity a seat, a task queue a provider.
//
// It wires and decides nothing. Who submits reads the change, packs it, masks it and makes
// the requests as a review on one machine does, and counts the answers with the same code;
// [Fan] only takes the place of the panel between the two. A worker asks with the same
// reviewers ([Worker]). What is waited for, retried, limited and remembered between them is
// Temporal's.
//
// Requests and answers do not go through Temporal's history: they are in a blob store
// ([Blobs]), and the history has their names.
package cluster
