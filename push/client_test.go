package push_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"pocketpass/push"
	"pocketpass/server/simulator/apns"
)

func TestSendWhatAppleWants(t *testing.T) {
	p := newPair(t, push.Options{})
	r := p.send(t)
	if r.Outcome != push.Accepted || r.Status != 200 || r.ID == "" || !r.At.Equal(p.clock.Now()) || r.Err != nil {
		t.Errorf("result %+v", r)
	}
	got := p.apple.Log(token)[0]
	want := apns.Push{
		Token: token, Topic: topic, ID: r.ID, PushType: "background", Priority: "5", CollapseID: topic,
		Expiration: strconv.FormatInt(p.clock.Now().Add(72*time.Hour).Unix(), 10),
		Payload:    "{}", Connection: 1, Status: 200,
	}
	want.At = got.At
	if got != want {
		t.Errorf("the service saw\n%+v, want\n%+v", got, want)
	}
}

func TestSendWithOptions(t *testing.T) {
	p := newPair(t, push.Options{PushType: push.Absent, Priority: 10, Expiration: time.Hour})
	id := strings.Repeat("long", 20)
	if r := p.Send(t.Context(), push.Notification{Token: token, Topic: topic, CollapseID: id}); r.Outcome != push.Accepted {
		t.Fatalf("result %+v", r)
	}
	got := p.apple.Log(token)[0]
	if got.PushType != "" || got.Priority != "10" {
		t.Errorf("push type %q, priority %q; want none and 10", got.PushType, got.Priority)
	}
	if want := strconv.FormatInt(p.clock.Now().Add(time.Hour).Unix(), 10); got.Expiration != want {
		t.Errorf("expiration %s, want %s", got.Expiration, want)
	}
	if len(got.CollapseID) != 64 {
		t.Errorf("collapse id %q is not 64 bytes", got.CollapseID)
	}
}

func TestReasons(t *testing.T) {
	p := newPair(t, push.Options{})
	since := time.UnixMilli(1_767_225_600_123)
	tests := []struct {
		answer apns.Answer
		want   push.Outcome
	}{
		{apns.Answer{Status: 410, Reason: "Unregistered", Timestamp: since}, push.Gone},
		{apns.Answer{Status: 410, Reason: "ExpiredToken", Timestamp: since}, push.Gone},
		{apns.Answer{Status: 400, Reason: "BadDeviceToken"}, push.BadToken},
		{apns.Answer{Status: 400, Reason: "DeviceTokenNotForTopic"}, push.WrongTopic},
		{apns.Answer{Status: 400, Reason: "TopicDisallowed"}, push.Stop},
		{apns.Answer{Status: 400, Reason: "BadTopic"}, push.Stop},
		{apns.Answer{Status: 400, Reason: "MissingTopic"}, push.Stop},
		{apns.Answer{Status: 400, Reason: "BadCollapseId"}, push.Bug},
		{apns.Answer{Status: 400, Reason: "BadExpirationDate"}, push.Bug},
		{apns.Answer{Status: 400, Reason: "BadMessageId"}, push.Bug},
		{apns.Answer{Status: 400, Reason: "BadPriority"}, push.Bug},
		{apns.Answer{Status: 400, Reason: "DuplicateHeaders"}, push.Bug},
		{apns.Answer{Status: 400, Reason: "InvalidPushType"}, push.Bug},
		{apns.Answer{Status: 400, Reason: "MissingDeviceToken"}, push.Bug},
		{apns.Answer{Status: 400, Reason: "PayloadEmpty"}, push.Bug},
		{apns.Answer{Status: 400, Reason: "IdleTimeout"}, push.Retry},
		{apns.Answer{Status: 403, Reason: "BadCertificate"}, push.Stop},
		{apns.Answer{Status: 403, Reason: "BadCertificateEnvironment"}, push.Stop},
		{apns.Answer{Status: 403, Reason: "Forbidden"}, push.Stop},
		{apns.Answer{Status: 403, Reason: "ExpiredProviderToken"}, push.Stop},
		{apns.Answer{Status: 403, Reason: "InvalidProviderToken"}, push.Stop},
		{apns.Answer{Status: 403, Reason: "MissingProviderToken"}, push.Stop},
		{apns.Answer{Status: 404, Reason: "BadPath"}, push.Bug},
		{apns.Answer{Status: 405, Reason: "MethodNotAllowed"}, push.Bug},
		{apns.Answer{Status: 413, Reason: "PayloadTooLarge"}, push.Bug},
		{apns.Answer{Status: 429, Reason: "TooManyRequests", RetryAfter: 90 * time.Second}, push.Throttled},
		{apns.Answer{Status: 429, Reason: "TooManyProviderTokenUpdates"}, push.Throttled},
		{apns.Answer{Status: 500, Reason: "InternalServerError"}, push.Retry},
		{apns.Answer{Status: 503, Reason: "ServiceUnavailable", RetryAfter: time.Hour}, push.Retry},
		{apns.Answer{Status: 503, Reason: "Shutdown"}, push.Retry},
	}
	for _, tt := range tests {
		t.Run(tt.answer.Reason, func(t *testing.T) {
			p.apple.AnswerToken(token, tt.answer)
			r := p.send(t)
			if r.Outcome != tt.want || r.Status != tt.answer.Status || r.Reason != tt.answer.Reason {
				t.Errorf("result %+v, want %s", r, tt.want)
			}
			if !r.Timestamp.Equal(tt.answer.Timestamp) || r.RetryAfter != tt.answer.RetryAfter {
				t.Errorf("timestamp %v, retry after %v, want those of %+v", r.Timestamp, r.RetryAfter, tt.answer)
			}
			if meaning, _ := push.Explain(r.Reason); strings.Contains(meaning, "does not know") && tt.want == push.Bug {
				t.Errorf("reason %s is not explained", r.Reason)
			}
		})
	}
	if n := p.apple.Stats().Connections; n != 1 {
		t.Errorf("%d connections, want 1: an answer is no reason to connect again", n)
	}
}

func TestUnknownAnswers(t *testing.T) {
	p := newPair(t, push.Options{})
	tests := []struct {
		answer apns.Answer
		want   push.Outcome
	}{
		{apns.Answer{Status: 400, Reason: "NewWord"}, push.Bug},
		{apns.Answer{Status: 403, Reason: "NewWord"}, push.Stop},
		{apns.Answer{Status: 410, Reason: "NewWord"}, push.Gone},
		{apns.Answer{Status: 429, Reason: "NewWord"}, push.Throttled},
		{apns.Answer{Status: 502, Body: "<html>Bad gateway</html>"}, push.Retry},
		{apns.Answer{Status: 307, Body: "elsewhere"}, push.Retry},
		{apns.Answer{Status: 500, Body: strings.Repeat("x", 20_000)}, push.Retry},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.answer.Status), func(t *testing.T) {
			p.apple.AnswerToken(token, tt.answer)
			if r := p.send(t); r.Outcome != tt.want || r.Status != tt.answer.Status || r.Reason != tt.answer.Reason {
				t.Errorf("result %+v, want %s", r, tt.want)
			}
		})
	}
}

func TestRefusedBeforeSending(t *testing.T) {
	p := newPair(t, push.Options{})
	tests := []struct {
		name string
		n    push.Notification
		want push.Outcome
	}{
		{"no token", push.Notification{Topic: topic}, push.BadToken},
		{"token with a path", push.Notification{Token: "../../x", Topic: topic}, push.BadToken},
		{"token with half a byte", push.Notification{Token: "abc", Topic: topic}, push.BadToken},
		{"endless token", push.Notification{Token: strings.Repeat("ab", 201), Topic: topic}, push.BadToken},
		{"no topic", push.Notification{Token: token}, push.Bug},
		{"topic with a header", push.Notification{Token: token, Topic: "a\r\nx: y"}, push.Bug},
		{"collapse id with a header", push.Notification{Token: token, Topic: topic, CollapseID: "a\nb"}, push.Bug},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := p.Send(t.Context(), tt.n)
			if r.Outcome != tt.want || r.Status != 0 || r.Err == nil {
				t.Errorf("result %+v, want %s without an answer", r, tt.want)
			}
		})
	}
	if n := p.apple.Stats().Connections; n != 0 {
		t.Errorf("%d connections, want none", n)
	}
}

func TestTopicOfAnotherCertificate(t *testing.T) {
	p := newPair(t, push.Options{})
	r := p.Send(t.Context(), push.Notification{Token: token, Topic: "pass.com.example.other"})
	if r.Outcome != push.Stop || r.Reason != "TopicDisallowed" {
		t.Errorf("result %+v, want Stop for TopicDisallowed", r)
	}
}

func TestErrorsKeepTheTokenSecret(t *testing.T) {
	p := newPair(t, push.Options{})
	p.apple.Close()
	r := p.send(t)
	if r.Outcome != push.Retry || r.Err == nil || strings.Contains(r.Err.Error(), token) {
		t.Errorf("outcome %s, error %v; want Retry and an error without the token", r.Outcome, r.Err)
	}
}

func TestHostIsNoAddress(t *testing.T) {
	for _, host := range []string{"api.push.apple.com", "http://127.0.0.1:1", "https://", "https://[::1"} {
		c := push.New(newAuthority(t).issue(t, topic, time.Now().Add(time.Hour)), push.Options{Host: host})
		r := c.Send(t.Context(), push.Notification{Token: token, Topic: topic})
		if r.Outcome != push.Stop {
			t.Errorf("host %q: result %+v, want Stop", host, r)
		}
		c.Close()
	}
}

func TestClose(t *testing.T) {
	p := newPair(t, push.Options{})
	p.wantAccepted(t)
	p.apple.AnswerAll(apns.Answer{Delay: time.Hour})
	arrived := p.arrival(token)
	done := make(chan push.Result)
	go func() { done <- p.send(t) }()
	<-arrived
	p.Client.Close()
	if r := <-done; r.Outcome != push.Retry || !errors.Is(r.Err, push.ErrClosed) {
		t.Errorf("send under way: %+v, want ErrClosed", r)
	}
	if r := p.send(t); !errors.Is(r.Err, push.ErrClosed) {
		t.Errorf("send after closing: %+v, want ErrClosed", r)
	}
}

func TestCancel(t *testing.T) {
	p := newPair(t, push.Options{MaxConcurrent: 1})
	p.apple.AnswerAll(apns.Answer{Delay: time.Hour, Times: 1})
	ctx, cancel := context.WithCancel(t.Context())
	arrived, done := p.arrival(token), make(chan push.Result)
	go func() { done <- p.Send(ctx, push.Notification{Token: token, Topic: topic}) }()
	<-arrived
	waiting, stop := context.WithCancel(t.Context())
	stop()
	if r := p.Send(waiting, push.Notification{Token: token, Topic: topic}); !errors.Is(r.Err, context.Canceled) {
		t.Errorf("waiting for a slot: %+v, want Canceled", r)
	}
	cancel()
	if r := <-done; r.Outcome != push.Retry || !errors.Is(r.Err, context.Canceled) {
		t.Errorf("under way: %+v, want Retry for Canceled", r)
	}
	p.wantAccepted(t) // the turn on the unproven connection was passed on
	if n := p.apple.Stats().Connections; n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}
