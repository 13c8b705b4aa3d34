package simulator_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"pocketpass/server/servertest"
)

// between is what stands between a phone and the server, such as a bad proxy.
type between func(*http.Request) (*http.Response, error)

func (b between) RoundTrip(r *http.Request) (*http.Response, error) { return b(r) }

// spoiled changes the answers to paths that begin with prefix.
func spoiled(s *servertest.Server, prefix string, spoil func(*http.Response, []byte) []byte) *http.Client {
	return &http.Client{Transport: between(func(r *http.Request) (*http.Response, error) {
		resp, err := s.HTTP.Transport.RoundTrip(r)
		if err != nil || !strings.HasPrefix(r.URL.Path, prefix) {
			return resp, err
		}
		body, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			return nil, err // as when the phone is switched off
		}
		resp.Body = io.NopCloser(bytes.NewReader(spoil(resp, body)))
		return resp, nil
	})}
}
