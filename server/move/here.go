package move

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pocketpass/server/compat/moved"
)

// Here is the server that everything moves to, by its control socket.
type Here struct {
	HTTP *http.Client
	URL  string           // that addresses on the socket begin with
	Now  func() time.Time // nil means time.Now

	service    string // that something moves from
	id, secret string // of the key for the time of a move
	passTypes  map[string]bool
}

func (h *Here) now() time.Time {
	if h.Now == nil {
		return time.Now()
	}
	return h.Now()
}

// open makes a key that the dialect is called with, and reads which certificates there
// are. A dry run has a key that cannot change anything.
func (h *Here) open(ctx context.Context, service string, dry bool) error {
	h.service = service
	name, role := "import from "+service, "admin"
	if dry {
		role = "viewer"
	}
	if err := h.endKeys(ctx, name); err != nil {
		return err
	}
	var key struct{ Token string }
	if err := h.native(ctx, http.MethodPost, "/keys", map[string]string{"name": name, "role": role}, &key); err != nil {
		return err
	}
	h.id, h.secret, _ = strings.Cut(key.Token, ".")
	return h.readPassTypes(ctx)
}

// endKeys ends those of a move that was killed.
func (h *Here) endKeys(ctx context.Context, name string) error {
	type key struct {
		ID, Name string
		Revoked  *time.Time
	}
	return each(ctx, h, "/keys", func(k key) error {
		if k.Name != name || k.Revoked != nil {
			return nil
		}
		return h.native(ctx, http.MethodDelete, "/keys/"+k.ID, nil, nil)
	})
}

// close ends the key.
func (h *Here) close(ctx context.Context) error {
	return h.native(ctx, http.MethodDelete, "/keys/"+h.id, nil, nil)
}

func (h *Here) readPassTypes(ctx context.Context) error {
	type certificate struct{ PassTypeIdentifier string }
	h.passTypes = make(map[string]bool)
	return each(ctx, h, "/certificates", func(c certificate) error {
		if c.PassTypeIdentifier != "" { // else it is only requested
			h.passTypes[c.PassTypeIdentifier] = true
		}
		return nil
	})
}

// each visits the items of a list of the native API.
func each[T any](ctx context.Context, h *Here, path string, visit func(T) error) error {
	for cursor := ""; ; {
		var page struct {
			Items      []T
			NextCursor string
		}
		if err := h.native(ctx, http.MethodGet, path+"?limit=200&cursor="+url.QueryEscape(cursor), nil, &page); err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := visit(item); err != nil {
				return err
			}
		}
		if cursor = page.NextCursor; cursor == "" {
			return nil
		}
	}
}

// onlyPassType is the pass type of a server that has no other.
func (h *Here) onlyPassType() (string, error) {
	for passType := range h.passTypes {
		if len(h.passTypes) == 1 {
			return passType, nil
		}
	}
	if len(h.passTypes) == 0 {
		return "", unfit("no certificate is here: hand that of its pass type over with pocketpass cert import, then run this again")
	}
	return "", unfit("nothing says which pass type its passes are of: name one of yours with --pass-type")
}

// signs refuses a pass type that there is no certificate for.
func (h *Here) signs(passType string) error {
	if passType == "" || h.passTypes[passType] {
		return nil
	}
	return unfit("its passes are of the type %s, for which no certificate is here: hand it over with pocketpass cert import, then run this again", passType)
}

// hasPass says whether a pass is here, by what phones know it by. Another one with its
// serial number is a *Refused.
func (h *Here) hasPass(ctx context.Context, passType string, r moved.Record) (bool, error) {
	var page struct {
		Items []struct{ FormerID struct{ Service, ID string } }
	}
	q := url.Values{"passTypeIdentifier": {passType}, "serialNumber": {r.SerialNumber}}
	if err := h.native(ctx, http.MethodGet, "/passes?"+q.Encode(), nil, &page); err != nil || len(page.Items) == 0 {
		return false, err
	}
	former := page.Items[0].FormerID
	switch {
	case r.ID == "" || former.Service == h.service && former.ID == r.ID:
		return true, nil
	case former.Service == h.service:
		return false, unfit("%s of the same account is here with its serial number %s, and phones know only one by it", former.ID, r.SerialNumber)
	case former.Service != "":
		return false, unfit("it came here from %s already, as %s: an account that is here needs no second service to move it", former.Service, former.ID)
	}
	return false, unfit("a pass that was made here has its serial number %s, and phones know only one by it", r.SerialNumber)
}

// native makes a request of the native API.
func (h *Here) native(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	answer, err := h.send(ctx, method, "/api/v1"+path, "application/json", bytes.NewReader(body), nil)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// again makes a request of the dialect for a record that moves here.
func (h *Here) again(ctx context.Context, path string, r moved.Record, contentType string, body []byte, sign func(*http.Request)) ([]byte, error) {
	var wrapped bytes.Buffer
	media, err := moved.Wrap(&wrapped, r, contentType, body)
	if err != nil {
		return nil, err
	}
	return h.send(ctx, http.MethodPost, path, media, &wrapped, sign)
}

// send makes a request. A *Refused is what the server has against it; that the server
// itself cannot go on is another error.
func (h *Here) send(ctx context.Context, method, path, contentType string, body io.Reader, sign func(*http.Request)) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, h.URL+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", contentType)
	if sign != nil {
		sign(r)
	}
	resp, err := h.HTTP.Do(r)
	if err != nil {
		return nil, fmt.Errorf("this server does not answer: %w", unnamed(err))
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode == http.StatusUnauthorized && sign != nil:
		return nil, fmt.Errorf("the key of this move was ended: does another move from %s run?", h.service)
	case resp.StatusCode >= http.StatusInternalServerError:
		return nil, fmt.Errorf("this server cannot go on: %s", sentence(resp.Status, answer))
	case resp.StatusCode >= http.StatusMultipleChoices:
		return nil, &Refused{Status: resp.StatusCode, Text: sentence(resp.Status, answer)}
	}
	return answer, nil
}

// has says whether the dialect knows something by the path that it had.
func (h *Here) has(ctx context.Context, path string, sign func(*http.Request)) (bool, error) {
	_, err := h.send(ctx, http.MethodGet, path, "application/json", http.NoBody, sign)
	if r, ok := err.(*Refused); ok && r.Status == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}
