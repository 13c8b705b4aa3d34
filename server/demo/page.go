package demo

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/simulator"
	"pocketpass/server/web"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
	"pocketpass/ui"
)

// Register mounts the demo's page. Everybody who reaches the server may use it:
// it is a demo, and it listens on loopback unless told otherwise.
func (d *Demo) Register(mux *http.ServeMux) {
	guard := http.NewCrossOriginProtection() // a foreign page may not press our buttons
	mux.Handle("GET /{$}", ui.DemoPage())
	mux.Handle("GET /demo/state", web.Handle(d.state))
	mux.Handle("GET /demo/events", web.Handle(d.events))
	mux.Handle("GET /demo/images/{side}/{name...}", web.Handle(d.picture))
	mux.Handle("POST /demo/change", guard.Handler(web.Handle(d.change)))
	mux.Handle("POST /demo/phone", guard.Handler(web.Handle(d.tap)))
	mux.Handle("POST /demo/void", guard.Handler(web.Handle(d.void)))
}

type passView struct {
	ID           string `json:"id"`
	PublicID     string `json:"publicId"`
	SerialNumber string `json:"serialNumber"`
	PageURL      string `json:"pageUrl"`
	PkpassURL    string `json:"pkpassUrl"`
}

// Links are where the sample pass is.
func (d *Demo) Links() (page, pkpass string) {
	page = d.baseURL + "/p/" + d.Pass.PublicID
	return page, page + ".pkpass"
}

type serverView struct {
	Document *pkpass.Document  `json:"document"`
	Images   map[string]string `json:"images"`
}

type phoneView struct {
	Installed bool              `json:"installed"`
	Online    bool              `json:"online"`
	Document  *pkpass.Document  `json:"document"`
	Images    map[string]string `json:"images"`
	Notices   []noticeView      `json:"notices"`
}

type noticeView struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

type fieldView struct {
	Key   string       `json:"key"`
	Label string       `json:"label"`
	Value pkpass.Value `json:"value"`
	Type  string       `json:"type"`
}

// state handles GET /demo/state.
func (d *Demo) state(w http.ResponseWriter, r *http.Request) error {
	s, err := d.serverView(r.Context())
	if err != nil {
		return err
	}
	_, found, err := d.issuer.Document(r.Context(), d.actor, d.Pass.ID)
	if err != nil {
		return err
	}
	page, file := d.Links()
	return web.WriteJSON(w, http.StatusOK, map[string]any{
		"pass":     passView{d.Pass.ID.Short(), d.Pass.PublicID, d.Pass.SerialNumber, page, file},
		"document": s.Document,
		"images":   s.Images,
		"phone":    d.phoneView(),
		"log":      d.hub.recent(),
		"fields":   fieldsOf(s.Document),
		"findings": append([]pkpass.Finding{}, found...),
	})
}

func (d *Demo) serverView(ctx context.Context) (serverView, error) {
	v, err := d.preview(ctx)
	if err != nil {
		return serverView{}, err
	}
	v.Document.AuthenticationToken = ""
	return serverView{v.Document, imagesOf("/demo/images/server/", v.Files)}, nil
}

func (d *Demo) preview(ctx context.Context) (issuer.Preview, error) {
	return d.issuer.Preview(ctx, func(r store.Reader) (store.Pass, error) { return r.Pass(d.actor.Org, d.Pass.ID) })
}

func (d *Demo) sendServer() {
	if v, err := d.serverView(context.Background()); err == nil {
		d.hub.send("server", v)
	}
}

func (d *Demo) phoneView() phoneView {
	v := phoneView{Online: !d.phone.Behaviour().Offline, Notices: []noticeView{}}
	c, ok := d.phone.Card(PassTypeIdentifier, d.Pass.SerialNumber)
	if !ok {
		return v
	}
	doc := *c.Document
	doc.AuthenticationToken = ""
	v.Installed, v.Document = true, &doc
	v.Images = imagesOf("/demo/images/phone/", c.Files)
	for _, n := range c.Notices {
		v.Notices = append(v.Notices, noticeView{n.At.UTC(), n.Text})
	}
	return v
}

func imagesOf(prefix string, files pkpass.Bundle) map[string]string {
	out := make(map[string]string)
	for name := range files {
		if _, ok := pkpass.ParseImageName(name); ok {
			out[name] = prefix + name
		}
	}
	return out
}

// fieldsOf are the fields that the form offers: all of the front, and of the back
// those whose change shows on the lock screen.
func fieldsOf(doc *pkpass.Document) []fieldView {
	var out []fieldView
	for _, style := range doc.Styles() {
		for group, fields := range style.Groups() {
			for _, f := range *fields {
				if group == "backFields" && f.ChangeMessage == "" {
					continue
				}
				kind := "text"
				if f.Value.IsNumber() {
					kind = "number"
				}
				out = append(out, fieldView{f.Key, f.Label, f.Value, kind})
			}
		}
	}
	return out
}

// picture handles GET /demo/images/{side}/{name…}: of the server's pass or of
// the one on the phone.
func (d *Demo) picture(w http.ResponseWriter, r *http.Request) error {
	var files pkpass.Bundle
	switch r.PathValue("side") {
	case "server":
		v, err := d.preview(r.Context())
		if err != nil {
			return err
		}
		files = v.Files
	case "phone":
		c, _ := d.phone.Card(PassTypeIdentifier, d.Pass.SerialNumber)
		files = c.Files
	}
	f, ok := files[r.PathValue("name")]
	if _, image := pkpass.ParseImageName(r.PathValue("name")); !ok || !image {
		return &web.Problem{Status: http.StatusNotFound, Code: "not_found", Detail: "there is no such image"}
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "no-cache")
	_, err := w.Write(f.Data)
	return err
}

// change handles POST /demo/change.
func (d *Demo) change(w http.ResponseWriter, r *http.Request) error {
	in, err := web.ReadJSON[struct {
		Values map[string]json.RawMessage `json:"values"`
	}](w, r)
	if err != nil {
		return err
	}
	d.command(http.MethodPatch, "", "You change a value. The server stores it, and the pass gets a new revision.")
	_, err = d.issuer.Update(r.Context(), d.actor, d.Pass.ID, issuer.Change{Values: in.Values})
	return d.done(w, err)
}

// command notes what the visitor asks of the server, as the API would be asked.
func (d *Demo) command(method, rest, text string) {
	d.hub.line(simulator.Line{At: d.now(), From: "you", To: "server", Method: method,
		Path: "/api/v1/passes/" + d.Pass.ID.Short() + rest, Text: text})
}

// void handles POST /demo/void.
func (d *Demo) void(w http.ResponseWriter, r *http.Request) error {
	in, err := web.ReadJSON[struct {
		Voided bool `json:"voided"`
	}](w, r)
	if err != nil {
		return err
	}
	path, text := "/void", "You void the pass. Phones go on showing it, marked as void."
	if !in.Voided {
		path, text = "/unvoid", "You make the pass valid again."
	}
	d.command(http.MethodPost, path, text)
	_, err = d.issuer.Void(r.Context(), d.actor, d.Pass.ID, in.Voided)
	return d.done(w, err)
}

// tap handles POST /demo/phone: what the holder does with the phone.
func (d *Demo) tap(w http.ResponseWriter, r *http.Request) error {
	in, err := web.ReadJSON[struct {
		Action string `json:"action"`
	}](w, r)
	if err != nil {
		return err
	}
	_, file := d.Links()
	switch in.Action {
	case "install":
		_, err = d.phone.Install(r.Context(), file)
	case "remove":
		err = d.phone.Remove(r.Context(), PassTypeIdentifier, d.Pass.SerialNumber)
	case "refresh":
		err = d.phone.Refresh(r.Context(), PassTypeIdentifier)
	case "online", "offline":
		d.phone.Behave(simulator.Behaviour{Offline: in.Action == "offline"})
		d.hub.send("phone", d.phoneView())
	default:
		return &web.Problem{Status: http.StatusBadRequest, Code: "action_unknown", Detail: "action must be install, remove, refresh, online or offline"}
	}
	if err != nil {
		return &web.Problem{Status: http.StatusConflict, Code: "phone", Detail: "the phone says: " + err.Error(), Err: err}
	}
	return d.done(w, nil)
}

// done answers a command and notes its refusal.
func (d *Demo) done(w http.ResponseWriter, err error) error {
	if err == nil {
		return web.WriteJSON(w, http.StatusOK, struct{}{})
	}
	if issuer.KindOf(err) == issuer.Internal {
		return err
	}
	d.hub.line(simulator.Line{At: d.now(), From: "server", To: "you", Text: "Refused: " + issuer.Public(err).Msg + "."})
	return &web.Problem{Status: http.StatusUnprocessableEntity, Code: issuer.Public(err).Code, Detail: issuer.Public(err).Msg, Err: err}
}
