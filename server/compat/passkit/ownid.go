package passkit

import (
	"errors"
	"net/http"

	"pocketpass/store"
)

// getOwnPass handles GET /v2/passes?userDefinedId=…&campaignName=….
func (s *Service) getOwnPass(c call) error {
	find, err := ownPass(c)
	if err != nil {
		return err
	}
	return s.answerPass(c, find)
}

// updateOwnPass handles PUT /v2/passes?userDefinedId=…&campaignName=….
func (s *Service) updateOwnPass(c call) error {
	find, err := ownPass(c)
	if err != nil {
		return err
	}
	return s.change(c, find)
}

// ownPass finds a pass by the id that the client gave it. Where clients leave a plus sign
// as it is, that is tried too.
func ownPass(c call) (func(store.Reader) (store.Pass, error), error) {
	q := query(c.Request)
	local, campaign := q["userDefinedId"], q["campaignName"]
	if local.value == "" {
		return nil, missingField("userDefinedId")
	}
	org := c.actor.Org
	return func(r store.Reader) (store.Pass, error) {
		p, err := passOwned(r, org, campaign.value, local.value)
		if f, ok := errors.AsType[*failure](err); ok && f.status == http.StatusNotFound && local.literal != local.value {
			if q, err := passOwned(r, org, campaign.value, local.literal); err == nil {
				return q, nil
			}
		}
		return p, err
	}, nil
}

// passOwned finds a pass within a campaign, or without one if no other campaign has a pass
// of the same id.
func passOwned(r store.Reader, org store.ID, campaign, local string) (store.Pass, error) {
	if campaign != "" {
		c, err := campaignNamed(r, org, campaign)
		if err != nil {
			return store.Pass{}, err
		}
		p, err := r.PassByLocalID(c.ID, local)
		if errors.Is(err, store.ErrNotFound) {
			err = notFound("Pass", local)
		}
		return p, err
	}
	return passOfAny(r, org, local)
}

func passOfAny(r store.Reader, org store.ID, local string) (found store.Pass, err error) {
	err = store.EachPage(func(p store.Page) (store.ID, error) {
		all, next, err := r.Campaigns(org, p)
		for _, c := range all {
			p, err := r.PassByLocalID(c.ID, local)
			switch {
			case errors.Is(err, store.ErrNotFound):
				continue
			case err != nil:
				return 0, err
			case found.ID != 0:
				return 0, refuse(http.StatusBadRequest, "Missing required field: campaignName (several campaigns have the userDefinedId %s)", local)
			}
			found = p
		}
		return next, err
	})
	if err == nil && found.ID == 0 {
		err = refuse(http.StatusBadRequest, "Missing required field: campaignName (no pass has the userDefinedId %s)", local)
	}
	return found, err
}
