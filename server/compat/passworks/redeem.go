package passworks

import (
	"net/http"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

func (s *Service) redeemRoutes() []route {
	return []route{
		{"POST", "/{type}/{campaign}/redeem", redeemers, s.redeemCode},
		{"GET", "/{type}/{campaign}/redeem/{code...}", readers, s.lookUp},
		{"POST", "/{type}/{campaign}/passes/{pass}/redeem", redeemers, s.redeemPass},
		{"POST", "/{type}/{campaign}/passes/{pass}/reset_redeem", writers, s.resetRedeem},
		{"GET", "/{type}/{campaign}/redeems", readers, s.listCampaignRedeems},
		{"GET", "/{type}/{campaign}/passes/{pass}/redeems", readers, s.listPassRedeems},
	}
}

// redeemCode handles POST /{type}/{campaign}/redeem.
func (s *Service) redeemCode(c call) error {
	in, err := c.passMembers(object.under)
	if err != nil {
		return err
	}
	var code string
	if in.word("redeem_code", &code); code == "" {
		in.wrong("redeem_code", "can't be blank")
	}
	if in.err != nil {
		return in.err
	}
	p, err := s.passWithCode(c, code)
	if err != nil {
		return err
	}
	return s.redeem(c, p, in)
}

// redeemPass handles POST /{type}/{campaign}/passes/{pass}/redeem.
func (s *Service) redeemPass(c call) error {
	in, err := c.passMembers(object.under)
	if err != nil {
		return err
	}
	p, err := s.findPass(c)
	if err != nil {
		return err
	}
	return s.redeem(c, p.ID, in)
}

func (s *Service) redeem(c call, pass store.ID, in *input) error {
	var comment string
	if in.word("comment", &comment); in.err != nil {
		return in.err
	}
	done, err := s.Issuer.Redeem(c.Context(), c.actor, issuer.Redeeming{Target: issuer.Target{Pass: pass}, Note: comment})
	if err != nil {
		return missing(err, "pass")
	}
	return s.showPass(c, http.StatusOK, done.Pass)
}

// resetRedeem handles POST /{type}/{campaign}/passes/{pass}/reset_redeem. All pages print
// the path of coupons.
func (s *Service) resetRedeem(c call) error {
	if _, err := c.body(); err != nil {
		return err
	}
	if c.kind.root == "coupon" {
		c.kind = nil
	}
	p, err := s.findPass(c)
	if err != nil {
		return err
	}
	if p, err = s.Issuer.ResetRedemptions(c.Context(), c.actor, p.ID); err != nil {
		return missing(err, "pass")
	}
	return s.showPass(c, http.StatusOK, p)
}

// lookUp handles GET /{type}/{campaign}/redeem/{code…}.
func (s *Service) lookUp(c call) error {
	id, err := s.passWithCode(c, c.PathValue("code"))
	if err != nil {
		return err
	}
	var v passView
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		p, err := r.Pass(c.actor.Org, id)
		if err != nil {
			return err
		}
		d, err := s.understood.get(r, p)
		if err != nil {
			return err
		}
		v, err = s.passView(r, c, p, d)
		return err
	})
	if err != nil {
		return missing(err, "pass")
	}
	v.PassID = v.ID
	return c.answer(http.StatusOK, v)
}

// passWithCode finds the pass of a campaign by its redeem code, or else by what its
// barcodes say.
func (s *Service) passWithCode(c call, code string) (id store.ID, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		found, d, err := s.inForce(r, c)
		if err != nil {
			return err
		}
		id, err = passSaying(r, found, d, code)
		return err
	})
	return id, err
}

var notUnique = blocked("redeem_code", "is not unique")

func passSaying(r store.Reader, found store.Campaign, d *definition, code string) (store.ID, error) {
	for _, text := range spellings(d, code) {
		coded, _, err := r.Passes(store.PassFilter{Org: found.Org, Campaign: found.ID, Code: text}, store.Page{Limit: 1})
		if err != nil {
			return 0, err
		}
		if len(coded) > 0 {
			return coded[0].ID, nil
		}
	}
	id, err := passScanned(r, found, code)
	if id != 0 || err != nil {
		return id, err
	}
	return passSharing(r, found, d, code)
}

// spellings are the code as it was given and, of running numbers, with all its zeros.
func spellings(d *definition, code string) []string {
	if d.CodeType != codeSequential || len(code) >= codeDigits || strings.Trim(code, "0123456789") != "" {
		return []string{code}
	}
	return []string{code, strings.Repeat("0", codeDigits-len(code)) + code}
}

// maxScanned bounds the passes with one text that are looked at.
const maxScanned = 100

// passScanned finds the one pass whose own barcodes say a text, 0 if none does.
func passScanned(r store.Reader, found store.Campaign, text string) (id store.ID, err error) {
	all, _, err := r.PassesScanned(found.Org, text, store.Page{Limit: maxScanned})
	for _, p := range all {
		if p.Campaign != found.ID {
			continue
		}
		if id != 0 {
			return 0, notUnique
		}
		id = p.ID
	}
	return id, err
}

// passSharing finds the pass of a campaign whose passes all say the text.
func passSharing(r store.Reader, found store.Campaign, d *definition, text string) (store.ID, error) {
	if text == "" || text != d.shared("") {
		return 0, notFound("pass")
	}
	all, _, err := r.Passes(store.PassFilter{Org: found.Org, Campaign: found.ID}, store.Page{Limit: 2})
	switch {
	case err != nil:
		return 0, err
	case len(all) == 0:
		return 0, notFound("pass")
	case len(all) > 1:
		return 0, notUnique
	}
	return all[0].ID, nil
}

// redeemView is how a redeem is shown.
type redeemView struct {
	ID         string  `json:"id"`
	PassID     string  `json:"pass_id"`
	RedeemCode string  `json:"redeem_code"`
	Comment    *string `json:"comment"`
	Source     string  `json:"source"`
	CreatedAt  string  `json:"created_at"`
}

// sources are the engine's words for where a redeem came from.
var sources = map[store.Channel]string{store.ByScanner: "scanner", store.ByAPI: "api"}

func redeemOf(e store.Entry) redeemView {
	v := redeemView{ID: e.ID.UUID(), PassID: e.Pass.UUID(), RedeemCode: e.Code.Text, Source: "web", CreatedAt: milliseconds(e.At)}
	if e.Note.Text != "" {
		v.Comment = &e.Note.Text
	}
	if source, known := sources[e.Channel]; known {
		v.Source = source
	}
	return v
}

// redeemAttributes are what redeems can be chosen and ordered by.
var redeemAttributes = attributes[store.Entry]{
	"id":          func(e *store.Entry) value { return word(e.ID.UUID()) },
	"pass_id":     func(e *store.Entry) value { return word(e.Pass.UUID()) },
	"redeem_code": func(e *store.Entry) value { return word(e.Code.Text) },
	"comment":     func(e *store.Entry) value { return maybe(redeemOf(*e).Comment) },
	"created_at":  func(e *store.Entry) value { return moment(e.At) },
}

// listCampaignRedeems handles GET /{type}/{campaign}/redeems.
func (s *Service) listCampaignRedeems(c call) error {
	all := newSelection(c.URL.Query(), redeemAttributes)
	if reverse, ok := all.byAge(); ok || !all.asks() {
		return answerByAge(s, c, all, reverse, store.Reader.RedeemsAt, redeemOf)
	}
	return s.listRedeems(c, func(r store.Reader, p store.Page) ([]store.Entry, store.ID, error) {
		found, err := s.campaign(r, c)
		if err != nil {
			return nil, 0, err
		}
		return r.Entries(store.EntryFilter{Org: found.Org, Campaign: found.ID}, p)
	})
}

// listPassRedeems handles GET /{type}/{campaign}/passes/{pass}/redeems.
func (s *Service) listPassRedeems(c call) error {
	return s.listRedeems(c, func(r store.Reader, p store.Page) ([]store.Entry, store.ID, error) {
		found, _, err := s.pass(r, c)
		if err != nil {
			return nil, 0, err
		}
		return r.Ledger(found.ID, p)
	})
}

func (s *Service) listRedeems(c call, read func(store.Reader, store.Page) ([]store.Entry, store.ID, error)) error {
	all := newSelection(c.URL.Query(), redeemAttributes)
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		return store.EachPage(func(p store.Page) (store.ID, error) {
			entries, next, err := read(r, p)
			for _, e := range entries {
				if e.Action == store.Redeem {
					all.add(e)
				}
			}
			return next, err
		})
	})
	if err != nil {
		return err
	}
	return answerSelection(c, all, func(e store.Entry) (redeemView, error) { return redeemOf(e), nil })
}
