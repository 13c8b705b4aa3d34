package issuer

import (
	"errors"
	"regexp"
	"unicode/utf8"

	"pocketpass/store"
)

// maxFormer bounds an id that an old service gave, in characters.
const maxFormer = 128

var goodService = regexp.MustCompile(`^[a-z][a-z0-9]{0,31}$`)

// checkFormer refuses what cannot be the id that an old service gave a record.
func checkFormer(f store.Former) error {
	switch {
	case f == store.Former{}:
		return nil
	case !goodService.MatchString(f.Service):
		return invalid("/formerId/service", "former_service", "name the service that the id is of, in up to 32 letters and digits: passworks")
	case f.ID == "" || utf8.RuneCountInString(f.ID) > maxFormer || !printable(f.ID):
		return invalid("/formerId/id", "former_id", "a former id has 1 to %d characters and no control characters", maxFormer)
	}
	return nil
}

// formerTaken makes a Conflict of a record that was found under a former id.
func formerTaken(what string, f store.Former, id store.ID, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	e := conflict("former_id_taken", "the %s %s has the former id %s of %s already; change that one instead of making another", what, id, f.ID, f.Service)
	e.Fields = []FieldError{{Path: "/formerId", Msg: e.Msg}}
	return e
}

// countFormer counts what came from a service, which has to ask for former ids only then.
func countFormer(tx store.Tx, org store.ID, f store.Former) error {
	if f.ID == "" {
		return nil
	}
	return tx.Count(org, store.CountFormer+f.Service, 1)
}

// movedIn notes of a pass that has a former id that phones have it already, so that it is
// counted how many of them have found the way here.
func movedIn(tx store.Tx, p store.Pass) error {
	if p.Former.ID == "" {
		return nil
	}
	return errors.Join(
		countFormer(tx, p.Org, p.Former),
		skipCode(tx, p),
		tx.PutTakeover(store.Takeover{Pass: p.ID, Org: p.Org, Campaign: p.Campaign}),
		tx.Count(p.Campaign, store.CountTaken, 1),
	)
}
