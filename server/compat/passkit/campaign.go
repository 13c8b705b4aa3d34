package passkit

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// The words of a status.
const (
	stateActive  = "ACTIVE"
	stateFrozen  = "FROZEN"
	stateInvalid = "INVALID"
)

var states = map[string]store.CampaignState{stateActive: store.Active, stateFrozen: store.Paused, stateInvalid: store.Invalid}

// statusOf is how the service calls a state. What issues nothing is frozen.
func statusOf(s store.CampaignState) string {
	switch s {
	case store.Active, "":
		return stateActive
	case store.Invalid:
		return stateInvalid
	}
	return stateFrozen
}

// status is nil if the member is absent.
func (o object) status() (*store.CampaignState, error) {
	text, given, err := o.text("status")
	if err != nil || !given {
		return nil, err
	}
	state, known := states[text]
	if !known {
		return nil, invalidField("status", "must be ACTIVE, FROZEN or INVALID")
	}
	return &state, nil
}

var goodName = regexp.MustCompile(`^[A-Za-z0-9_]{1,100}$`)

// newName is the name of something that is to be made.
func (o object) newName() (string, error) {
	text, given, err := o.text("name")
	switch {
	case err != nil:
		return "", err
	case !given || text == "":
		return "", missingField("name")
	case !goodName.MatchString(text):
		return "", invalidField("name", "must be 1 to 100 letters, digits and underscores")
	}
	return text, nil
}

// same refuses a member that is fixed for life and not what it was.
func (o object) same(member, was string) error {
	text, given, err := o.text(member)
	if err != nil || !given || text == was {
		return err
	}
	return invalidField(member, "cannot be changed from %s", was)
}

// Members that mean nothing here and are kept for clients.
const (
	certMember   = "passbookCertId"
	serviceEmail = "googleSerciveAccount" // as the service spelt it
	issuerMember = "googleIssuerId"
)

// campaignView is a campaign as clients read it.
type campaignView struct {
	Index       string            `json:"index"`
	Name        string            `json:"name"`
	Certificate string            `json:"passbookCertId"`
	Status      string            `json:"status"`
	DisplayName string            `json:"displayName"`
	Description string            `json:"description"`
	StartDate   string            `json:"startDate,omitempty"`
	EndDate     string            `json:"endDate,omitempty"`
	MaxIssue    int64             `json:"maxIssue"`
	Issued      int64             `json:"issued"`
	Meta        json.RawMessage   `json:"meta,omitempty"`
	Callbacks   map[string]string `json:"callbackUrl,omitempty"`
	Service     string            `json:"googleSerciveAccount,omitempty"`
	Issuer      string            `json:"googleIssuerId,omitempty"`
	CreatedAt   string            `json:"createdAt"`
	UpdatedAt   string            `json:"updatedAt"`
}

// named answers a change of a campaign or template.
type named struct {
	Name string `json:"name"`
}

// nameOf is how clients call a campaign: by the name that they gave it, or by its id.
func nameOf(former store.Former, id store.ID) string {
	if former.Service == name {
		return former.ID
	}
	return id.Short()
}

// campaignNamed finds a campaign of the organisation.
func campaignNamed(r store.Reader, org store.ID, text string) (store.Campaign, error) {
	c, err := r.CampaignByFormer(org, store.Former{Service: name, ID: text})
	if id, ok := store.ParseShort(text); ok && errors.Is(err, store.ErrNotFound) {
		c, err = r.Campaign(org, id)
	}
	if errors.Is(err, store.ErrNotFound) {
		return c, notFound("Campaign", text)
	}
	return c, err
}

func viewCampaign(r store.Reader, c store.Campaign) (v campaignView, err error) {
	v = campaignView{Index: strconv.FormatUint(uint64(c.ID), 10), Name: nameOf(c.Former, c.ID), Certificate: c.Extra[certMember], Status: statusOf(c.State),
		DisplayName: c.Name, Description: c.Description, StartDate: writeTime(c.Rules.Starts), EndDate: writeTime(c.Rules.Ends), MaxIssue: c.Rules.MaxIssued,
		Service: c.Extra[serviceEmail], Issuer: c.Extra[issuerMember], CreatedAt: writeTime(c.Created), UpdatedAt: writeTime(c.Updated)}
	if v.Certificate == "" {
		if v.Certificate, err = certificateOf(r, c); err != nil {
			return v, err
		}
	}
	if v.Issued, err = r.Counter(c.ID, store.CountIssued); err != nil {
		return v, err
	}
	if v.Meta, err = r.CampaignMeta(c.ID); err != nil {
		return v, err
	}
	for member, id := range c.Receivers {
		e, err := r.Endpoint(c.Org, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return v, err
		}
		if v.Callbacks == nil {
			v.Callbacks = make(map[string]string)
		}
		v.Callbacks[member] = e.URL
	}
	return v, nil
}

// certificateOf is a certificate that signs the passes of a campaign that no client of
// this service made.
func certificateOf(r store.Reader, c store.Campaign) (string, error) {
	ids, err := r.CertificateIDsFor(c.PassTypeIdentifier)
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return ids[len(ids)-1].Short(), nil
}

// createCampaign handles POST /v2/campaigns.
func (s *Service) createCampaign(c call) error {
	o, err := c.object()
	if err != nil {
		return err
	}
	n, err := s.newCampaign(c, o)
	if err != nil {
		return err
	}
	if _, err := s.Issuer.CreateCampaign(c.Context(), c.actor, n); err != nil {
		return s.campaignRefused(err, n.Former.ID)
	}
	return c.answer(named{n.Former.ID})
}

func (s *Service) campaignRefused(err error, text string) error {
	e := issuer.Public(err)
	switch e.Code {
	case "former_id_taken":
		return &failure{http.StatusBadRequest, "Name already in use: " + text, err}
	case "state_move":
		return &failure{http.StatusBadRequest, "Invalid value for field status: an INVALID campaign stays so", err}
	case "ends_early":
		return &failure{http.StatusBadRequest, "Invalid value for field endDate: must be after startDate", err}
	case "url_refused", "url_too_long":
		return &failure{http.StatusBadRequest, "Invalid value for field callbackUrl: " + e.Msg, err}
	}
	return err
}

func (s *Service) newCampaign(c call, o object) (n issuer.NewCampaign, err error) {
	text, err := o.newName()
	if err != nil {
		return n, err
	}
	n.Former, n.Name = store.Former{Service: name, ID: text}, text
	certificate, _, err := o.text(certMember)
	if err != nil {
		return n, err
	}
	if certificate == "" {
		return n, missingField(certMember)
	}
	n.Extra = map[string]string{certMember: certificate}
	if n.PassTypeIdentifier, err = s.passType(c, certificate); err != nil {
		return n, err
	}
	state, err := o.status()
	if err != nil {
		return n, err
	}
	if state != nil {
		n.State = *state
	}
	if n.CampaignSettings, err = campaignSettings(o); err != nil {
		return n, err
	}
	if n.Starts == nil || n.Starts.IsZero() {
		return n, missingField("startDate")
	}
	if text, given, err := o.text("displayName"); err != nil || given && text != "" {
		if n.Name = text; err != nil {
			return n, err
		}
	}
	n.Redemption = &store.Redemption{Kind: store.Single, KeepValid: true}
	if _, err := setExtra(o, n.Extra); err != nil {
		return n, err
	}
	n.Receivers, err = receivers(o)
	return n, err
}

// passType is what a certificate of the account is for.
func (s *Service) passType(c call, certificate string) (passType string, err error) {
	id, ok := store.ParseShort(certificate)
	if !ok {
		return "", invalidField(certMember, "there is no certificate %s", certificate)
	}
	found, err := s.Issuer.Certificate(c.Context(), c.actor, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !found.Ready() {
		return "", invalidField(certMember, "there is no certificate %s", certificate)
	}
	return found.PassTypeIdentifier, err
}

// campaignSettings are what may be set and changed alike.
func campaignSettings(o object) (set issuer.CampaignSettings, err error) {
	if set.Starts, err = o.time("startDate"); err != nil {
		return set, err
	}
	set.Past = true // to the service it was an end like others
	if set.Ends, err = o.time("endDate"); err != nil {
		return set, err
	}
	if set.MaxIssued, err = o.maxIssue(); err != nil {
		return set, err
	}
	if text, given, err := o.text("description"); err != nil || given {
		if set.Description = &text; err != nil {
			return set, err
		}
	}
	set.Meta, err = o.meta()
	return set, err
}

func (o object) maxIssue() (*int64, error) {
	n, err := o.integer("maxIssue")
	if err == nil && n != nil && *n < 0 {
		err = invalidField("maxIssue", "must not be below 0")
	}
	return n, err
}

// meta is the owner's own object, replaced as a whole.
func (o object) meta() (*json.RawMessage, error) {
	raw, given := o.get("meta")
	if !given {
		return nil, nil
	}
	members, err := readMap(raw, "meta")
	if err != nil {
		return nil, err
	}
	if members == nil {
		raw = json.RawMessage("{}")
	}
	return &raw, nil
}

// setExtra takes what is kept for clients alone, and says whether there was any.
func setExtra(o object, extra map[string]string) (given bool, err error) {
	for _, member := range []string{serviceEmail, issuerMember} {
		text, has, err := o.text(member)
		if err != nil {
			return false, err
		}
		if given = given || has; has {
			extra[member] = text
		}
		if extra[member] == "" {
			delete(extra, member)
		}
	}
	return given, nil
}

// receivers are the addresses that events go to.
func receivers(o object) (out []issuer.Receiver, err error) {
	urls, err := o.object("callbackUrl")
	if err != nil {
		return nil, err
	}
	for _, kind := range callbacks {
		text, given, err := urls.text(kind.member)
		if err != nil {
			return nil, err
		}
		if !given {
			continue
		}
		if u, err := url.Parse(text); text != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
			return nil, invalidField("callbackUrl", "%s must be an absolute http or https address", kind.member)
		}
		out = append(out, issuer.Receiver{Name: kind.member, URL: text, Form: name, Events: kind.events})
	}
	return out, nil
}

// listCampaigns handles GET /v2/campaigns. The service had no pages.
func (s *Service) listCampaigns(c call) error {
	return s.show(c, func(r store.Reader) (any, error) {
		out := []campaignView{}
		err := store.EachPage(func(p store.Page) (store.ID, error) {
			all, next, err := r.Campaigns(c.actor.Org, p)
			for _, campaign := range all {
				v, err := viewCampaign(r, campaign)
				if err != nil {
					return 0, err
				}
				out = append(out, v)
			}
			return next, err
		})
		return out, err
	})
}

// getCampaign handles GET /v2/campaigns/{name}.
func (s *Service) getCampaign(c call) error {
	return s.show(c, func(r store.Reader) (any, error) {
		campaign, err := campaignNamed(r, c.actor.Org, c.PathValue("name"))
		if err != nil {
			return nil, err
		}
		return viewCampaign(r, campaign)
	})
}

// updateCampaign handles PUT /v2/campaigns/{name}.
func (s *Service) updateCampaign(c call) error {
	o, err := c.object()
	if err != nil {
		return err
	}
	var v campaignView
	var campaign store.Campaign
	err = s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
		if campaign, err = campaignNamed(r, c.actor.Org, c.PathValue("name")); err == nil {
			v, err = viewCampaign(r, campaign)
		}
		return err
	})
	if err != nil {
		return err
	}
	ch, err := campaignChange(o, campaign, v)
	if err != nil {
		return err
	}
	if _, err := s.Issuer.ChangeCampaign(c.Context(), c.actor, campaign.ID, ch); err != nil {
		if e := issuer.Public(err); e.Code == "state_move" && campaign.State != store.Invalid { // of one that was archived, or is a draft
			return &failure{http.StatusBadRequest, "Invalid value for field status: " + e.Msg, err}
		}
		return s.campaignRefused(err, v.Name)
	}
	return c.answer(named{v.Name})
}

func campaignChange(o object, campaign store.Campaign, v campaignView) (ch issuer.CampaignChange, err error) {
	if err := errors.Join(o.same("name", v.Name), o.same(certMember, v.Certificate)); err != nil {
		return ch, err
	}
	if ch.State, err = o.status(); err != nil {
		return ch, err
	}
	if ch.State != nil && statusOf(*ch.State) == v.Status {
		ch.State = nil // one that is a draft, or put away, is frozen to clients and stays
	}
	if ch.CampaignSettings, err = campaignSettings(o); err != nil {
		return ch, err
	}
	if ch.Starts != nil && ch.Starts.IsZero() && !campaign.Rules.Starts.IsZero() {
		return ch, missingField("startDate")
	}
	if ch.Meta != nil && string(*ch.Meta) == string(v.Meta) {
		ch.Meta = nil
	}
	if text, given, err := o.text("displayName"); err != nil || given {
		if ch.Name = &text; err != nil {
			return ch, err
		}
		if text == "" {
			ch.Name = &v.Name
		}
	}
	extra := make(map[string]string, len(campaign.Extra))
	for member, text := range campaign.Extra {
		extra[member] = text
	}
	if given, err := setExtra(o, extra); err != nil || given {
		if ch.Extra = extra; err != nil {
			return ch, err
		}
	}
	ch.Receivers, err = receivers(o)
	return ch, err
}
