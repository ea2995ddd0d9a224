// Package licensing answers three questions about openly licensed teaching material: what license does this text mean,
// may these works be combined under that license, and what must the person who does so write down.
//
// It gives information, not legal advice, and every page that shows an answer says so.
//
// [Normalize] reads what people write (an address, a code, a name in English or Spanish, a sentence) into a [Reading]:
// an [ID], how certain it is, and the characters that said so. It never drops an element, invents a version, drops a
// port or repairs an id that does not exist: what is not known stays not known. [Reading.License] is what to store; the
// empty ID means "not cleared".
//
// [Lookup] turns an ID into a [License]: its title, its address, what it permits and what it asks for in plain words.
//
// [Evaluate] answers a [Question] with a [Verdict], the reasons for it, the obligations that follow and the licenses
// that the result may carry. [Graph.Outputs] asks the same for a remix form. Both count every ancestor in the graph of
// works, not only the direct parents: a ShareAlike work three remixes ago still binds.
//
// [Attribute] writes the credit for a work of a graph as text, Markdown, HTML and JSON-LD, in English or Spanish.
//
// The facts are the JSON files in data, with their sources; docs/licensing.md is made from them by [Rules]. The package
// needs nothing but the standard library, keeps no state, and bounds its work on hostile input.
package licensing
