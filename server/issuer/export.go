package issuer

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"pocketpass/store"
)

// ExportedPass is a pass with what a table of passes shows besides.
type ExportedPass struct {
	store.Pass
	Person        store.Person // it was issued to; the zero Person if nobody is known
	Registrations int
}

const (
	exportPage = 500 // passes that are read in one transaction

	// Of an organisation's campaigns and of a campaign's templates so many are asked
	// for the names of their fields.
	exportDesigns = 200
)

// ExportPasses calls write with each pass that matches f, oldest first. They are read
// a page at a time, each as it was at one moment, so neither memory nor a transaction
// grows with their number.
func (i *Issuer) ExportPasses(ctx context.Context, a Actor, f store.PassFilter, write func(ExportedPass) error) error {
	f.Org = a.Org
	for p := (store.Page{Limit: exportPage}); ; {
		var page []ExportedPass
		err := i.db.View(ctx, func(r store.Reader) (err error) {
			page, p.After, err = exportPasses(r, f, p)
			return err
		})
		if err != nil {
			return fmt.Errorf("export passes: %w", err)
		}
		for _, one := range page {
			if err := write(one); err != nil {
				return err
			}
		}
		if p.After == 0 {
			return nil
		}
	}
}

func exportPasses(r store.Reader, f store.PassFilter, p store.Page) (out []ExportedPass, next store.ID, err error) {
	all, next, err := r.Passes(f, p)
	for _, one := range all {
		if err != nil {
			break
		}
		e := ExportedPass{Pass: one}
		var devices []store.Registration
		if devices, err = r.RegistrationsOfPass(one.ID); err != nil {
			break
		}
		e.Registrations = len(devices)
		if one.Holder != 0 {
			e.Person, err = r.Person(f.Org, one.Holder)
		}
		out = append(out, e)
	}
	return out, next, err
}

// ExportKeys lists the keys of values that passes matching f may have: those of the
// template, of the campaign's templates, or of all of the organisation's.
func (i *Issuer) ExportKeys(ctx context.Context, a Actor, f store.PassFilter) (keys []string, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		all, err := exportTemplates(r, a.Org, f)
		seen := make(map[string]bool)
		for _, t := range all {
			if t.Published == 0 || err != nil {
				continue
			}
			var d *design
			if d, err = i.design(r, a.Org, t.ID, t.Published); err == nil {
				for _, key := range fieldKeys(d, d.document) {
					seen[key] = true
				}
			}
		}
		keys = slices.Sorted(maps.Keys(seen))
		return err
	})
	return keys, err
}

func exportTemplates(r store.Reader, org store.ID, f store.PassFilter) ([]store.Template, error) {
	if f.Template != 0 {
		t, err := r.Template(org, f.Template)
		return []store.Template{t}, err
	}
	if f.Campaign != 0 {
		if _, err := r.Campaign(org, f.Campaign); err != nil {
			return nil, err
		}
		all, _, err := r.Templates(f.Campaign, store.Page{Limit: exportDesigns})
		return all, err
	}
	campaigns, _, err := r.Campaigns(org, store.Page{Limit: exportDesigns})
	var all []store.Template
	for _, c := range campaigns {
		if err != nil || len(all) >= exportDesigns {
			break
		}
		var some []store.Template
		some, _, err = r.Templates(c.ID, store.Page{Limit: exportDesigns})
		all = append(all, some...)
	}
	return all, err
}
