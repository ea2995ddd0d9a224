// Package validate checks a repository against OAI-PMH 2.0 and its implementation guidelines, from outside, by asking it.
//
//	Run ──▶ session (requests, bounded and polite) ──▶ document (strict XML) ──▶ grammar (the schemas)
//	                                                        └──▶ checks: Identify, errors, lists, tokens, dates, sets, records, compression
//
// Every check has a name, a level (MUST, SHOULD or MAY) and the section that it comes from; List has them all. A check that
// a repository gives no occasion for, such as one of sets where it has none, is skipped and is no failure. A repository is
// never taken at its word in size: answers, depths, pages and requests are bounded.
package validate
