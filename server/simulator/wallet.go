package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"pocketpass/signer/pkpass"
)

// maxPass bounds what a phone downloads, in bytes.
const maxPass = 16 << 20

// ErrOffline means that a phone has no network.
var ErrOffline = errors.New("the phone is offline")

// Install opens a link to a pass, adds the pass, and registers for its updates.
func (p *Phone) Install(ctx context.Context, link string) (Card, error) {
	p.busy.Lock()
	defer p.busy.Unlock()
	a, err := p.ask(ctx, request{method: http.MethodGet, url: link, text: "The phone downloads the pass and checks its signature."})
	if err != nil {
		return Card{}, err
	}
	if a.status != http.StatusOK || a.header.Get("Content-Type") != pkpass.MediaType {
		return Card{}, fmt.Errorf("%w: the link answered %d with %q", ErrRefused, a.status, a.header.Get("Content-Type"))
	}
	c, err := open(a.body, p.Now())
	if err != nil {
		return Card{}, err
	}
	c.modified = a.header.Get("Last-Modified")
	p.keep(c)
	if c.service == "" {
		return *c, nil
	}
	return *c, p.register(ctx, *c)
}

func (p *Phone) keep(c *Card) {
	p.mu.Lock()
	p.cards[[2]string{c.PassTypeIdentifier, c.SerialNumber}] = c
	p.mu.Unlock()
	p.show(*c)
}

func (p *Phone) register(ctx context.Context, c Card) error {
	body, err := json.Marshal(map[string]string{"pushToken": p.PushToken})
	if err != nil {
		return err
	}
	a, err := p.ask(ctx, request{method: http.MethodPost, url: p.registration(c), token: c.token, body: body,
		text: "It registers its push token with the server, to hear of changes."})
	if err != nil {
		return err
	}
	if a.status != http.StatusOK && a.status != http.StatusCreated {
		p.complain(ctx, c, "Register task (for device %s, pass type %s, serial number %s; with web service url %s) encountered error: %s",
			p.Library, c.PassTypeIdentifier, c.SerialNumber, c.service, reason(a.status))
		return fmt.Errorf("register: status %d", a.status)
	}
	return nil
}

func (p *Phone) registration(c Card) string {
	return c.service + "/v1/devices/" + url.PathEscape(p.Library) + "/registrations/" +
		url.PathEscape(c.PassTypeIdentifier) + "/" + url.PathEscape(c.SerialNumber)
}

func reason(status int) string {
	if status == http.StatusUnauthorized {
		return "Authentication failure"
	}
	return fmt.Sprintf("Unexpected response code %d", status)
}

// Remove deletes a pass from the phone and unregisters it.
func (p *Phone) Remove(ctx context.Context, passType, serial string) error {
	p.busy.Lock()
	defer p.busy.Unlock()
	c, ok := p.Card(passType, serial)
	if !ok {
		return nil
	}
	p.mu.Lock()
	delete(p.cards, [2]string{passType, serial})
	p.mu.Unlock()
	gone := c
	gone.Document = nil
	p.show(gone)
	a, err := p.ask(ctx, request{method: http.MethodDelete, url: p.registration(c), token: c.token, text: "The pass was removed: the phone asks for no more news."})
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		return fmt.Errorf("unregister: status %d", a.status)
	}
	return nil
}

func (p *Phone) pushed(topic string) {
	b := p.Behaviour()
	p.say(Line{From: "push", To: "phone", Text: "The push service wakes the phone: something changed for " + topic + "."})
	if b.UpdatesOff {
		p.say(Line{From: "phone", To: "phone", Text: "Automatic updates are switched off: the phone ignores the push."})
		return
	}
	times := 1
	if b.TwicePush {
		times = 2
	}
	for range times {
		_ = p.Refresh(p.ctx, topic) // a phone keeps its troubles to itself and to the log
	}
}

// Refresh asks for what is new of a pass type and fetches it, as after a push or
// when the holder pulls the details down.
func (p *Phone) Refresh(ctx context.Context, passType string) error {
	p.busy.Lock()
	defer p.busy.Unlock()
	service, ok := p.serviceOf(passType)
	if !ok {
		return nil
	}
	serials, err := p.whatChanged(ctx, service, passType)
	if err != nil || p.Behaviour().NeverFetch {
		return err
	}
	for _, serial := range serials {
		c, ok := p.Card(passType, serial)
		if !ok {
			p.blame(ctx, Card{service: service, PassTypeIdentifier: passType}, "Update requested for unregistered serial number %s", serial)
			continue
		}
		err = errors.Join(err, p.fetch(ctx, c))
	}
	return err
}

func (p *Phone) serviceOf(passType string) (string, bool) {
	for _, c := range p.Cards() {
		if c.PassTypeIdentifier == passType && c.service != "" {
			return c.service, true
		}
	}
	return "", false
}

func (p *Phone) whatChanged(ctx context.Context, service, passType string) ([]string, error) {
	p.mu.Lock()
	tag := p.tags[passType]
	p.mu.Unlock()
	u := service + "/v1/devices/" + url.PathEscape(p.Library) + "/registrations/" + url.PathEscape(passType)
	if tag != "" {
		u += "?passesUpdatedSince=" + url.QueryEscape(tag)
	}
	a, err := p.ask(ctx, request{method: http.MethodGet, url: u, text: "The phone asks which of its passes changed."})
	if err != nil || a.status == http.StatusNoContent {
		return nil, err
	}
	var list struct {
		SerialNumbers []string `json:"serialNumbers"`
		LastUpdated   string   `json:"lastUpdated"`
	}
	if a.status != http.StatusOK || json.Unmarshal(a.body, &list) != nil {
		p.complain(ctx, Card{service: service}, "Get serial #s task (for device %s, pass type %s, last updated %s; with web service url %s) encountered error: Unexpected response code %d",
			p.Library, passType, tag, service, a.status)
		return nil, fmt.Errorf("list: status %d", a.status)
	}
	if list.LastUpdated == tag {
		p.blame(ctx, Card{service: service, PassTypeIdentifier: passType}, "Response to 'What changed?' request included %d serial numbers but the lastUpdated tag (%s) remained the same.", len(list.SerialNumbers), tag)
	}
	if !p.Behaviour().StaleTag {
		p.mu.Lock()
		p.tags[passType] = list.LastUpdated
		p.mu.Unlock()
	}
	return list.SerialNumbers, nil
}

// fetch gets the latest version of a pass and replaces the one on the phone.
func (p *Phone) fetch(ctx context.Context, c Card) error {
	q := request{method: http.MethodGet, token: c.token, since: c.modified, text: "It fetches the newest version and compares it with its own, field by field.",
		url: c.service + "/v1/passes/" + url.PathEscape(c.PassTypeIdentifier) + "/" + url.PathEscape(c.SerialNumber)}
	if p.Behaviour().HeadFirst {
		head := q
		head.method, head.text = http.MethodHead, "It asks whether there is a newer version."
		if _, err := p.ask(ctx, head); err != nil {
			return err
		}
	}
	a, err := p.ask(ctx, q)
	if err != nil {
		return err
	}
	if a.status == http.StatusNotModified {
		p.blame(ctx, c, "Server requested update to serial number '%s', but the pass was unchanged.", c.SerialNumber)
		return nil
	}
	if a.status != http.StatusOK {
		return p.fetchFailed(ctx, c, reason(a.status))
	}
	next, err := open(a.body, p.Now())
	if err == nil {
		err = next.succeeds(c)
	}
	if err != nil {
		return errors.Join(err, p.fetchFailed(ctx, c, "Received invalid pass data"))
	}
	if next.token != c.token {
		p.say(Line{From: "phone", To: "phone", Text: "The new version has another authenticationToken: the phone goes on with that of the first one."})
		next.token = c.token
	}
	if c.modified != "" && next.same(c) {
		p.blame(ctx, c, "Server ignored the 'if-modified-since' header (%s) and returned the full unchanged pass data for serial number '%s'.", c.modified, c.SerialNumber)
		c.modified = a.header.Get("Last-Modified")
		p.keep(&c)
		return nil
	}
	next.modified = a.header.Get("Last-Modified")
	next.Updates = c.Updates + 1
	next.Notices = append(c.Notices, p.notices(c.Document, next.Document)...)
	p.keep(next)
	if next.service != c.service && next.service != "" {
		return p.register(ctx, *next) // the pass has moved to another service
	}
	return nil
}

func (p *Phone) fetchFailed(ctx context.Context, c Card, why string) error {
	p.complain(ctx, c, "Get pass task (pass type %s, serial number %s, if-modified-since %s; with web service url %s) encountered error: %s",
		c.PassTypeIdentifier, c.SerialNumber, c.modified, c.service, why)
	return fmt.Errorf("fetch: %s", why)
}

// succeeds says why Wallet does not take one pass for a new version of another: it has
// to have the same names.
func (c *Card) succeeds(old Card) error {
	for _, n := range [...]struct{ key, was, is string }{
		{"passTypeIdentifier", old.PassTypeIdentifier, c.PassTypeIdentifier},
		{"serialNumber", old.SerialNumber, c.SerialNumber},
		{"teamIdentifier", old.Document.TeamIdentifier, c.Document.TeamIdentifier},
	} {
		if n.was != n.is {
			return fmt.Errorf("%w: its %s is %q, that of the installed version %q", ErrRefused, n.key, n.is, n.was)
		}
	}
	return nil
}

// same reports whether two versions hold the same files.
func (c *Card) same(other Card) bool {
	return maps.EqualFunc(c.Files, other.Files, func(a, b pkpass.File) bool { return a.SHA1 == b.SHA1 })
}

// blame complains of what the server said, in the form that Wallet has for that.
func (p *Phone) blame(ctx context.Context, c Card, format string, args ...any) {
	p.complain(ctx, c, "Web service error for %s (%s): "+format, append([]any{c.PassTypeIdentifier, c.service}, args...)...)
}

// complain posts a line to the server's log, as Wallet does.
func (p *Phone) complain(ctx context.Context, c Card, format string, args ...any) {
	body, err := json.Marshal(map[string][]string{"logs": {fmt.Sprintf(format, args...)}})
	if err == nil {
		_, _ = p.ask(ctx, request{method: http.MethodPost, url: c.service + "/v1/log", body: body, text: fmt.Sprintf(format, args...)})
	}
}

type request struct {
	method, url, token, since, text string
	body                            []byte
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask makes one request and tells of it.
func (p *Phone) ask(ctx context.Context, q request) (answer, error) {
	b := p.Behaviour()
	if b.Offline {
		return answer{}, ErrOffline
	}
	r, err := http.NewRequestWithContext(ctx, q.method, q.url, bytes.NewReader(q.body))
	if err != nil {
		return answer{}, err
	}
	if q.token != "" {
		if b.WrongToken {
			q.token = "wrong-" + strings.ToLower(q.token)
		}
		r.Header.Set("Authorization", "ApplePass "+q.token)
	}
	if q.since != "" {
		r.Header.Set("If-Modified-Since", q.since)
	}
	if len(q.body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	a, err := p.do(r)
	if err == nil {
		p.say(Line{From: "phone", To: "server", Method: q.method, Path: r.URL.RequestURI(), Status: a.status, Text: q.text})
	}
	return a, err
}

func (p *Phone) do(r *http.Request) (answer, error) {
	resp, err := p.HTTP.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPass))
	return answer{resp.StatusCode, resp.Header, body}, err
}
