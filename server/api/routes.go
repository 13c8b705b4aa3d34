package api

import (
	"pocketpass/server/access"
	"pocketpass/store"
)

// Who may call an operation.
var (
	admins  = []store.Role{store.Admin}
	issuers = []store.Role{store.Admin, store.Issuer}
	readers = []store.Role{store.Admin, store.Issuer, store.Viewer}
	tills   = []store.Role{store.Admin, store.Issuer, store.Scanner}
)

// routes lists every operation.
func (a *API) routes() {
	s := a.section("certificates", "Pass Type ID certificates. Private keys never leave the server.")
	register(s, operation{route: "POST /certificates/requests", id: "requestCertificate", roles: admins, located: true, status: 201, once: true,
		summary: "Make a key and a certificate request", about: "Upload the request at Apple's portal, then hand the certificate that you get to importCertificate, weeks later if need be."}, a.requestCertificate)
	register(s, operation{route: "POST /certificates", id: "importCertificate", roles: admins, located: true, status: 201,
		summary: "Take in a certificate", about: "Key and intermediate are looked for in the files and in what is stored. Nothing is kept before a test signature was verified. What was requested as a renewal has to be for the same pass type identifier and team."}, a.importCertificate)
	register(s, operation{route: "POST /certificates/intermediates", id: "keepIntermediates", roles: admins, status: 201,
		summary: "Keep an intermediate for later imports", about: "Needed where the server has no way out to fetch it."}, a.keepIntermediates)
	register(s, operation{route: "GET /certificates", id: "listCertificates", roles: readers, summary: "List certificates"}, a.certificates)
	register(s, operation{route: "GET /certificates/{id}", id: "getCertificate", roles: readers, summary: "Get a certificate's state"}, a.certificate)
	register(s, operation{route: "GET /certificates/{id}/request", id: "getCertificateRequest", roles: readers, media: mediaPKCS10,
		summary: "Download the certificate request", about: "PEM."}, a.certificateRequest)
	register(s, operation{route: "DELETE /certificates/{id}", id: "deleteCertificate", roles: admins, status: 204,
		summary: "Delete a certificate with its key", about: "The last one of a pass type that a campaign uses is kept."}, a.deleteCertificate)

	register(s, operation{route: "POST /push-certificates", id: "keepPushCertificate", roles: admins, status: 201,
		summary: "Announce passes of a type with another certificate", about: "For passes that are sealed elsewhere, in place of the one before: it signs nothing. Apple says whether it is good; here it has to be valid and not of another pass type."}, a.keepPushCertificate)
	register(s, operation{route: "GET /push-certificates/{passTypeIdentifier}", id: "getPushCertificate", roles: readers, summary: "Get the certificate that passes of a type are announced with"}, a.pushCertificate)
	register(s, operation{route: "DELETE /push-certificates/{passTypeIdentifier}", id: "deletePushCertificate", roles: admins, status: 204,
		summary: "Delete it with its key", about: "Passes of the type are then announced with the certificate that signs them, if there is one."}, a.deletePushCertificate)

	s = a.section("assets", "Images, prepared for their place on a pass.")
	register(s, operation{route: "POST /assets", id: "addAsset", roles: issuers, located: true, status: 201, once: true,
		summary: "Upload an image", about: "Cut and scaled for its kind and style, without metadata."}, a.addAsset)
	register(s, operation{route: "GET /assets", id: "listAssets", roles: readers, summary: "List images"}, a.assets)
	register(s, operation{route: "GET /assets/{id}", id: "getAsset", roles: readers, summary: "Get an image's sizes"}, a.asset)
	register(s, operation{route: "GET /assets/{id}/{image}", id: "getAssetImage", roles: readers, media: mediaPNG, summary: "Download an image at a scale"}, a.assetImage)

	s = a.section("campaigns", "The rules that passes live under.")
	register(s, operation{route: "POST /campaigns", id: "createCampaign", roles: issuers, located: true, status: 201, once: true, tagged: true,
		summary: "Create a campaign", about: "With a template it is ready to issue."}, a.createCampaign)
	register(s, operation{route: "GET /campaigns", id: "listCampaigns", roles: readers, summary: "List campaigns"}, a.campaigns)
	register(s, operation{route: "GET /campaigns/{id}", id: "getCampaign", roles: readers, tagged: true, summary: "Get a campaign with its counters"}, a.campaign)
	register(s, operation{route: "PATCH /campaigns/{id}", id: "changeCampaign", roles: issuers, match: true, tagged: true,
		summary: "Change a campaign", about: "Passes that were issued are served whatever the state, those of an invalid campaign void and without barcode; only an active campaign issues. Null takes a setting away."}, a.changeCampaign)
	register(s, operation{route: "GET /campaigns/{id}/places", id: "getPlaces", roles: readers, tagged: true, summary: "List a campaign's places and beacons"}, a.places)
	register(s, operation{route: "PUT /campaigns/{id}/places", id: "setPlaces", roles: issuers, match: true, tagged: true,
		summary: "Replace a campaign's places and beacons", about: "A pass shows ten of each: its own, then its template's, then these; of too many places the nearest to its holder. Phones are told. The ETag is that of the campaign.", example: examplePlaces}, a.setPlaces)
	register(s, operation{route: "POST /campaigns/{id}/codes", id: "addCodes", roles: issuers,
		summary: "Add codes to a campaign's list", about: "Up to 100,000 in a call. Codes that are known are passed over, so a call that broke off may be repeated. If one cannot be a code, none is added."}, a.addCodes)

	register(s, operation{route: "POST /campaigns/{id}/merge", id: "mergeCampaign", roles: issuers, located: true, status: 202, once: true,
		summary: "Bring pinned passes of all templates to the revisions in force", about: "A job, as for one template."}, a.mergeCampaign)

	s = a.section("links", "Pages through which people without a key come to their passes.")
	register(s, operation{route: "POST /campaigns/{id}/links", id: "createLinks", roles: issuers, located: true, status: 201, once: true, tagged: true,
		summary: "Make a link, or several", about: "Its page asks for the fields of the template that are marked ask, and for details of a person. Whoever fills it in is somebody new: nobody has proven that an address is theirs. Where the campaign counts the passes of a person, the link to the pass is mailed, if the server can. With links the answer is a list.", example: exampleLink}, a.createLinks)
	register(s, operation{route: "GET /campaigns/{id}/links", id: "listLinks", roles: readers, summary: "List a campaign's links", about: "Without their long texts."}, a.links)
	register(s, operation{route: "GET /links/{id}", id: "getLink", roles: readers, tagged: true, summary: "Get a link"}, a.link)
	register(s, operation{route: "PATCH /links/{id}", id: "changeLink", roles: issuers, match: true, tagged: true,
		summary: "Change a link", about: "Its address stays.", example: exampleLinkChange}, a.changeLink)
	register(s, operation{route: "DELETE /links/{id}", id: "closeLink", roles: issuers, status: 204, summary: "Close a link", about: "Its page says so; passes that came of it stay."}, a.closeLink)
	register(s, operation{route: "GET /campaigns/{id}/form", id: "getCampaignForm", roles: readers, summary: "List what a form of your own may ask for", about: "Of the campaign's default template. Send the answers as values of issuePass."}, a.campaignForm)
	register(s, operation{route: "GET /passes/{id}/consents", id: "listConsents", roles: readers, summary: "List what the holder of a pass agreed to", about: "The newest 100."}, a.consents)

	s = a.section("templates", "How passes look. A change is a draft until it is published.")
	register(s, operation{route: "POST /campaigns/{campaign}/templates", id: "createTemplate", roles: issuers, located: true, status: 201, once: true, tagged: true,
		summary: "Create a template", about: "The campaign's first template becomes its default. Passes are issued from it once it is published.", example: exampleTemplate}, a.createTemplate)
	register(s, operation{route: "GET /campaigns/{campaign}/templates", id: "listTemplates", roles: readers, summary: "List a campaign's templates"}, a.templates)
	register(s, operation{route: "GET /templates/{id}", id: "getTemplate", roles: readers, tagged: true, summary: "Get a template with its draft and what the checks say of it"}, a.template)
	register(s, operation{route: "PATCH /templates/{id}", id: "changeTemplate", roles: issuers, match: true, tagged: true,
		summary: "Change a template's draft", about: "Phones see nothing of it until it is published. State and limits hold at once.", example: exampleTemplate}, a.changeTemplate)
	register(s, operation{route: "POST /templates/{id}/publish", id: "publishTemplate", roles: issuers, match: true, tagged: true,
		summary: "Put the draft in force", about: "Every pass that follows the template shows it; their phones are told."}, a.publishTemplate)
	register(s, operation{route: "POST /templates/{id}/push", id: "pushTemplate", roles: issuers, status: 204,
		summary: "Tell phones of a template's passes to ask for them", about: "After it was published quietly."}, a.pushTemplate)
	register(s, operation{route: "POST /templates/{id}/merge", id: "mergeTemplate", roles: issuers, located: true, status: 202, once: true,
		summary: "Bring pinned passes to the revision in force", about: "A job: the template's values of fixed fields go over every pass, those of dynamic ones are kept. The passes stay pinned, to that revision."}, a.mergeTemplate)
	register(s, operation{route: "GET /templates/{id}/revisions", id: "listRevisions", roles: readers, summary: "List what was published"}, a.revisions)
	register(s, operation{route: "GET /templates/{id}/revisions/{number}", id: "getRevision", roles: readers, summary: "Get a published design"}, a.revision)

	s = a.section("passes", "Issued cards.")
	register(s, operation{route: "POST /campaigns/{campaign}/passes", id: "issuePass", roles: issuers, located: true, status: 201, once: true, tagged: true,
		summary: "Issue a pass", about: "What a phone would refuse is refused here, with findings.", example: exampleOrder}, a.issuePass)
	register(s, operation{route: "PUT /campaigns/{campaign}/passes/by-external-id/{externalId}", id: "upsertPass", roles: issuers, located: true, status: 201, also: 200, tagged: true,
		summary: "Issue a pass under your own id, or change it", about: "201 if it was issued; 200 if there was one, which is then changed as changePass does. Template, serial number and other ids, code, token, hidden and pinned count for a new one only. A pass without a holder gets the one that is given; of another the details change, and somebody else is refused as holder_other.", example: exampleUpsert}, a.upsertPass)
	register(s, operation{route: "GET /passes", id: "listPasses", roles: access.Any,
		summary: "List or look up passes", about: "All filters have to hold. With externalId, with campaign and localId, or with serialNumber and passTypeIdentifier, the list has one item or none; a key of the role scanner has to give them, or a code."}, a.passes)
	register(s, operation{route: "GET /passes.csv", id: "downloadPassTable", roles: readers, media: mediaCSV,
		summary: "Download passes as a table", about: "With the filters of listPasses. No cell is taken for a formula by spreadsheets. An import reads the table back."}, a.passTable)
	register(s, operation{route: "GET /passes/{id}", id: "getPass", roles: access.Any, tagged: true, summary: "Get a pass"}, a.pass)
	register(s, operation{route: "PATCH /passes/{id}", id: "changePass", roles: issuers, match: true, tagged: true,
		summary: "Change a pass", about: "Its phones are told, unless nothing changed that they show.", example: exampleChange}, a.changePass)
	register(s, operation{route: "POST /passes/{id}/preview", id: "previewPass", roles: issuers,
		summary: "Say what a change of a pass would do", about: "The body is that of changePass; nothing is changed. Says what stands on lock screens, or why nothing does.", example: exampleChange}, a.previewPass)
	register(s, operation{route: "POST /passes/{id}/messages", id: "sendMessage", roles: issuers, once: true,
		summary: "Put a message on a pass", about: "It stands on the lock screen and then on the back of the pass, or in the campaign's messageField, until another one or takeMessage.", example: exampleMessage}, a.sendMessage)
	register(s, operation{route: "DELETE /passes/{id}/messages", id: "takeMessage", roles: issuers, status: 204,
		summary: "Take the message from a pass", about: "Phones announce nothing of it."}, a.takeMessage)
	register(s, operation{route: "POST /passes/{id}/void", id: "voidPass", roles: issuers, tagged: true, summary: "Mark a pass void"}, a.voidPass)
	register(s, operation{route: "POST /passes/{id}/unvoid", id: "unvoidPass", roles: issuers, tagged: true, summary: "Take that back"}, a.unvoidPass)
	register(s, operation{route: "POST /passes/{id}/invalidate", id: "invalidatePass", roles: issuers, tagged: true,
		summary: "Make a pass good for nothing, for ever", about: "Phones show it void and without barcode. Nothing takes that back."}, a.invalidatePass)
	register(s, operation{route: "DELETE /passes/{id}", id: "deletePass", roles: issuers, status: 204, match: true,
		summary: "Delete a pass", about: "Phones that have it are served a void version until they remove it. Its external id is free again."}, a.deletePass)
	register(s, operation{route: "POST /passes/files", id: "keepPassFile", roles: issuers, status: 201, also: 200,
		summary: "Hand over a pass that was sealed elsewhere", about: "It is served byte for byte, and takes the place of the file of the same pass, whose devices are told; its serial number says which. To go on with a template instead, see takeOverPasses."}, a.keepPassFile)
	register(s, operation{route: "GET /passes/{id}/pkpass", id: "downloadPass", roles: readers, media: mediaPass, summary: "Download the signed pass"}, a.download)
	register(s, operation{route: "GET /passes.pkpasses", id: "downloadPasses", roles: readers, media: mediaPasses, summary: "Download several signed passes in one file"}, a.downloadSeveral)
	register(s, operation{route: "GET /passes/{id}/pass.json", id: "getPassDocument", roles: readers, media: mediaJSON, summary: "Get pass.json as it would be signed"}, a.passDocument)
	register(s, operation{route: "GET /passes/{id}/findings", id: "getPassFindings", roles: readers, summary: "List what Wallet would make of a pass"}, a.findings)
	register(s, operation{route: "GET /passes/{id}/registrations", id: "listRegistrations", roles: readers, summary: "List the devices that have a pass"}, a.registrations)
	register(s, operation{route: "GET /passes/{id}/history", id: "getPassHistory", roles: readers, summary: "List what happened to a pass"}, a.history)
	register(s, operation{route: "POST /passes/{id}/deliveries", id: "sendPass", roles: issuers, status: 202, once: true,
		summary: "Send the link to a pass by mail or text message", about: "Queued and tried for a day. A server that is not set up for it answers 503 with the link to hand over instead. A recipient is sent three messages a minute and twenty a day at most.", example: exampleSend}, a.sendPass)
	register(s, operation{route: "GET /passes/{id}/deliveries", id: "listDeliveries", roles: readers,
		summary: "List what was sent of a pass", about: "In the last ninety days."}, a.deliveries)
	register(s, operation{route: "GET /passes/{id}/diagnosis", id: "diagnosePass", roles: readers,
		summary: "Say why phones have not updated", about: "From what was really observed, with the next step."}, a.diagnosis)

	s = a.section("imports", "Tables of passes: CSV, or the first sheet of an .xlsx workbook.")
	register(s, operation{route: "POST /imports", id: "receiveImport", roles: issuers, located: true, status: 201, once: true, large: true,
		summary: "Upload a table", about: "Says how it is written, what its columns seem to hold, and what would become of its first rows. It waits a week for startImport, unless start is given."}, a.receiveImport)
	register(s, operation{route: "GET /imports/{id}", id: "getImport", roles: readers, summary: "Look at an uploaded table again"}, a.importOf)
	register(s, operation{route: "POST /imports/{id}/start", id: "startImport", roles: issuers, located: true, status: 202,
		summary: "Import an uploaded table by a job", about: "Progress, errors with line and column, cancelling and trying again are those of the job of the same id. After a dry run it can be started again, and goes by the mapping of that unless another is given.", example: exampleImport}, a.startImport)

	register(s, operation{route: "POST /campaigns/{campaign}/passes/import", id: "takeOverPasses", roles: issuers, located: true, status: 202, once: true, large: true,
		summary: "Take over passes of another issuer", about: "A .pkpass, or an archive of many. They keep serial number, authentication token, texts and pictures, so that phones take what they get here for the next version. Of an error row counts the files and column is the file's name."}, a.takeOver)
	register(s, operation{route: "GET /campaigns/{id}/takeover", id: "getTakeover", roles: readers, summary: "Count the passes taken over whose phones have called"}, a.takeover)
	register(s, operation{route: "GET /campaigns/{id}/takeover/never", id: "listSilentTakeovers", roles: readers, summary: "List those whose phones have not"}, a.silentTakeovers)
	register(s, operation{route: "POST /campaigns/{campaign}/templates/import", id: "importTemplate", roles: issuers, located: true, status: 201, once: true, tagged: true,
		summary: "Make a template of a .pkpass", about: "Its pictures become assets, its values the defaults; what identifies the pass is left out."}, a.importTemplate)

	s = a.section("tags", "Words that passes are marked with.")
	register(s, operation{route: "POST /passes/{id}/tags", id: "tagPass", roles: issuers, tagged: true,
		summary: "Add and remove tags of a pass", about: "Phones see nothing of it. A pass that is invalid for ever keeps its tags.", example: exampleTagging}, a.tagPass)
	register(s, operation{route: "GET /tags", id: "listTags", roles: readers, summary: "List tags with the number of their passes"}, a.tags)
	register(s, operation{route: "GET /tags/{name}", id: "getTag", roles: readers, summary: "Get a tag"}, a.tag)
	register(s, operation{route: "DELETE /tags/{name}", id: "deleteTag", roles: issuers, located: true, also: 202,
		summary: "Take a tag from all passes and forget it", about: "Passes are not deleted. If more than 1,000 have it, a job does it, which is in the answer and forgets the tag at its end, unless passes were given it meanwhile."}, a.deleteTag)

	s = a.section("people", "Whom passes were issued to.")
	register(s, operation{route: "POST /people", id: "createPerson", roles: issuers, located: true, status: 201, once: true, tagged: true,
		summary: "Add a person", example: examplePerson}, a.createPerson)
	register(s, operation{route: "GET /people", id: "listPeople", roles: readers, summary: "List or look up people"}, a.people)
	register(s, operation{route: "GET /people.csv", id: "downloadPeopleTable", roles: readers, media: mediaCSV,
		summary: "Download people as a table", about: "Attributes are one cell of JSON."}, a.peopleTable)
	register(s, operation{route: "GET /people/{id}", id: "getPerson", roles: readers, tagged: true, summary: "Get a person"}, a.person)
	register(s, operation{route: "PATCH /people/{id}", id: "changePerson", roles: issuers, match: true, tagged: true,
		summary: "Change a person", about: "Passes that show the difference are told to their phones.", example: examplePerson}, a.changePerson)
	register(s, operation{route: "GET /people/{id}/passes", id: "listPassesOfPerson", roles: readers, summary: "List a person's passes"}, a.passesOfPerson)
	register(s, operation{route: "GET /people/{id}/export", id: "exportPerson", roles: admins,
		summary: "Export everything that is known of a person"}, a.exportPerson)
	register(s, operation{route: "DELETE /people/{id}", id: "erasePerson", roles: admins,
		summary: "Erase a person", about: "Their passes stay, void and empty, so that counts remain; phones show the template's own texts. What waits for webhooks, or was sent to them, loses their external id, code, tags and addresses. " +
			"Jobs keep for longer what they were asked with: uploaded files and rows for 7 days after their end, what failed of them for 90. Backups made before still hold what they held."}, a.erasePerson)

	s = a.section("reports", "What happened by the day.")
	register(s, operation{route: "GET /reports", id: "getReport", roles: readers,
		summary: "Count by the day what happened", about: "About one campaign, template, tag or key. Days are those of UTC; without from and to the last thirty. Days on which nothing happened are left out."}, a.report)
	register(s, operation{route: "GET /reports.csv", id: "downloadReport", roles: readers, media: mediaCSV, summary: "The same as a table"}, a.reportTable)
	s = a.section("jobs", "Work on many passes, which outlives the request.")
	register(s, operation{route: "POST /jobs", id: "startJob", roles: issuers, located: true, status: 202, also: 200, once: true,
		summary: "Change, void, delete, tag or issue many passes", about: "It is about the passes that match now, not about those issued later. Each is changed once, whatever happens to the server meanwhile; one that cannot be stops no other. A dry run is answered with 200.", example: exampleJob}, a.startJob)
	register(s, operation{route: "GET /jobs", id: "listJobs", roles: readers, summary: "List jobs"}, a.jobs)
	register(s, operation{route: "GET /jobs/{id}", id: "getJob", roles: readers, summary: "Get a job's progress"}, a.job)
	register(s, operation{route: "GET /jobs/{id}/errors", id: "listJobErrors", roles: readers, summary: "List what failed of a job", about: "By row. The first 100,000 are kept."}, a.jobErrors)
	register(s, operation{route: "GET /jobs/{id}/errors.csv", id: "downloadJobErrors", roles: readers, media: mediaCSV, summary: "Download what failed of a job"}, a.jobErrorsFile)
	register(s, operation{route: "POST /jobs/{id}/cancel", id: "cancelJob", roles: issuers, summary: "End a job", about: "What it has done stays done."}, a.cancelJob)
	register(s, operation{route: "POST /jobs/{id}/pause", id: "pauseJob", roles: issuers, summary: "Have a job wait"}, a.pauseJob)
	register(s, operation{route: "POST /jobs/{id}/resume", id: "resumeJob", roles: issuers, summary: "Have a job go on"}, a.resumeJob)
	register(s, operation{route: "POST /jobs/{id}/retry", id: "retryJob", roles: issuers, located: true, status: 202, once: true,
		summary: "Try again what failed of a job", about: "A new job does it, once the first has ended. What fails again is retried through that one."}, a.retryJob)

	s = a.section("redemptions", "What passes are good for: the ledger of each, to which entries are only ever added.")
	register(s, operation{route: "POST /redemptions", id: "redeem", roles: tills, status: 201, once: true,
		summary: "Redeem a pass", about: aboutRedeeming, example: exampleRedeeming}, a.redeem)
	register(s, operation{route: "POST /redemptions/lookup", id: "lookUpRedemption", roles: tills,
		summary: "Say what redeeming a pass would do", about: "Nothing is changed. What redeem would refuse with 409 is the answer here.", example: exampleRedeeming}, a.lookUp)
	register(s, operation{route: "POST /passes/{id}/redemptions", id: "redeemPass", roles: tills, status: 201, once: true,
		summary: "Redeem a pass by its id", about: aboutRedeeming, example: exampleRedeemingPass}, a.redeemPass)
	register(s, operation{route: "POST /redemptions/{id}/undo", id: "undoRedemption", roles: tills, status: 201, once: true,
		summary: "Take a redemption back", about: "By an entry of its own. A key of the role scanner may take back its own. A pass that is no longer used up is valid again.", example: exampleUndoing}, a.undo)
	register(s, operation{route: "POST /passes/{id}/reset", id: "resetRedemptions", roles: issuers, tagged: true,
		summary: "Make a pass valid again", about: "It gets its uses back; what was redeemed stays in the ledger."}, a.resetRedemptions)
	register(s, operation{route: "GET /passes/{id}/ledger", id: "getPassLedger", roles: readers, summary: "List the entries of a pass's ledger"}, a.ledger)
	register(s, operation{route: "GET /passes/{id}/ledger/verify", id: "verifyPassLedger", roles: readers,
		summary: "Recompute a pass's ledger", about: "From its first entry: numbers, hashes, amounts and texts."}, a.verifyLedger)
	register(s, operation{route: "GET /campaigns/{id}/redemptions", id: "listRedemptions", roles: readers, summary: "List the entries of a campaign's passes by time"}, a.redemptions)
	register(s, operation{route: "GET /campaigns/{id}/ledger/verify", id: "verifyCampaignLedgers", roles: readers,
		summary: "Recompute the ledgers of a campaign's passes", about: "A page of passes at a time, of which those with faults are listed."}, a.verifyLedgers)

	s = a.section("codes", "Signed codes, which any scanner verifies offline. The package comment of signer/code has their layout, testdata/codes vectors.")
	register(s, operation{route: "GET /organisation/codes/keys", id: "listCodeKeys", roles: access.Any, summary: "List the public keys that signed codes are verified with"}, a.codeKeys)
	register(s, operation{route: "GET /codes/revoked", id: "listRevokedCodes", roles: access.Any,
		summary: "List the passes whose codes are good no longer", about: "Void, invalid, used up and deleted ones of campaigns with signed codes, signed for scanners to keep. The pages from since 0 on are the whole list; a pass that is no longer on it is good again."}, a.revokedCodes)
	s = a.section("webhooks", "Addresses that events are sent to, signed as Standard Webhooks (v1, HMAC-SHA256). An event is sent until it is answered with a status of 2xx, for three days, and may come more than once, under the same webhook-id. Those about one pass come in their order. 410 disables the address.")
	register(s, operation{route: "POST /webhooks", id: "createWebhook", roles: admins, located: true, status: 201, once: true, tagged: true,
		summary: "Have events sent to an address", about: "Its secret is shown now and never again.", example: exampleEndpoint}, a.createEndpoint)
	register(s, operation{route: "GET /webhooks", id: "listWebhooks", roles: readers, summary: "List addresses that events are sent to"}, a.endpoints)
	register(s, operation{route: "GET /webhooks/{id}", id: "getWebhook", roles: readers, tagged: true, summary: "Get one of them"}, a.endpoint)
	register(s, operation{route: "PATCH /webhooks/{id}", id: "changeWebhook", roles: admins, match: true, tagged: true,
		summary: "Change, disable or enable one", about: "While it is disabled nothing is queued for it.", example: exampleEndpointChange}, a.changeEndpoint)
	register(s, operation{route: "DELETE /webhooks/{id}", id: "deleteWebhook", roles: admins, status: 204, summary: "Delete one with what is queued for it"}, a.deleteEndpoint)
	register(s, operation{route: "POST /webhooks/{id}/rotate", id: "rotateWebhook", roles: admins, tagged: true, summary: "Give one a new secret", about: "For 24 hours requests are signed with both."}, a.rotateEndpoint)
	register(s, operation{route: "POST /webhooks/{id}/test", id: "testWebhook", roles: admins, summary: "Send webhook.test now and say what came of it"}, a.testEndpoint)
	register(s, operation{route: "GET /webhooks/{id}/deliveries", id: "listWebhookDeliveries", roles: readers,
		summary: "List what was and is to be sent", about: "What was delivered is kept for 7 days, what was not for 30."}, a.webhookDeliveries)
	register(s, operation{route: "POST /webhooks/{id}/deliveries/{delivery}/replay", id: "replayWebhookDelivery", roles: admins, summary: "Send an event once more"}, a.redeliver)
	register(s, operation{route: "POST /webhooks/{id}/replay", id: "replayWebhookDeliveries", roles: admins,
		summary: "Send once more what failed", about: "Up to 500 with each call.", example: exampleReplay}, a.replay)

	s = a.section("events", "What happened.")
	register(s, operation{route: "GET /events", id: "listEvents", roles: readers,
		summary: "List what happened in the organisation", about: "For 90 days; the history of a pass is kept for longer."}, a.feed)
	register(s, operation{route: "GET /events/types", id: "listEventTypes", roles: readers, summary: "List what can happen"}, a.eventTypes)

	s = a.section("messages", "Texts for the lock screens of many.")
	register(s, operation{route: "POST /messages", id: "sendMessages", roles: issuers, located: true, status: 202, also: 200, once: true,
		summary: "Send a message to many passes", about: "A job, for the passes that match now. The answer says whom it reaches and what their lock screens will show, or that they will show nothing, why, and what to do. A dry run is answered with 200.", example: exampleMessages}, a.sendMessages)
	register(s, operation{route: "GET /messages", id: "listMessages", roles: readers, summary: "List messages to many"}, a.messages)
	register(s, operation{route: "GET /messages/{id}", id: "getMessage", roles: readers, summary: "Get a message with its progress"}, a.message)
	register(s, operation{route: "POST /messages/{id}/undo", id: "undoMessage", roles: issuers, status: 202,
		summary: "Take a message back", about: "What was not sent yet is not sent. A job takes the text from the passes that still show it, without a notice; who has read it has read it."}, a.undoMessage)

	s = a.section("keys", "API keys.")
	register(s, operation{route: "POST /keys", id: "createKey", roles: admins, status: 201, once: true, summary: "Create a key", about: "Its token is shown now and never again."}, a.createKey)
	register(s, operation{route: "GET /keys", id: "listKeys", roles: admins, summary: "List keys"}, a.keys)
	register(s, operation{route: "DELETE /keys/{id}", id: "revokeKey", roles: admins, status: 204, summary: "Revoke a key", about: "It stays in the list and cannot be used again."}, a.revokeKey)
	register(s, operation{route: "POST /keys/{id}/rotate", id: "rotateKey", roles: admins, summary: "Give a key a new secret", about: "The old one ends at once."}, a.rotateKey)
	register(s, operation{route: "GET /me", id: "getMe", roles: access.Any, summary: "Say whose key this is"}, a.me)

	s = a.section("organisations", "Owners of everything else, who see nothing of each other.")
	register(s, operation{route: "POST /organisations", id: "createOrganisation", roles: admins, operator: true, status: 201, once: true,
		summary: "Create an organisation with a first admin key"}, a.createOrganisation)
	register(s, operation{route: "GET /organisations", id: "listOrganisations", roles: admins, operator: true, summary: "List organisations"}, a.organisations)
	register(s, operation{route: "PATCH /organisations/{id}", id: "lockOrganisation", roles: admins, operator: true,
		summary: "Lock an organisation or open it again", about: "None of the keys of one that is locked works; its passes are served all the same."}, a.lockOrganisation)
	register(s, operation{route: "POST /organisation/children", id: "createChild", roles: admins, status: 201, once: true,
		summary: "Create an organisation of one's own", about: "It sees nothing of yours. You keep its first key and may give it a new secret. The operator says how many you may make."}, a.createChild)
	register(s, operation{route: "GET /organisation/children", id: "listChildren", roles: admins, summary: "List the organisations of one's own"}, a.children)
	register(s, operation{route: "POST /organisation/children/{id}/refresh", id: "refreshChild", roles: admins,
		summary: "Give the first key of an organisation of one's own a new secret", about: "The old one ends at once."}, a.refreshChild)
}

// Bodies that the description shows.
var exampleTemplate = map[string]any{
	"name": "Gold",
	"design": map[string]any{"document": map[string]any{
		"organizationName": "Example Coffee",
		"description":      "Stamp card",
		"backgroundColor":  "rgb(60, 65, 76)",
		"barcodes":         []any{map[string]any{"format": "PKBarcodeFormatQR", "message": "", "messageEncoding": "iso-8859-1"}},
		"storeCard": map[string]any{"primaryFields": []any{
			map[string]any{"key": "stamps", "label": "Stamps", "value": 0, "changeMessage": "You now have %@ stamps"},
		}, "backFields": []any{
			map[string]any{"key": "welcome", "label": "Welcome", "value": "{{member|default:\"Dear guest\"}}, your card has {{stamps|number}} stamps"},
		}},
	}, "fields": []any{
		map[string]any{"key": "stamps", "type": "integer"},
		map[string]any{"key": "member", "label": "Your name"},
	}},
}

var exampleOrder = map[string]any{"externalId": "customer-4711", "values": map[string]any{"stamps": 3}, "tags": []string{"gold"}}

var exampleLink = map[string]any{"tags": []string{"website"}, "limit": 500, "asks": map[string]any{"email": "required"},
	"page": map[string]any{"title": "Coffee club", "text": "Every tenth cup is yours.", "consent": "You may write to me about the coffee club.", "consentVersion": "2026-05"}}

var exampleLinkChange = map[string]any{"limit": 1000}
var exampleImport = map[string]any{"upsertBy": "externalId", "onError": "skip"}

var exampleUpsert = map[string]any{"values": map[string]any{"stamps": 3}}

var exampleTagging = map[string]any{"add": []string{"gold"}, "remove": []string{"silver"}}

var examplePerson = map[string]any{"name": "Ada Lovelace", "email": "ada@example.org", "language": "en", "attributes": map[string]any{"shoeSize": "38"}}

var exampleChange = map[string]any{"values": map[string]any{"stamps": 4}}

var exampleSend = map[string]any{"kind": "email", "to": "ada@example.org", "name": "Ada Lovelace", "language": "en"}

var exampleJob = map[string]any{"kind": "update", "tag": "gold", "change": map[string]any{"values": map[string]any{"stamps": 4}}}

var exampleMessage = map[string]any{"text": "Your table is ready"}

var exampleMessages = map[string]any{"text": "The gate is now B12", "tag": "gold", "canary": 1, "canaryWait": 600}

var examplePlaces = map[string]any{"places": []any{map[string]any{"latitude": 52.516275, "longitude": 13.377704, "relevantText": "Coffee is near"}}}

var exampleRedeeming = map[string]any{"externalId": "customer-1", "place": "Till 2", "key": "till-2-000173"}

var exampleRedeemingPass = map[string]any{"place": "Till 2"}

var exampleUndoing = map[string]any{"note": "wrong card"}
var exampleEndpoint = map[string]any{"url": "https://shop.example.com/passes", "events": []string{"pass.*"}}

var exampleEndpointChange = map[string]any{"events": []string{"pass.created", "pass.installed"}}

var exampleReplay = map[string]any{"since": "2026-03-01T00:00:00Z"}
