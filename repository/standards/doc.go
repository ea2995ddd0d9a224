// Package standards knows sets of educational standards: it reads frameworks in 1EdTech CASE, understands codes as
// people write them, and answers what lies above and below a statement.
//
// A code is an alias, never a key: real frameworks use one code for several statements. The key of a statement is its
// CASE GUID where its framework is imported. Where it is not, the code's own grammar and the lists of codes that this
// package carries (identifiers and hierarchy only, no text) still name the family, the canonical code and what lies
// above it, with the resolution Pattern. What is unknown stays unknown: nothing is guessed.
package standards
