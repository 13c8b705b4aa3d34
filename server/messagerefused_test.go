package server_test

import (
	"strings"
	"testing"

	"pocketpass/server/servertest"
)

// TestMessagesAreRefused lists what no message can be.
func TestMessagesAreRefused(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	p := s.Issue(t, c, nil)
	tests := []struct {
		name, code string
		body       map[string]any
	}{
		{"empty", "message_empty", map[string]any{"text": " \n"}},
		{"a control character", "message_characters", map[string]any{"text": "a\tb"}},
		{"too long", "message_long", map[string]any{"text": strings.Repeat("é", 1001)}},
		{"a broken placeholder", "message_placeholder", map[string]any{"text": "{{name"}},
		{"an undo window of days", "undo_window", map[string]any{"text": "x", "undoWindow": 86401}},
		{"an undo window beyond all", "undo_window", map[string]any{"text": "x", "undoWindow": int64(1) << 62}},
		{"all as the first part", "canary", map[string]any{"text": "x", "canary": 100}},
		{"a wait without a first part", "canary_wait", map[string]any{"text": "x", "canaryWait": 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.body["campaign"] = c.ID.Short()
			s.Post(t, "/api/v1/messages", tt.body).Fails(t, 422, tt.code)
		})
	}
	s.Post(t, "/api/v1/messages", `{"text": "x"}`).Fails(t, 422, "source_missing")
	s.Post(t, "/api/v1/jobs", map[string]any{"kind": "message", "campaign": c.ID.Short()}).Fails(t, 422, "message_missing")
	s.Post(t, path(p)+"/messages", `{"text": "{{nobody}}"}`).Fails(t, 422, "placeholder_undefined")
	reserved := `{"storeCard": {"backFields": [{"key": "pocketpass.message", "value": "x"}]}}`
	s.Patch(t, path(p), `{"document": `+reserved+`}`).Fails(t, 422, "key_reserved")
	s.Patch(t, path(p), `{"document": `+strings.Replace(reserved, "pocketpass", `p\u006fcketpass`, 1)+`}`).Fails(t, 422, "key_reserved")
	s.Patch(t, path(p), `{"values": {"pocketpass.message": "x"}}`).Fails(t, 422, "key_reserved")
}

// TestMessagesOfOthers do not exist.
func TestMessagesOfOthers(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	p := s.Issue(t, c, nil)
	s.Phone(t, p)
	m := send(t, s, map[string]any{"text": "Hello", "campaign": c.ID.Short()})
	var made struct{ Key struct{ Token string } }
	s.Post(t, "/api/v1/organisations", `{"name": "Other"}`).Status(t, 201).JSON(t, &made)
	stranger := s.Caller
	stranger.Key = made.Key.Token
	stranger.Get(t, "/api/v1/messages/"+m.ID).Fails(t, 404, "not_found")
	stranger.Post(t, "/api/v1/messages/"+m.ID+"/undo", nil).Fails(t, 404, "not_found")
	stranger.Post(t, path(p)+"/messages", `{"text": "x"}`).Fails(t, 404, "not_found")
	stranger.Post(t, path(p)+"/preview", `{}`).Fails(t, 404, "not_found")
	stranger.Post(t, "/api/v1/messages", map[string]any{"text": "x", "campaign": c.ID.Short()}).Fails(t, 422, "unknown_campaign")
	var mine broadcast
	stranger.Post(t, "/api/v1/messages", map[string]any{"text": "x", "ids": []string{p.ID.Short()}, "dryRun": true}).Status(t, 200).JSON(t, &mine)
	if mine.Reach.Passes != 0 || mine.Reach.Devices != 0 {
		t.Errorf("a stranger reaches %+v", mine.Reach)
	}
	if list := string(stranger.Get(t, "/api/v1/messages").Status(t, 200).Body); strings.Contains(list, "Hello") {
		t.Error(list)
	}
}
