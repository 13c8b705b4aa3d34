package kony

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
)

// registering is what every call about one pass of one device says.
func (s *Service) registering(r *http.Request) (g issuer.Registering, err error) {
	g = issuer.Registering{Library: r.PathValue("device"), PassTypeIdentifier: r.PathValue("bundle"),
		SerialNumber: r.PathValue("serial"), Token: deviceToken(r), Opaque: true, From: web.Client(r)}
	g.Owner, err = s.owner(r.Context(), g.Token)
	return g, err
}

// register handles POST /v1/devices/{device}/registrations/{bundle}/{serial}. What is
// wrong with the body is said to whoever may register only.
func (s *Service) register(w http.ResponseWriter, r *http.Request) error {
	g, err := s.registering(r)
	if err != nil {
		return err
	}
	var bad error
	if g.PushToken, bad = readPushToken(r); bad != nil {
		g.PushToken = "" // is refused
	}
	isNew, err := s.Issuer.Register(r.Context(), g)
	switch {
	case err != nil && bad != nil && issuer.KindOf(err) == issuer.Invalid:
		return bad
	case err != nil:
		return err
	case isNew:
		return answer(w, http.StatusCreated, created)
	}
	return answer(w, http.StatusOK, success)
}

// readPushToken reads it in whatever groups and case it is written.
func readPushToken(r *http.Request) (string, error) {
	members, err := readObject(r)
	if err != nil {
		return "", err
	}
	var text string
	if raw, ok := members["pushToken"]; !ok || json.Unmarshal(raw, &text) != nil {
		return "", noPushToken
	}
	text = strings.Map(func(c rune) rune {
		if strings.ContainsRune(" \t\r\n<>", c) {
			return -1
		}
		return c
	}, strings.ToLower(text))
	if len(text) < minPushToken {
		return "", noPushToken
	}
	return text, nil
}

// minPushToken is the length of the shortest push token, in hexadecimal digits.
const minPushToken = 16

// readObject reads a body that has to be a JSON object, whatever its type says.
func readObject(r *http.Request) (members map[string]json.RawMessage, err error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &members) != nil {
		return nil, badJSON
	}
	return members, nil
}

// unregister handles POST /v1/devices/{device}/unregistrations/{bundle}/{serial}, and
// DELETE as Wallet has it.
func (s *Service) unregister(w http.ResponseWriter, r *http.Request) error {
	g, err := s.registering(r)
	if err != nil {
		return err
	}
	if err := s.Issuer.Unregister(r.Context(), g); err != nil {
		return err
	}
	return answer(w, http.StatusOK, success)
}

// log handles POST /v1/log.
func (s *Service) log(w http.ResponseWriter, r *http.Request) error {
	members, err := readObject(r)
	if err != nil {
		return err
	}
	var lines []string
	if raw, ok := members["logs"]; ok && json.Unmarshal(raw, &lines) != nil {
		return badJSON
	}
	s.Issuer.DeviceLog(lines)
	return answer(w, http.StatusOK, success)
}
