// Package web is where people and programs meet a server: pages, forms, the JSON API, OAI-PMH, git over HTTP and feeds.
//
// It is the only importer of fiber, and holds no rules of its own: a handler reads the request, asks one service, and
// turns the answer into a view for package themes or into JSON. Files are named by what they answer: page_*.go shows,
// form_*.go changes something from a browser, api_*.go serves programs, view_*.go makes views. routes.go lists every route;
// errors.go turns kinds of error into statuses.
//
// Three promises hold for every route. Reading sets no cookie. A request that changes something is refused if another
// site made the browser send it. A body is read within the bound of its route and no further.
package web
