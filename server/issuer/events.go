package issuer

import (
	"slices"
	"strings"

	"pocketpass/store"
)

// What can happen, as events name it: in the history of a pass, in the feed of an
// organisation, in reports, and to the receivers of events.
const (
	eventCreated      = "pass.created"
	eventUpdated      = "pass.updated"
	eventVoided       = "pass.voided"
	eventUnvoided     = "pass.unvoided"
	eventInvalidated  = "pass.invalidated"
	eventExpired      = "pass.expired"
	eventDeleted      = "pass.deleted"
	eventErased       = "pass.erased"
	eventPersonalized = "pass.personalized"
	eventConsented    = "pass.consented"
	eventRedeemed     = "pass.redeemed"
	eventUndone       = "pass.undone"
	eventCharged      = "pass.charged"
	eventLeft         = "pass.left"
	eventCorrected    = "pass.corrected"
	eventDelivered    = "pass.delivered"
	eventUndelivered  = "pass.delivery_failed"
	eventInstalled    = "pass.installed"
	eventUninstalled  = "pass.uninstalled"
	eventViewed       = "pass.viewed"
	eventDownloaded   = "pass.downloaded"
	eventFetched      = "pass.fetched"
	eventMessaged     = "pass.messaged"

	eventCampaign            = "campaign." // and the state that it has now
	eventTemplatePublished   = "template.published"
	eventPersonErased        = "person.erased"
	eventMessageSent         = "message.sent"
	eventJobStarted          = "job.started"
	eventJobFinished         = "job.finished"
	eventCertificateImported = "certificate.imported"
	eventCertificateExpiring = "certificate.expiring"
	eventCertificateExpired  = "certificate.expired"
	eventCertificateDeleted  = "certificate.deleted"
	eventEndpointDisabled    = "endpoint.disabled"
	eventWebhookTest         = "webhook.test"
)

// EventType is a kind of thing that happens.
type EventType struct {
	Name  string
	About string
	// Observed is what is seen and not done: a second's worth of it for one pass is
	// one event, which is in no history or feed, and a crash may lose it.
	Observed bool
}

// EventTypes lists what endpoints can be sent.
var EventTypes = []EventType{
	{Name: eventCreated, About: "A pass was issued."},
	{Name: eventUpdated, About: "A pass was changed, whether or not phones show it."},
	{Name: eventVoided, About: "A pass was marked void."},
	{Name: eventUnvoided, About: "A void pass was made good again."},
	{Name: eventInvalidated, About: "A pass is good for nothing any more, for ever."},
	{Name: eventExpired, About: "The time of a pass was up."},
	{Name: eventDeleted, About: "A pass was deleted."},
	{Name: eventErased, About: "A pass was emptied and voided, because its holder is forgotten."},
	{Name: eventRedeemed, About: "A pass was redeemed."},
	{Name: eventUndone, About: "A redemption was taken back."},
	{Name: eventCharged, About: "Money was put on a pass."},
	{Name: eventLeft, About: "The holder of a pass checked out."},
	{Name: eventCorrected, About: "The account of a pass was corrected by hand."},
	{Name: eventPersonalized, About: "The holder of a pass filled in its personalisation form. What was given is not part of the event."},
	{Name: eventConsented, About: "The holder of a pass agreed to what stands on the page of its link."},
	{Name: eventDelivered, About: "A mail or text message with the link to a pass was sent."},
	{Name: eventUndelivered, About: "A mail or text message with the link to a pass could not be sent, for good."},
	{Name: eventInstalled, About: "A device registered for a pass: it was added to a wallet."},
	{Name: eventUninstalled, About: "A device no longer has a pass."},
	{Name: eventMessaged, About: "A message to its holder was put on a pass."},
	{Name: eventViewed, About: "The page of a pass was opened.", Observed: true},
	{Name: eventDownloaded, About: "The file of a pass was fetched from its page or link.", Observed: true},
	{Name: eventFetched, About: "A wallet fetched a new version of a pass.", Observed: true},
	{Name: eventCampaign + string(store.Active), About: "A campaign issues passes."},
	{Name: eventCampaign + string(store.Paused), About: "A campaign issues nothing for now."},
	{Name: eventCampaign + string(store.Archived), About: "A campaign was put away."},
	{Name: eventCampaign + string(store.Invalid), About: "A campaign and its passes are good for nothing any more, for ever."},
	{Name: eventTemplatePublished, About: "A design was put in force."},
	{Name: eventPersonErased, About: "What was known of a person was erased."},
	{Name: eventMessageSent, About: "A message to many was put on the last of their passes."},
	{Name: eventJobStarted, About: "A job began."},
	{Name: eventJobFinished, About: "A job came to its end, whatever that was."},
	{Name: eventCertificateImported, About: "A certificate was taken in."},
	{Name: eventCertificateExpiring, About: "A certificate has to be renewed soon."},
	{Name: eventCertificateExpired, About: "A certificate's time is up."},
	{Name: eventCertificateDeleted, About: "A certificate was deleted."},
	{Name: eventEndpointDisabled, About: "An endpoint is sent nothing any more, for it took nothing."},
	{Name: eventWebhookTest, About: "Somebody tries an endpoint out. It is sent whatever the endpoint asked for."},
}

// covers says whether a pattern of an endpoint or of a question, a name or a
// beginning as "pass.*", takes in an event.
func covers(pattern, event string) bool {
	beginning, open := strings.CutSuffix(pattern, "*")
	return pattern == event || open && strings.HasPrefix(event, beginning)
}

// happens says whether a pattern takes in anything that can happen.
func happens(pattern string) bool {
	beginning, open := strings.CutSuffix(pattern, "*")
	if open && beginning != "" && !strings.HasSuffix(beginning, ".") {
		return false
	}
	return slices.ContainsFunc(EventTypes, func(t EventType) bool { return covers(pattern, t.Name) })
}
