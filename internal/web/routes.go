package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/federation"
)

// Bounds of what a request may bring, by what it is for.
const (
	prefetched  = 64 << 10  // of any body, read ahead with the head
	formLimit   = 4 << 20   // a form: a lesson's text and its fields
	uploadLimit = 256 << 20 // a zip of a folder
	gitLimit    = 16 << 20  // what a git client wants and has
	tinyLimit   = 64 << 10
)

// Deadlines of a request's work.
const (
	pageTime   = 20 * time.Second
	writeTime  = time.Minute
	failTime   = 5 * time.Second // to say that something did not work
	remixTime  = 3 * time.Minute
	uploadTime = 15 * time.Minute
	gitTime    = 15 * time.Minute
)

// routes lists everything that this server answers.
func (s *Server) routes(app *fiber.App) {
	app.Use(s.identified, s.clocked, s.unread, s.recovered, s.headers, s.themed, s.sameOrigin, s.measure, s.limited, s.resumable)
	if s.o.Only != nil {
		app.Use(func(c *fiber.Ctx) error {
			if !s.o.Only(c.Path()) {
				return fiber.ErrNotFound
			}
			return c.Next()
		})
	}

	app.Get("/", s.home)
	app.Get("/search", s.search)
	app.Get("/search.atom", s.searchAtom)
	app.Get("/opensearch.xml", s.openSearch)
	app.Get("/suggest.js", s.script)
	app.Get("/editor.js", s.editorFile)
	app.Get("/id/:id", s.permalink)
	app.Get("/id/:id/remix", s.remixForm)
	app.Post("/id/:id/remix", s.remixSend)
	app.Get("/id/:id/report", s.reportForm)
	app.Post("/id/:id/report", s.reportSend)
	app.Post("/id/:id/appeal", s.appealSend)
	app.Get("/id/:id/suggest", s.letterForm)
	app.Post("/id/:id/suggest", s.letterSend)
	app.Get("/standards", s.frameworks)
	app.Get("/standards/:framework", s.framework)
	app.Get("/standards/:framework/coverage", s.coverage)
	app.Get("/standards/:framework/*", s.statement)
	app.Get("/licenses", s.licenses)
	app.Get("/licenses/explore", s.explore)
	app.Get("/licenses/chart", s.charts)
	app.Get("/lists", s.lists)
	app.Post("/lists", s.listCreate)
	app.Get("/lists.json", s.listsIndex)
	app.Get("/lists/new", s.listNew)
	app.Get("/lists/allowed_signers", s.allowedSigners)
	app.Get("/lists/:slug", s.listGet)
	app.Get("/lists/:slug/newer", s.listNewer)
	app.Post("/lists/:slug/judge", s.listJudge)
	app.Post("/lists/:slug/entry", s.listAmend)
	app.Post("/lists/:slug/add", s.listAdd)
	app.Get("/lists/:slug/letter", s.listLetter)
	app.Get("/lists/:slug/log", s.listLog)
	app.Get("/lists/:slug/savings", s.listSavings)
	app.Get("/lists/:slug/:id", s.listEntry)
	app.Get("/grants", s.grants)
	app.Get("/boards/:board", s.board)
	app.Get("/boards/:board/rubrics/:rubric", s.rubric)
	app.Post("/boards/:board/rubrics", s.rubricSave)
	app.Get("/boards/:board/calls/new", s.callNew)
	app.Post("/boards/:board/calls", s.callCreate)
	app.Get("/calls/:call", s.callPage)
	app.Post("/calls/:call", s.callSend)
	app.Get("/calls/:call/sheet.csv", s.callSheetGet)
	app.Get("/calls/:call/sheet", s.callSheet)
	app.Post("/calls/:call/sheet", s.callSheetSend)
	app.Get("/calls/:call/log", s.callLog)
	app.Get("/calls/:call/:number", s.submission)
	app.Post("/calls/:call/:number", s.submissionSend)
	app.Get("/peers", s.peers)
	app.Post("/peers", s.peerAdd)
	app.Post("/peers/preview", s.peerPreview)
	app.Post("/peers/harvest", s.peerHarvest)
	app.Post("/peers/replay", s.peerReplay)
	app.Post("/peers/settings", s.peerSave)
	app.Post("/peers/pause", s.peerPause)
	app.Post("/peers/remove", s.peerRemove)
	app.Get("/peers/letters", s.letters)
	app.Post("/peers/letters", s.letterRelease)
	app.Get("/peers/:name", s.peer)
	app.Get("/peers/:name/remove", s.peerAsk)
	app.Post("/peers/:name/key", s.peerKey)
	app.Get("/peers/:name/quarantine", s.peerQuarantine)
	app.Get("/peers/:name/quarantine/:id", s.peerRaw)
	app.Get("/new", s.newForm)
	app.Post("/new", s.newSend)
	app.Post("/new/unit", s.unitSend)
	app.Get("/account", s.account)
	app.Get("/account/news", s.news)
	app.Post("/account/tokens", s.tokenCreate)
	app.Post("/account/tokens/revoke", s.tokenRevoke)
	app.Post("/account/sessions", s.sessionEnd)
	app.Post("/account/identities", s.identityRemove)
	app.Get("/account/export", s.accountExport)
	app.Get("/account/erase", s.accountEraseForm)
	app.Post("/account/erase", s.accountErase)
	app.Get("/teams", s.teams)
	app.Post("/teams", s.teamCreate)
	app.Get("/teams/:team", s.team)
	app.Post("/teams/:team", s.teamSend)
	app.Get("/invitations/:secret", s.invitation)
	app.Post("/invitations/:secret", s.invitationSend)
	app.Get("/preview/:secret", s.previewGet)
	app.Get("/preview/:secret/*", s.previewGet)
	app.Get("/status", s.status)
	app.Get("/audit", s.audit)
	app.Get("/audit.jsonl", s.auditFile)
	app.Get("/moderation", s.moderation)
	app.Post("/moderation/reports", s.reportClose)
	app.Get("/moderation/takedown", s.takedownForm)
	app.Post("/moderation/takedown", s.takedownSend)
	app.Post("/moderation/restore", s.takedownLift)
	app.Post("/moderation/appeals", s.appealRefuse)
	app.Post("/moderation/blocks", s.blockSend)
	app.Get("/moderation/erase", s.eraseForm)
	app.Post("/moderation/erase", s.eraseSend)
	app.Get("/sign-in", s.signInForm)
	app.Post("/sign-in", s.signInSend)
	app.Get("/sign-in/with/:provider", s.signInWith)
	app.Get("/sign-in/with/:provider/back", s.signInBack)
	app.Get("/sign-in/name", s.nameForm)
	app.Post("/sign-in/name", s.nameSend)
	app.Post("/sign-out", s.signOut)
	app.Post("/language", s.chooseLanguage)
	app.Post("/look", s.chooseLook)
	app.Get("/privacy", s.privacy)
	app.Get("/oembed", s.oembed)
	app.Get("/statistics", s.statistics)
	app.Get("/offline", s.offline)
	app.Get("/offline.js", s.offlineScript)
	app.Get("/worker.js", s.offlineWorker)
	app.Get("/site.webmanifest", s.manifest)

	app.All("/r/:owner/*/info/lfs/*", s.lfs)
	app.Get("/media/:oid", s.mediaGet)
	app.Put("/media/:oid", s.mediaPut)
	app.Post("/media/verify/:oid", s.mediaVerify)
	app.Get("/r/:owner", s.owner)
	app.Get("/r/:owner/*", s.resourceGet)
	app.Post("/r/:owner/*", s.resourcePost)

	app.Get("/oai", s.oai)
	app.Post("/oai", s.oai)
	app.Get("/oai/lrmi.xsd", s.oaiSchema)

	api := app.Group("/api/v1")
	api.Get("/openapi.json", s.apiDescription)
	api.Get("/search", s.apiSearch)
	api.Get("/suggest", s.apiSuggest)
	api.Get("/standards/:code", s.apiStandard)
	api.Get("/changes", s.apiChanges)
	api.Get("/licenses/normalize", s.apiNormalize)
	api.Post("/licenses/evaluate", s.apiEvaluate)
	api.Post("/suggestions", s.apiLetter)
	api.Get("/suggestions/:name", s.apiLetterState)
	api.Post("/resources", s.apiPublish)
	api.Get("/resources/:id", s.apiResource)
	api.Put("/resources/:id", s.apiRevise)
	api.Get("/resources/:id/report", s.apiResourceReport)
	api.Get("/resources/:id/releases", s.apiReleases)
	api.Post("/resources/:id/releases", s.apiReleaseMake)
	api.Get("/resources/:id/releases/planned", s.apiPlans)
	api.Delete("/resources/:id/releases/planned/:version", s.apiUnplan)
	api.Post("/resources/:id/remix", s.apiRemix)

	app.Get(federation.AboutPath, s.aboutServer)
	app.Get("/healthz", s.healthy)
	app.Get("/readyz", s.ready)
	app.Get("/metrics", s.metrics)
	app.Get("/logo.svg", s.logo)
	app.Get("/favicon.ico", s.logo)
	app.Get("/robots.txt", s.robots)
	app.Get("/sitemap.xml", s.sitemap)
	app.Get("/sitemap-:n", s.sitemapPart)
	app.Get("/.well-known/resourcesync", s.syncSource)
	app.Get("/resourcesync/capabilitylist.xml", s.syncCapabilities)
	app.Get("/resourcesync/resourcelist.xml", s.syncResources)
	app.Get("/resourcesync/resourcelist-:n", s.syncResourcePart)
	app.Get("/resourcesync/changelist.xml", s.syncChanges)
	app.Get("/resourcesync/changelist-:n", s.syncChangePart)
	app.Get("/feed.atom", s.atom)
	app.Get("/releases.atom", s.releasesAtom)

	app.Use(func(*fiber.Ctx) error { return fiber.ErrNotFound })
}
