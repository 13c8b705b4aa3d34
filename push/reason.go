package push

import (
	"net/http"

	"github.com/sideshow/apns2"
)

// reason is what one of the push service's words means to an owner.
type reason struct {
	outcome         Outcome
	meaning, remedy string // sentences without a period
}

const (
	renewCertificate = "look at the certificate's page: renew it or upload the right one; pushes wait meanwhile"
	fixTopic         = "check that the pass type identifier is the one in the certificate"
	reportBug        = "report it, with the server's version; the push is not repeated"
	wait             = "nothing: the server tries again by itself"
	removeDevice     = "nothing: the server forgets the device, which registers anew when the pass is added again"
	certificateOnly  = "push with the pass certificate; provider tokens are not documented for passes"
)

// reasons holds every word in Apple's "Handling notification responses from
// APNs", and our own two.
var reasons = map[string]reason{
	apns2.ReasonUnregistered: {Gone, "the pass was removed from the device, or its automatic updates were turned off", removeDevice},
	apns2.ReasonExpiredToken: {Gone, "the device's push token has expired", removeDevice},

	apns2.ReasonBadDeviceToken:         {BadToken, "Apple does not know the push token", "if many devices say so, check [push] host: passes work with the production host only"},
	apns2.ReasonDeviceTokenNotForTopic: {WrongTopic, "the push token belongs to another pass type", fixTopic},
	ReasonMalformedToken:               {BadToken, "the device registered something that is no push token", "check what registers: Wallet sends hexadecimal tokens"},
	ReasonMalformedTopic:               {Bug, "the pass type identifier cannot be a push topic", fixTopic},

	apns2.ReasonTopicDisallowed: {Stop, "the certificate may not push to this pass type", fixTopic},
	apns2.ReasonBadTopic:        {Stop, "Apple does not know the pass type identifier", fixTopic},
	apns2.ReasonMissingTopic:    {Stop, "the push had no pass type identifier and the certificate names none", fixTopic},

	apns2.ReasonBadCertificate:            {Stop, "Apple refuses the pass certificate: expired, revoked or of another kind", renewCertificate},
	apns2.ReasonBadCertificateEnvironment: {Stop, "the certificate is not for this push host", "set [push] host to Apple's production host"},
	apns2.ReasonForbidden:                 {Stop, "Apple forbids the action for this certificate", renewCertificate},
	apns2.ReasonExpiredProviderToken:      {Stop, "the provider token is too old", certificateOnly},
	apns2.ReasonInvalidProviderToken:      {Stop, "the provider token is not valid", certificateOnly},
	apns2.ReasonMissingProviderToken:      {Stop, "Apple saw neither a certificate nor a provider token", renewCertificate},

	apns2.ReasonTooManyRequests:             {Throttled, "too many pushes for this device in a short time", "change the pass less often; " + wait},
	apns2.ReasonTooManyProviderTokenUpdates: {Throttled, "the provider token was renewed too often", certificateOnly},

	apns2.ReasonIdleTimeout:         {Retry, "Apple closed an idle connection", wait},
	apns2.ReasonInternalServerError: {Retry, "an error inside Apple's push service", wait},
	apns2.ReasonServiceUnavailable:  {Retry, "Apple's push service is unavailable", wait},
	apns2.ReasonShutdown:            {Retry, "Apple's push service is restarting", wait},

	apns2.ReasonBadCollapseID:      {Bug, "the collapse id is too long", reportBug},
	apns2.ReasonBadExpirationDate:  {Bug, "the expiration date is malformed", reportBug},
	apns2.ReasonBadMessageID:       {Bug, "the message id is malformed", reportBug},
	apns2.ReasonBadPath:            {Bug, "the request's path is wrong", "check [push] host: a scheme and a name, no path; otherwise " + reportBug},
	apns2.ReasonBadPriority:        {Bug, "the priority is not allowed", "check [push] priority: 5 or 10"},
	apns2.ReasonDuplicateHeaders:   {Bug, "a header was sent twice", reportBug},
	apns2.ReasonInvalidPushType:    {Bug, "the push type is not allowed", "check [push] push_type: background or absent"},
	apns2.ReasonMethodNotAllowed:   {Bug, "the request's method is wrong", reportBug},
	apns2.ReasonMissingDeviceToken: {Bug, "the push had no token", reportBug},
	apns2.ReasonPayloadEmpty:       {Bug, "the push had no payload", reportBug},
	apns2.ReasonPayloadTooLarge:    {Bug, "the push's payload is too large", reportBug},
}

// Explain says what a Result's reason means and what to do. A word that Apple
// has added since, or none at all, gets a general answer.
func Explain(word string) (meaning, remedy string) {
	if r, ok := reasons[word]; ok {
		return r.meaning, r.remedy
	}
	if word == "" {
		return "the push service gave no reason", wait
	}
	return "the push service answered " + word + ", which this version does not know", "look it up in Apple's documentation of push responses"
}

// outcomeOf judges by the reason, and by the status when the reason is unknown.
func outcomeOf(status int, word string) Outcome {
	if status == http.StatusOK {
		return Accepted
	}
	if r, ok := reasons[word]; ok {
		return r.outcome
	}
	switch {
	case status == http.StatusGone:
		return Gone
	case status == http.StatusForbidden:
		return Stop
	case status == http.StatusTooManyRequests:
		return Throttled
	case status >= 400 && status < 500:
		return Bug
	default: // 5xx, and what only a middlebox would say
		return Retry
	}
}
