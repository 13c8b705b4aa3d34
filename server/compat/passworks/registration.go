package passworks

import (
	"slices"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

func (s *Service) registrationRoutes() []route {
	return []route{
		{"GET", "/{type}/{campaign}/registrations", readers, s.listCampaignRegistrations},
		{"GET", "/{type}/{campaign}/passes/{pass}/registrations", readers, s.listPassRegistrations},
	}
}

// registrationView is how a wallet that holds a pass is shown.
type registrationView struct {
	ID        string `json:"id"`
	PassID    string `json:"pass_id"`
	Wallet    string `json:"wallet"`
	DeviceOS  string `json:"device_os"`
	CreatedAt string `json:"created_at"`
}

func registrationOf(g store.Registration) registrationView {
	w := walletOf(g.Wallet)
	return registrationView{registrationID(g), g.Pass.UUID(), w.name, w.system, milliseconds(g.Created)}
}

// registrationID names a registration as webhooks do.
func registrationID(g store.Registration) string { return issuer.RegistrationID(g.Pass, g.Library) }

// registrationAttributes are what registrations can be chosen and ordered by.
var registrationAttributes = attributes[store.Registration]{
	"id":         func(g *store.Registration) value { return word(registrationID(*g)) },
	"pass_id":    func(g *store.Registration) value { return word(g.Pass.UUID()) },
	"wallet":     func(g *store.Registration) value { return word(walletOf(g.Wallet).name) },
	"device_os":  func(g *store.Registration) value { return word(walletOf(g.Wallet).system) },
	"created_at": func(g *store.Registration) value { return moment(g.Created) },
}

// listCampaignRegistrations handles GET /{type}/{campaign}/registrations.
func (s *Service) listCampaignRegistrations(c call) error {
	all := newSelection(c.URL.Query(), registrationAttributes)
	reverse, ok := all.byAge()
	if named := slices.ContainsFunc(all.orderings, func(o ordering) bool { return o.attribute == "id" }); ok && !named || !all.asks() {
		return answerByAge(s, c, all, reverse, store.Reader.RegistrationsAt, registrationOf)
	}
	return s.listRegistrations(c, func(r store.Reader, add func(store.Registration)) error {
		found, err := s.campaign(r, c)
		if err != nil {
			return err
		}
		return r.RegistrationsOfCampaign(found.ID, add)
	})
}

// listPassRegistrations handles GET /{type}/{campaign}/passes/{pass}/registrations.
func (s *Service) listPassRegistrations(c call) error {
	return s.listRegistrations(c, func(r store.Reader, add func(store.Registration)) error {
		p, _, err := s.pass(r, c)
		if err != nil {
			return err
		}
		all, err := r.RegistrationsOfPass(p.ID)
		for _, g := range all {
			add(g)
		}
		return err
	})
}

func (s *Service) listRegistrations(c call, read func(store.Reader, func(store.Registration)) error) error {
	q := c.URL.Query()
	if len(ask(q, registrationAttributes).orderings) == 0 {
		q.Set("q[s]", "created_at asc,id asc")
	}
	all := newSelection(q, registrationAttributes)
	if err := s.Issuer.View(c.Context(), func(r store.Reader) error { return read(r, all.add) }); err != nil {
		return err
	}
	return answerSelection(c, all, func(g store.Registration) (registrationView, error) { return registrationOf(g), nil })
}
