package issuer

import (
	"errors"
	"maps"

	"pocketpass/store"
)

// Receiver is an endpoint of a campaign that clients of an old service set by a name of
// theirs.
type Receiver struct {
	Name   string
	URL    string // empty takes the endpoint away
	Form   string
	Events []string
}

func (i *Issuer) checkReceivers(all []Receiver) error {
	for _, x := range all {
		if x.URL == "" {
			continue
		}
		if err := i.checkAddress(x.URL); err != nil {
			return within("/receivers/"+x.Name, err)
		}
	}
	return nil
}

// receiveBy sets the receivers of a campaign. One that is there gets the new address.
func (i *Issuer) receiveBy(tx store.Tx, a Actor, c *store.Campaign, all []Receiver) error {
	if len(all) == 0 {
		return nil
	}
	c.Receivers = maps.Clone(c.Receivers)
	if c.Receivers == nil {
		c.Receivers = make(map[string]store.ID)
	}
	for _, x := range all {
		if err := i.setReceiver(tx, a, c, x); err != nil {
			return err
		}
	}
	return nil
}

func (i *Issuer) setReceiver(tx store.Tx, a Actor, c *store.Campaign, x Receiver) error {
	e, err := tx.Endpoint(c.Org, c.Receivers[x.Name])
	known := err == nil
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	case x.URL == "":
		delete(c.Receivers, x.Name)
		if known {
			return tx.DeleteEndpoint(e.ID)
		}
		return nil
	case known && e.URL == x.URL && e.State == store.EndpointActive:
		return nil
	case known:
		active := store.EndpointActive
		if err := i.applyEndpoint(tx, &e, EndpointChange{URL: &x.URL, State: &active}); err != nil {
			return err
		}
		e.Edited++
		e.Updated = tx.Now
		return tx.PutEndpoint(e)
	}
	id, err := i.addEndpoint(tx, a, NewEndpoint{Campaign: c.ID, URL: x.URL, Events: x.Events, Form: x.Form})
	c.Receivers[x.Name] = id
	return err
}
