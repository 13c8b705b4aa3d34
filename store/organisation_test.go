package store_test

import (
	"errors"
	"testing"

	"pocketpass/store"
)

// TestOrganisationsAreIsolated asks for everything of one organisation in the
// name of another.
func TestOrganisationsAreIsolated(t *testing.T) {
	f := filled(t)
	const other = store.ID(77)
	f.update(t, func(tx store.Tx) error {
		for _, err := range []error{
			tx.PutOrganisation(store.Organisation{ID: other, Name: "other"}),
			tx.PutKey(store.Key{ID: 8, Org: f.org}),
			tx.PutCertificate(store.Certificate{ID: 9, Org: f.org}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	tests := []struct {
		name string
		get  func(store.Reader, store.ID) error
		list func(store.Reader, store.ID) (int, error)
	}{
		{"pass", func(r store.Reader, o store.ID) error { _, err := r.Pass(o, 1); return err },
			func(r store.Reader, o store.ID) (int, error) {
				a, _, err := r.Passes(store.PassFilter{Org: o, Campaign: 10}, store.Page{})
				return len(a), err
			}},
		{"pass by tag", nil, func(r store.Reader, o store.ID) (int, error) {
			a, _, err := r.Passes(store.PassFilter{Org: o, Tag: "red"}, store.Page{})
			return len(a), err
		}},
		{"pass by external id", func(r store.Reader, o store.ID) error { _, err := r.PassByExternalID(o, "ext"); return err }, nil},
		{"campaign", func(r store.Reader, o store.ID) error { _, err := r.Campaign(o, 10); return err },
			func(r store.Reader, o store.ID) (int, error) {
				a, _, err := r.Campaigns(o, store.Page{})
				return len(a), err
			}},
		{"template", func(r store.Reader, o store.ID) error { _, err := r.Template(o, 20); return err }, nil},
		{"asset", func(r store.Reader, o store.ID) error { _, err := r.Asset(o, 5); return err },
			func(r store.Reader, o store.ID) (int, error) {
				a, _, err := r.Assets(o, store.Page{})
				return len(a), err
			}},
		{"key", func(r store.Reader, o store.ID) error { _, err := r.Key(o, 8); return err },
			func(r store.Reader, o store.ID) (int, error) {
				a, _, err := r.Keys(o, store.Page{})
				return len(a), err
			}},
		{"certificate", func(r store.Reader, o store.ID) error { _, err := r.Certificate(o, 9); return err },
			func(r store.Reader, o store.ID) (int, error) {
				a, _, err := r.Certificates(o, store.Page{})
				return len(a), err
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.view(t, func(r store.Reader) error {
				if tt.get != nil {
					if err := tt.get(r, f.org); err != nil {
						t.Errorf("its own: %v", err)
					}
					if err := tt.get(r, other); !errors.Is(err, store.ErrNotFound) {
						t.Errorf("another's: %v, want ErrNotFound", err)
					}
				}
				if tt.list != nil {
					if n, err := tt.list(r, f.org); n != 1 || err != nil {
						t.Errorf("its own list has %d, %v", n, err)
					}
					if n, err := tt.list(r, other); n != 0 || err != nil {
						t.Errorf("another's list has %d, %v", n, err)
					}
				}
				return nil
			})
		})
	}
}

func TestUniqueValues(t *testing.T) {
	f := filled(t)
	edit := func(change func(*store.Pass)) func(store.Tx) error {
		return func(tx store.Tx) error {
			p := f.pass(2, "two")
			change(&p)
			return tx.PutPass(p)
		}
	}
	tests := []struct {
		name  string
		put   func(store.Tx) error
		taken bool
	}{
		{"serial number", edit(func(p *store.Pass) { p.SerialNumber = "one" }), true},
		{"serial number of another pass type", edit(func(p *store.Pass) { p.SerialNumber, p.PassTypeIdentifier = "one", "pass.other" }), false},
		{"public id", edit(func(p *store.Pass) { p.PublicID = "public-one" }), true},
		{"external id", edit(func(p *store.Pass) { p.ExternalID = "ext" }), true},
		{"external id of another organisation", edit(func(p *store.Pass) { p.ExternalID, p.Org = "ext", 77 }), false},
		{"organisation's name", func(tx store.Tx) error {
			return tx.PutOrganisation(store.Organisation{ID: 77, Name: store.DefaultOrganisation})
		}, true},
		{"pass type", func(tx store.Tx) error { return tx.ClaimPassType("pass.test", 77) }, true},
		{"own pass type again", func(tx store.Tx) error { return tx.ClaimPassType("pass.test", f.org) }, false},
		{"itself", func(tx store.Tx) error {
			p, err := tx.Pass(f.org, 1)
			if err != nil {
				return err
			}
			return tx.PutPass(p)
		}, false},
	}
	undo := errors.New("undo")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := f.Update(t.Context(), func(tx store.Tx) error {
				if err := tt.put(tx); err != nil {
					return err
				}
				return undo
			})
			if tt.taken != errors.Is(err, store.ErrExists) || !tt.taken && err != undo {
				t.Errorf("put: %v", err)
			}
			f.wantClean(t)
		})
	}
}

func TestDeletedPassFreesItsExternalID(t *testing.T) {
	f := filled(t)
	f.update(t, func(tx store.Tx) error {
		p, err := tx.Pass(f.org, 1)
		if err != nil {
			return err
		}
		p.Deleted = tx.Now
		if err := tx.PutPass(p); err != nil {
			return err
		}
		next := f.pass(2, "two")
		next.ExternalID = "ext"
		return tx.PutPass(next)
	})
	f.wantClean(t)
	f.view(t, func(r store.Reader) error {
		if p, err := r.PassByExternalID(f.org, "ext"); p.ID != 2 || err != nil {
			t.Errorf("the external id leads to %d, %v", p.ID, err)
		}
		if p, err := r.PassBySerial("pass.test", "one"); p.ID != 1 || err != nil {
			t.Errorf("a phone asks for the deleted pass: %d, %v", p.ID, err)
		}
		return nil
	})
}
