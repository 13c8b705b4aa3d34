package kony

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
)

// serials is the answer to who lists.
type serials struct {
	LastUpdated   string   `json:"lastUpdated"`
	SerialNumbers []string `json:"serialNumbers"`
}

func (s *Service) changedSince(r *http.Request, since string) (issuer.ListAnswer, error) {
	return s.Issuer.ChangedSince(r.Context(), issuer.ListQuestion{
		PassTypeIdentifier: r.PathValue("bundle"), Library: r.PathValue("device"),
		Since: parseMark(since), From: web.Client(r),
	})
}

// list handles POST /v1/devices/{device}/registrations/{bundle}.
func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	since, err := readSince(r)
	if err != nil {
		return err
	}
	a, err := s.changedSince(r, since)
	switch {
	case err != nil:
		return err
	case !a.Known:
		return notRegistered
	}
	return answer(w, http.StatusOK, serials{milliseconds(a.Newest), append([]string{}, a.SerialNumbers...)})
}

const sinceName = "passesUpdatedSince"

// readSince looks for the mark in the address and then in the body, which may be a form
// or JSON or nothing at all.
func readSince(r *http.Request) (string, error) {
	if text := r.URL.Query().Get(sinceName); text != "" {
		return text, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", fmt.Errorf("read body: %w", err)
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) == nil {
		return strings.Trim(string(members[sinceName]), `"`), nil // a text or a number
	}
	form, _ := url.ParseQuery(string(body)) // what of it can be read
	return form.Get(sinceName), nil
}

// changed handles GET /v1/devices/{device}/registrations/{bundle}, as Wallet asks.
func (s *Service) changed(w http.ResponseWriter, r *http.Request) error {
	a, err := s.changedSince(r, r.URL.Query().Get(sinceName))
	if err != nil {
		return err
	}
	if len(a.SerialNumbers) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return answer(w, http.StatusOK, serials{milliseconds(a.Newest), a.SerialNumbers})
}
