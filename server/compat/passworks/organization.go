package passworks

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"pocketpass/server/access"
	"pocketpass/store"
)

// admins are those who have to do with other organisations.
var admins = []store.Role{store.Admin}

func (s *Service) organizationRoutes() []route {
	return []route{
		{"GET", "/organizations", admins, s.listOrganizations},
		{"POST", "/organizations", admins, s.createOrganization},
		{"POST", "/organizations/{id}/refresh_api_password", admins, s.refreshPassword},
	}
}

// organization is how a child organisation is shown.
type organization struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Username string  `json:"api_username"`
	Password *string `json:"api_password"` // null where the operator wants it shown once only
	Webhook  *string `json:"webhook_url"`
	Users    int     `json:"users_count"`
	Locked   *string `json:"locked_at"`
	Updated  string  `json:"updated_at"`
	Created  string  `json:"created_at"`
}

// organizationOf shows a child, whose webhook is the first that is written to as
// Passworks did.
func organizationOf(r store.Reader, c access.Child) (organization, error) {
	o := organization{ID: c.ID.UUID(), Name: c.Name, Username: c.Username, Password: &c.Password, Updated: milliseconds(c.Updated()), Created: milliseconds(c.Created)}
	if !c.Locked.IsZero() {
		at := milliseconds(c.Locked)
		o.Locked = &at
	}
	all, err := r.Receivers(c.ID, 0)
	if n := slices.IndexFunc(all, func(e store.Endpoint) bool { return e.Form == FormName }); n >= 0 {
		o.Webhook = &all[n].URL
	}
	return o, err
}

// caller is the account; routes of organizations let admins alone in.
func (c call) caller() access.Caller {
	return access.Caller{Org: c.actor.Org, Key: c.actor.Key, Name: c.actor.By, Role: store.Admin, Operator: c.operator}
}

// listOrganizations handles GET /organizations. The operator's settings say how many
// there are at most.
func (s *Service) listOrganizations(c call) error {
	all, _, err := s.Access.Children(c.Context(), c.caller(), store.Page{})
	if err != nil {
		return ofAccess(err)
	}
	shown := []organization{}
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		shown = shown[:0]
		for _, child := range cut(c.page(), all) {
			o, err := organizationOf(r, child)
			if err != nil {
				return err
			}
			if s.HidePasswords {
				o.Password = nil
			}
			shown = append(shown, o)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.list(c.page(), len(all), shown)
}

// createOrganization handles POST /organizations.
func (s *Service) createOrganization(c call) error {
	in, err := c.body()
	if err != nil {
		return err
	}
	if in, err = in.under("organization"); err != nil {
		return err
	}
	var name string
	if raw, ok := in.get("name"); ok && json.Unmarshal(raw, &name) != nil {
		return invalid("name", "must be a text")
	}
	if strings.TrimSpace(name) == "" {
		return invalid("name", "can't be blank")
	}
	child, err := s.Access.CreateChild(c.Context(), c.caller(), name, access.Once{})
	return s.showChild(c, http.StatusCreated, child, err)
}

// refreshPassword handles POST /organizations/{id}/refresh_api_password.
func (s *Service) refreshPassword(c call) error {
	id, err := c.id("id", "organization")
	if err != nil {
		return err
	}
	child, err := s.Access.RefreshChild(c.Context(), c.caller(), id)
	return s.showChild(c, http.StatusOK, child, err)
}

// showChild answers with a child and its password, which is new.
func (s *Service) showChild(c call, status int, child access.Child, err error) error {
	if err != nil {
		return ofAccess(err)
	}
	s.log().InfoContext(c.Context(), "child organisation has a new password", "organisation", child.ID.Short(), "by", c.actor.Key.Short())
	var shown organization
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		shown, err = organizationOf(r, child)
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(status, shown)
}

// ofAccess says what package access refuses.
func ofAccess(err error) error {
	switch {
	case errors.Is(err, access.ErrNoChildren):
		return remark(http.StatusForbidden, "organization", "This account may not have organizations.")
	case errors.Is(err, access.ErrChildren):
		return blocked("organization", "has as many organizations as it may have")
	case errors.Is(err, access.ErrName):
		return invalid("name", "has more than 120 characters or control characters")
	case errors.Is(err, store.ErrNotFound):
		return notFound("organization")
	}
	return err
}
