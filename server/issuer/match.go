package issuer

import (
	"fmt"
	"slices"
	"sync"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// FieldText is a field and what it shows, to the letter. A number is its digits.
type FieldText struct {
	Key  string
	Text string
}

// maxShows bounds the fields that passes are found by.
const maxShows = 20

// checkShows refuses what a job of a kind could not find passes by.
func checkShows(kind string, shows []FieldText) error {
	switch {
	case len(shows) > 0 && kind != KindUpdate:
		return invalid("/filter/values", "values_unused", "only a job that updates passes finds them by what they show; update them with a tag first, and go by that")
	case len(shows) > maxShows:
		return invalid("/filter/values", "too_many_values", "passes are found by up to %d fields; leave some out", maxShows)
	}
	for _, s := range shows {
		if len(s.Key)+len(s.Text) > maxOwn {
			return invalid(pointer("filter", "values", s.Key), "content_large", "no pass shows more than %d bytes", maxOwn)
		}
	}
	return nil
}

// matcher finds passes that show all of some values now, their own or else those of their
// design. Many may use it at once.
type matcher struct {
	issuer *Issuer
	shows  []FieldText
	mu     sync.Mutex
	known  map[*design]map[string]string // what the fields of designs say that no pass changes
}

func newMatcher(i *Issuer, shows []FieldText) *matcher {
	return &matcher{issuer: i, shows: shows, known: make(map[*design]map[string]string)}
}

func (m *matcher) matches(r store.Reader, p *store.Pass) (bool, error) {
	if p.IsFile() {
		return len(m.shows) == 0, nil
	}
	for _, want := range m.shows {
		text, shown, err := m.text(r, p, want.Key)
		if err != nil || !shown || text != want.Text {
			return false, err
		}
	}
	return true, nil
}

// text is what a field of p shows, if p shows it.
func (m *matcher) text(r store.Reader, p *store.Pass, key string) (text string, shown bool, err error) {
	if slices.Contains(p.Hidden, key) {
		return "", false, nil
	}
	if raw, ok := p.Values[key]; ok {
		var v pkpass.Value
		shown = v.UnmarshalJSON(raw) == nil
		return v.String(), shown, nil
	}
	d, err := m.issuer.designOf(r, *p)
	if err != nil {
		return "", false, err
	}
	fields, err := m.fields(r, d, p)
	text, shown = fields[key]
	return text, shown, err
}

// fields are what the fields of p say that it has no value for. Passes of one design that
// bring nothing to it say the same.
func (m *matcher) fields(r store.Reader, d *design, p *store.Pass) (map[string]string, error) {
	own := *p
	shared := len(p.Patch) == 0 && p.Pinned != store.OwnDesign && d.plan.Idle()
	if shared {
		m.mu.Lock()
		known, ok := m.known[d]
		m.mu.Unlock()
		if ok {
			return known, nil
		}
		own.Values, own.Hidden = nil, nil
	}
	out, err := m.issuer.texts(r, d, own)
	if err == nil && shared {
		m.mu.Lock()
		m.known[d] = out
		m.mu.Unlock()
	}
	return out, err
}

// texts are what the fields of a pass show, by their keys.
func (i *Issuer) texts(r store.Reader, d *design, p store.Pass) (map[string]string, error) {
	s, err := subjectOf(r, p)
	if err != nil {
		return nil, err
	}
	doc, err := i.document(d, s, sampleTeam)
	if err != nil {
		return nil, fmt.Errorf("what pass %s shows: %w", p.ID, err)
	}
	out := make(map[string]string)
	for _, style := range doc.Styles() {
		for _, group := range style.Groups() {
			for _, f := range *group {
				out[f.Key] = f.Value.String()
			}
		}
	}
	return out, nil
}
