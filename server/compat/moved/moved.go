// Package moved lets a record be made again that had a life elsewhere: beside the
// request of an old service that makes it stands what that service never let clients
// choose, as its id, its serial number and its token.
//
// Such requests come over the control socket alone. A dialect asks Of in the few places
// where it makes something, and is as it was for everybody else.
package moved

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/store"
)

// Record is what a service knew of a record. What it did not have is empty.
type Record struct {
	ID                  string `json:"id,omitempty"` // as the service spelt it
	PassTypeIdentifier  string `json:"passTypeIdentifier,omitempty"`
	SerialNumber        string `json:"serialNumber,omitempty"`
	AuthenticationToken string `json:"authenticationToken,omitempty"`
	PublicID            string `json:"publicId,omitempty"`
	Code                string `json:"code,omitempty"` // that tills read, unless the request itself has one

	Paused    bool      `json:"paused,omitempty"`    // a campaign that issues nothing for now
	Created   time.Time `json:"created,omitzero"`    // zero if nobody knows
	Voided    *bool     `json:"voided,omitempty"`    // nil leaves it to the request
	Redeemed  []string  `json:"redeemed,omitempty"`  // what was noted of each redemption, the first one first
	AllPlaces bool      `json:"allPlaces,omitempty"` // places of the request are all that a pass has, without its template's

	// Pictures are those that the request names, by their addresses, which may lead
	// nowhere any more.
	Pictures map[string][]byte `json:"-"`
}

type key struct{}

// Of is what stands beside the request of a context; nothing if it makes something new.
func Of(ctx context.Context) Record {
	r, _ := ctx.Value(key{}).(Record)
	return r
}

// Former is what the record is called in the service; the zero Former if it is new.
func (r Record) Former(service string) store.Former {
	if r.ID == "" {
		return store.Former{}
	}
	return store.Former{Service: service, ID: r.ID}
}

// State is that of a campaign from its beginning.
func (r Record) State() store.CampaignState {
	if r.Paused {
		return store.Paused
	}
	return store.Active
}

// Complete makes o an order of the pass that was.
func (r Record) Complete(o *issuer.Order, service string) {
	if r.ID != "" {
		o.Former, o.SerialNumber, o.Token, o.PublicID, o.Created = r.Former(service), r.SerialNumber, r.AuthenticationToken, r.PublicID, r.Created
		o.Code = cmp.Or(o.Code, r.Code)
		o.Stand.Past = r.Redeemed
		if r.Voided != nil {
			o.Stand.Voided = r.Voided
		}
		if r.AllPlaces {
			o.Places = cmp.Or(o.Places, new(issuer.Places))
			o.Places.Replace = true
		}
	}
}

// Fetch gets pictures as fetch does, but those that came with the record.
func (r Record) Fetch(ctx context.Context, addresses map[string]string, fetch func(context.Context, map[string]string) (map[string][]byte, error)) (map[string][]byte, error) {
	rest, brought := maps.Clone(addresses), make(map[string][]byte)
	for name, address := range addresses {
		if data, ok := r.Pictures[address]; ok {
			brought[name] = data
			delete(rest, name)
		}
	}
	if len(rest) == 0 {
		return brought, nil
	}
	out, err := fetch(ctx, rest)
	if err != nil {
		return nil, err
	}
	maps.Copy(out, brought)
	return out, nil
}

// media is a request with a record: a part of JSON, parts of pictures whose file names
// are their addresses, and last the request's own body, with its own type.
const media = "multipart/vnd.pocketpass.moved"

// Limits of what stands beside a request, in bytes and pictures.
const (
	maxRecord   = 4 << 20
	maxPicture  = 5 << 20
	maxPictures = 24
)

// Unwrap hands requests with a record on as what they are without it. Those without
// pass as they are.
func Unwrap(next http.Handler) http.Handler {
	return web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != media {
			next.ServeHTTP(w, r)
			return nil
		}
		record, body, err := read(multipart.NewReader(r.Body, params["boundary"]))
		if err != nil {
			return &web.Problem{Status: http.StatusBadRequest, Code: "moved_record", Detail: fmt.Sprintf("what stands beside the request cannot be read: %v", err)}
		}
		inner := r.Clone(context.WithValue(r.Context(), key{}, record))
		inner.Body, inner.ContentLength = io.NopCloser(body), -1
		inner.Header.Set("Content-Type", body.Header.Get("Content-Type"))
		next.ServeHTTP(w, inner)
		return nil
	})
}

// read takes a request apart up to its own body.
func read(parts *multipart.Reader) (r Record, body *multipart.Part, err error) {
	r.Pictures = make(map[string][]byte)
	for len(r.Pictures) <= maxPictures {
		p, err := parts.NextPart()
		if err != nil {
			return r, nil, err
		}
		switch p.FormName() {
		case "record":
			err = json.NewDecoder(io.LimitReader(p, maxRecord)).Decode(&r)
		case "picture":
			r.Pictures[p.Header.Get(headerAddress)], err = io.ReadAll(io.LimitReader(p, maxPicture))
		case "body":
			return r, p, nil
		}
		if err != nil {
			return r, nil, err
		}
	}
	return r, nil, errors.New("too many pictures")
}

const headerAddress = "Pocketpass-Address"

// Wrap writes a request's body with the record beside it and returns the type of what
// it wrote.
func Wrap(w io.Writer, r Record, contentType string, body []byte) (string, error) {
	form := multipart.NewWriter(w)
	raw, err := json.Marshal(r)
	if err == nil {
		err = part(form, "record", "application/json", "", raw)
	}
	for address, picture := range r.Pictures {
		err = errors.Join(err, part(form, "picture", "application/octet-stream", address, picture))
	}
	err = errors.Join(err, part(form, "body", contentType, "", body), form.Close())
	return mime.FormatMediaType(media, map[string]string{"boundary": form.Boundary()}), err
}

func part(form *multipart.Writer, name, contentType, address string, data []byte) error {
	h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + name + `"`}, "Content-Type": {contentType}}
	if address != "" {
		h.Set(headerAddress, address)
	}
	p, err := form.CreatePart(h)
	if err == nil {
		_, err = p.Write(data)
	}
	return err
}
