package passtools

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/store"
)

// publicURL is a link to a pass that works without a key, once or for ever.
type publicURL struct {
	Single   bool `json:"single,omitempty"`
	Installs int  `json:"installs,omitempty"` // downloads through it
}

// readPublicURL reads what a document asks for, nil if it asks for none.
func readPublicURL(raw json.RawMessage) (*publicURL, error) {
	var o map[string]json.RawMessage
	if isNull(raw) || json.Unmarshal(raw, &o) != nil || isNull(o["type"]) {
		return nil, nil
	}
	kind, _ := textOf(o["type"])
	switch strings.ToLower(kind) {
	case "multiple":
		return &publicURL{}, nil
	case "single":
		return &publicURL{Single: true}, nil
	}
	return nil, refuse("publicUrl", "the type must be multiple or single")
}

// publicView is how a link is shown.
type publicView struct {
	Path     string `json:"path"`
	Type     string `json:"type"`
	Used     bool   `json:"used"`
	Installs int    `json:"installs"`
}

func (s *Service) publicView(p store.Pass, u publicURL) *publicView {
	kind := "Multiple"
	if u.Single {
		kind = "Single"
	}
	return &publicView{s.BaseURL + base + "/download/pass/" + publicID(p), kind, u.Installs > 0, u.Installs}
}

// numberLen is how much of a UUID says which pass it is; the rest cannot be guessed.
const numberLen = len("01234567-89ab-8def-")

// publicID is a UUID of version 8 that has the id of a pass and follows from the random id
// of its page.
func publicID(p store.Pass) string {
	sum := sha256.Sum256([]byte("passtools " + p.PublicID))
	sum[0] = sum[0]&0x3f | 0x80 // variant of RFC 9562
	tail := hex.EncodeToString(sum[:8])
	return p.ID.UUID()[:numberLen] + tail[:4] + "-" + tail[4:]
}

// publicPass finds the pass of a link.
func publicPass(r store.Reader, uuid string) (store.Pass, error) {
	if len(uuid) != len("01234567-89ab-8def-0123-456789abcdef") {
		return store.Pass{}, notFound
	}
	id, ok := store.ParseUUID(uuid[:numberLen] + store.MaxID.UUID()[numberLen:])
	if !ok {
		return store.Pass{}, notFound
	}
	p, err := r.AnyPass(id)
	if errors.Is(err, store.ErrNotFound) {
		return p, notFound
	}
	if err == nil && (!p.Deleted.IsZero() || subtle.ConstantTimeCompare([]byte(strings.ToLower(uuid)), []byte(publicID(p))) != 1) {
		err = notFound
	}
	return p, err
}

// downloadPublic handles GET /download/pass/{uuid}, which everybody may who has the link. A
// link that works once still does after a download that failed.
func (s *Service) downloadPublic(c *call) error {
	p, err := s.followPublic(c, false)
	if err != nil {
		return err
	}
	d, err := s.Issuer.PublicDownload(c.Context(), p.PublicID, web.Client(c.Request), c.Request.Method == http.MethodHead)
	if err != nil {
		return err
	}
	if c.Request.Method != http.MethodHead { // which gets no file
		if _, err := s.followPublic(c, true); err != nil {
			return err
		}
	}
	c.ResponseWriter.Header().Set("X-Robots-Tag", "noindex")
	return c.file(d, "pass-"+string(passNumber(p))+".pkpass")
}

// followPublic finds the pass of a link that is good still, and counts a download if there
// is one.
func (s *Service) followPublic(c *call, count bool) (p store.Pass, err error) {
	err = issuer.Again(c.Context(), func() error {
		var o own
		err := s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
			if p, err = publicPass(r, c.args["uuid"]); err == nil {
				o, err = readOwn(p)
			}
			return err
		})
		if err != nil {
			return err
		}
		if o.Public == nil || o.Public.Single && o.Public.Installs > 0 {
			return notFound
		}
		if !count {
			return nil
		}
		counted := *o.Public
		counted.Installs++
		o.Public = &counted
		text, err := o.written()
		if err != nil {
			return err
		}
		_, err = s.Issuer.Update(c.Context(), issuer.Actor{Org: p.Org}, p.ID, issuer.Change{Meta: map[string]*string{metaKey: &text}, Quiet: true, IfMatch: &p.Edited})
		return err
	})
	return p, err
}
