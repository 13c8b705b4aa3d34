package post

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
)

// webhookBody is what a generic gateway gets. id is the same at every try, so that
// it can leave out what it has sent already.
type webhookBody struct {
	To   string `json:"to"`
	From string `json:"from,omitempty"`
	Text string `json:"text"`
	ID   string `json:"id"`
}

// callWebhook posts the message as JSON. Any status from 200 to 299 means that it
// was taken.
func (g *Gateway) callWebhook(ctx context.Context, m SMS) error {
	body, err := json.Marshal(webhookBody{m.To, g.From, m.Text, m.ID})
	if err != nil {
		return permanent("", "the message cannot be written", err.Error())
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.URL, bytes.NewReader(body))
	if err != nil {
		return configuration("", "the gateway's address cannot be read", "correct [sms] url")
	}
	r.Header.Set("Content-Type", "application/json")
	switch {
	case g.Token == "":
	case g.Header == "":
		r.Header.Set("Authorization", "Bearer "+g.Token)
	default:
		r.Header.Set(g.Header, g.Token)
	}
	status, _, err := g.call(r)
	if err != nil {
		return err
	}
	return judge(status, strconv.Itoa(status))
}
