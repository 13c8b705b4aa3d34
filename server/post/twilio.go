package post

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// callTwilio creates a message by Twilio's REST API of 2010-04-01, which others
// speak too (https://www.twilio.com/docs/messaging/api/message-resource). The
// API knows no idempotency: a second call is a second message.
func (g *Gateway) callTwilio(ctx context.Context, m SMS) error {
	form := url.Values{"To": {m.To}, "Body": {m.Text}}
	if g.Service != "" {
		form.Set("MessagingServiceSid", g.Service)
	} else {
		form.Set("From", g.From)
	}
	address := strings.TrimRight(cmp.Or(g.URL, twilioURL), "/") + "/2010-04-01/Accounts/" + g.Account + "/Messages.json"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return configuration("", "the gateway's address cannot be read", "correct [sms] url")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(g.Account, g.Token)
	status, body, err := g.call(r)
	if err != nil {
		return err
	}
	return judgeTwilio(status, body)
}

// twilioErrors are the errors that say more than their status, 400 mostly
// (https://www.twilio.com/docs/api/errors).
var twilioErrors = map[int]struct {
	kind        Kind
	msg, remedy string
}{
	20429: {Temporary, "the gateway has too much to do", tryLater},
	21211: {Permanent, "the gateway knows no such number", "check the number"},
	21212: {Configuration, "the gateway refuses the sender", "correct [sms] from"},
	21408: {Configuration, "the account may not send to this country", "allow the country in the gateway's settings"},
	21603: {Configuration, "the gateway refuses the sender", "correct [sms] from"},
	21606: {Configuration, "the gateway refuses the sender", "write a number of the account in [sms] from"},
	21608: {Configuration, "the account is on trial and sends to verified numbers only", "verify the number or upgrade the account"},
	21610: {Permanent, "the recipient wants no messages of this sender", "leave it at that"},
	21612: {Permanent, "the gateway has no way to this number", "check the number"},
	21614: {Permanent, "the number is not a mobile one", "check the number"},
	21659: {Configuration, "the gateway refuses the sender", "write a number of the account in [sms] from"},
	21660: {Configuration, "the gateway refuses the sender", "write a number of the account in [sms] from"},
	21701: {Configuration, "the gateway knows no such messaging service", "correct [sms] service"},
	21703: {Configuration, "the messaging service has no number to send from", "add one to it"},
}

func judgeTwilio(status int, body []byte) error {
	var answer struct{ Code int }
	code := strconv.Itoa(status)
	if status < 400 || json.Unmarshal(body, &answer) != nil || answer.Code == 0 {
		return judge(status, code)
	}
	code += " " + strconv.Itoa(answer.Code)
	if known, ok := twilioErrors[answer.Code]; ok {
		return &Error{known.kind, code, known.msg, known.remedy}
	}
	return judge(status, code)
}
