// Package injection finds texts in a change that speak to its reviewer: that tell a
// model to approve, to ignore its instructions or to report nothing, that imitate
// the fence around the diff, the answer or the chat itself, or that no person sees.
//
// Most users need one function: [Find] looks through the lines and the names of a
// change. [InText] does it for a text that is no diff, such as guidance or a commit
// message.
//
// What is found is no proof of malice: prompts, their tests and the manuals of
// review tools say such things for good reasons. It is for a person to look at. And
// what is not found proves nothing: words can always be chosen that no list has.
package injection
