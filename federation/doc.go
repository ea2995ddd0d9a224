// Package federation lets repositories share their catalogs and lessons.
//
// It speaks OAI-PMH 2.0 in both directions. The wire is package oaipmh; this package knows what the records mean.
//
//	other repositories ── GET /oai ──▶ Provider ──▶ Records   (the catalog's list, rendered when written)
//	other repositories ◀── Harvester ──▶ crosswalk, license ──▶ Inbox   (page and watermark in one transaction)
//
// Provider answers a request without knowing of HTTP servers: arguments in, a page of XML out. It keeps no state: a
// resumption token carries its window and cursor, signed, so any node can answer any page at any time.
//
// Harvester lists what changed at a peer since the last complete round, maps every record with package metadata, judges
// its license with package licensing, and hands it to the Inbox page by page. A record that cannot be accepted goes to
// quarantine with the reason; the rest of its page is kept. A run ends complete, or with an error that says what is
// missing and what will happen next; never quietly in between. Peers are hostile until proven otherwise: every answer is
// bounded in size, depth and time, and every list in length.
//
// Records and Inbox are implemented by the catalog, and by federationtest.Memory, which passes the same tests.
package federation
