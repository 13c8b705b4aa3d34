package wallet

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/signer/pkpass"
)

// Bodies that phones send are small.
const (
	maxRegister    = 64 << 10
	maxLog         = 256 << 10
	maxPersonalize = 64 << 10
)

// token is what follows ApplePass in the Authorization header.
func token(r *http.Request) string {
	scheme, value, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "ApplePass") {
		return ""
	}
	return strings.TrimSpace(value)
}

func registering(r *http.Request) issuer.Registering {
	return issuer.Registering{
		Library:            r.PathValue("device"),
		PassTypeIdentifier: r.PathValue("type"),
		SerialNumber:       r.PathValue("serial"),
		Token:              token(r),
		From:               web.Client(r),
	}
}

// register handles POST …/devices/{device}/registrations/{type}/{serial}.
func (s *Service) register(w http.ResponseWriter, r *http.Request) error {
	in, err := web.ReadLooseJSON[struct {
		PushToken string `json:"pushToken"`
	}](w, r)
	if err != nil {
		return err
	}
	g := registering(r)
	g.PushToken, g.Wallet = in.PushToken, walletOf(r)
	created, err := s.Issuer.Register(r.Context(), g)
	if err != nil {
		return err
	}
	if created {
		w.WriteHeader(http.StatusCreated)
	}
	return nil
}

// unregister handles DELETE …/devices/{device}/registrations/{type}/{serial}.
func (s *Service) unregister(w http.ResponseWriter, r *http.Request) error {
	return s.Issuer.Unregister(r.Context(), registering(r))
}

// changed handles GET …/devices/{device}/registrations/{type}. The device sends
// no Authorization here; a server that wants one never updates a pass.
func (s *Service) changed(w http.ResponseWriter, r *http.Request) error {
	c, err := s.Issuer.ChangedPasses(r.Context(), r.PathValue("type"), r.PathValue("device"),
		r.URL.Query().Get("passesUpdatedSince"), web.Client(r))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	if len(c.SerialNumbers) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return web.WriteJSON(w, http.StatusOK, map[string]any{"serialNumbers": c.SerialNumbers, "lastUpdated": c.Tag})
}

// latest handles GET and HEAD …/passes/{type}/{serial}.
func (s *Service) latest(w http.ResponseWriter, r *http.Request) error {
	d, notModified, err := s.Issuer.LatestPass(r.Context(), issuer.LatestQuestion{
		PassTypeIdentifier: r.PathValue("type"), SerialNumber: r.PathValue("serial"),
		Token: token(r), Since: modifiedSince(r), From: web.Client(r), Head: r.Method == http.MethodHead,
	})
	if err != nil {
		return err
	}
	if notModified {
		w.Header().Set("Last-Modified", d.Modified.Format(http.TimeFormat))
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return WritePass(w, d)
}

// modifiedSince is the zero time if the header is absent or unreadable.
func modifiedSince(r *http.Request) (since time.Time) {
	if text := r.Header.Get("If-Modified-Since"); text != "" {
		since, _ = http.ParseTime(text)
	}
	return since
}

// WritePass answers with a sealed pass.
func WritePass(w http.ResponseWriter, d issuer.Download) error {
	h := w.Header()
	h["Content-Type"] = []string{pkpass.MediaType}
	h["Content-Disposition"] = []string{`attachment; filename="` + d.Name + `"`}
	h["Last-Modified"] = []string{d.Modified.Format(http.TimeFormat)}
	h["Cache-Control"] = []string{"no-store"}
	h["Content-Length"] = []string{strconv.Itoa(len(d.Data))}
	_, err := w.Write(d.Data)
	return err
}

// log handles POST …/log. Whatever is readable as JSON is taken, as Apple's contract has
// it; of that, the texts in the list logs are lines.
func (s *Service) log(w http.ResponseWriter, r *http.Request) error {
	body, err := web.ReadLooseJSON[json.RawMessage](w, r)
	if err != nil {
		return err
	}
	var in struct {
		Logs []json.RawMessage `json:"logs"`
	}
	_ = json.Unmarshal(body, &in) // of another form: there are no lines
	var lines []string
	for _, l := range in.Logs {
		var text string
		if json.Unmarshal(l, &text) == nil {
			lines = append(lines, text)
		}
	}
	s.Issuer.DeviceLog(lines)
	return nil
}

// personalize handles POST …/passes/{type}/{serial}/personalize.
func (s *Service) personalize(w http.ResponseWriter, r *http.Request) error {
	in, err := web.ReadLooseJSON[struct {
		Token string         `json:"personalizationToken"`
		Info  map[string]any `json:"requiredPersonalizationInfo"`
	}](w, r)
	if err != nil {
		return err
	}
	signature, err := s.Issuer.Personalize(r.Context(), issuer.Personalizing{
		PassTypeIdentifier: r.PathValue("type"), SerialNumber: r.PathValue("serial"),
		PersonalToken: in.Token, Info: texts(in.Info),
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, err = w.Write(signature)
	return err
}

// texts leaves out what is no text: later systems may send more.
func texts(all map[string]any) map[string]string {
	out := make(map[string]string, len(all))
	for k, v := range all {
		if text, ok := v.(string); ok {
			out[k] = text
		}
	}
	return out
}
