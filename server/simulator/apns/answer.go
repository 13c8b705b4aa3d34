package apns

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/net/http2/hpack"
)

// response is an answer ready for the wire.
type response struct {
	header []hpack.HeaderField
	body   string // empty for 200
	delay  time.Duration
}

// answer judges r by Apple's rules and then by the script, and records it.
func (s *Service) answer(c *session, r *request) response {
	a := Answer{Status: statusOK}
	if no := r.judge(); no.status != 0 {
		a = Answer{Status: no.status, Reason: no.reason}
	} else if scripted := s.scripted(r.token()); scripted.Status != 0 {
		a = scripted
	} else {
		a.Delay = scripted.Delay
	}
	p := r.push(c)
	p.At, p.Status, p.Reason = s.options.Now(), a.Status, a.Reason
	s.record(p)
	return a.response(p.ID)
}

func (r *request) push(c *session) Push {
	p := Push{
		Token:      r.token(),
		Topic:      r.pushTopic(),
		ID:         r.header("apns-id"),
		PushType:   r.header("apns-push-type"),
		Priority:   r.header("apns-priority"),
		Expiration: r.header("apns-expiration"),
		CollapseID: r.header("apns-collapse-id"),
		Payload:    string(r.payload),
		Connection: c.number,
	}
	if p.ID == "" {
		p.ID = fmt.Sprintf("%08X-0000-4000-8000-%012X", c.number, c.requests)
	}
	return p
}

func (a Answer) response(id string) response {
	out := response{delay: a.Delay, header: []hpack.HeaderField{
		{Name: ":status", Value: strconv.Itoa(a.Status)},
		{Name: "apns-id", Value: id},
	}}
	if a.RetryAfter > 0 {
		out.header = append(out.header, hpack.HeaderField{
			Name: "retry-after", Value: strconv.Itoa(int(a.RetryAfter.Seconds())),
		})
	}
	if a.Status != statusOK {
		out.body = a.text()
	}
	return out
}

func (a Answer) text() string {
	if a.Body != "" {
		return a.Body
	}
	body := struct {
		Reason    string `json:"reason"`
		Timestamp int64  `json:"timestamp,omitempty"` // milliseconds since 1970
	}{Reason: a.Reason}
	if !a.Timestamp.IsZero() {
		body.Timestamp = a.Timestamp.UnixMilli()
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // a string and a number always marshal
	}
	return string(text)
}
