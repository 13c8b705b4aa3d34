package issuer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// Forecast is what the phones with a pass would make of a change of it.
type Forecast struct {
	Pass    store.ID
	Devices int  // that have it
	Visible bool // phones can tell the difference
	LockScreen
	Languages map[string][]string // lines on phones of languages in which they differ
	Silence   *Silence            // why nothing is announced; nil if something is
	Err       error               // why the pass could not be changed
}

// Silence says why phones announce nothing.
type Silence struct {
	Reason string
	Remedy string
}

// PreviewUpdate says what a change of a pass would do, with what the checks say of
// the pass then. It changes nothing.
func (i *Issuer) PreviewUpdate(ctx context.Context, a Actor, id store.ID, ch Change) (f Forecast, found []pkpass.Finding, err error) {
	if err := ch.check(); err != nil {
		return f, nil, err
	}
	err = i.db.View(ctx, func(r store.Reader) error {
		p, err := r.Pass(a.Org, id)
		if err != nil {
			return err
		}
		e, err := i.judgeChange(r, &p, ch)
		if refusal := Public(err); err != nil && len(refusal.Findings) == 0 {
			return err
		}
		if f, err = i.forecast(r, e); err != nil {
			return err
		}
		found, err = i.wouldBeSaid(r, *e.after)
		return err
	})
	if err != nil {
		return Forecast{}, nil, fmt.Errorf("preview update: %w", err)
	}
	return f, found, nil
}

// wouldBeSaid is what the checks say of a pass as it would be.
func (i *Issuer) wouldBeSaid(r store.Reader, p store.Pass) ([]pkpass.Finding, error) {
	v, err := i.pictured(r, p)
	if err != nil {
		return nil, err
	}
	return i.verdict(r, v.design, p, v.rendered)
}

// pictured is what a pass would show.
func (i *Issuer) pictured(r store.Reader, p store.Pass) (v picture, err error) {
	if v.design, err = i.designOf(r, p); err != nil {
		return v, err
	}
	if v.subject, err = subjectOf(r, p); err != nil {
		return v, err
	}
	v.rendered, err = i.render(v.design, v.subject, sampleTeam)
	return v, err
}

// picture is what a pass shows and what that is made of.
type picture struct {
	*design
	subject
	rendered
}

// locale is how phones of the campaign's language write, or of another if there is a tag.
func (v picture) locale(tag string, texts pkpass.Strings) Locale {
	return Locale{cmp.Or(tag, v.campaign.Language), zoneOf(v.campaign), texts}
}

// forecast says what phones would make of an edit.
func (i *Issuer) forecast(r store.Reader, e edit) (Forecast, error) {
	f := Forecast{Pass: e.before.ID, Visible: e.visible}
	devices, err := r.RegistrationsOfPass(e.before.ID)
	if f.Devices = len(devices); err != nil || !e.visible {
		f.Silence = silence(f)
		return f, err
	}
	p := *e.after
	p.Version.At = r.Now.UnixMilli()
	before, err := i.pictured(r, *e.before)
	if err != nil {
		return f, err
	}
	after, err := i.pictured(r, p)
	if err != nil {
		return f, err
	}
	f.LockScreen = LockScreenOf(before.doc, after.doc, after.locale("", nil))
	f.Languages, err = otherLanguages(before, after, f.Lines)
	f.Silence = silence(f)
	return f, err
}

// otherLanguages are the lines that phones of a design's languages show, where these
// are not those of the document.
func otherLanguages(before, after picture, own []string) (map[string][]string, error) {
	out := make(map[string][]string)
	for name, file := range after.files {
		tag, ok := strings.CutSuffix(name, ".lproj/"+pkpass.StringsFile)
		if !ok {
			continue
		}
		texts, filled := after.strings[tag]
		if !filled {
			var err error
			if texts, err = pkpass.ParseStrings(file.Data); err != nil {
				return nil, fmt.Errorf("texts of the language %s: %w", tag, err)
			}
		}
		if s := LockScreenOf(before.doc, after.doc, after.locale(tag, texts)); !slices.Equal(s.Lines, own) {
			out[tag] = s.Lines
		}
	}
	return out, nil
}

// silence says why nothing is announced, nil if something is.
func silence(f Forecast) *Silence {
	switch {
	case !f.Visible:
		return &Silence{"phones show the same before and after", "change what they show; to have a message announced that they show already, send it again with again: true"}
	case len(f.Lines) == 0:
		return &Silence{"none of the fields that change has a changeMessage", "give the field a changeMessage with %@ in the template"}
	}
	return nil
}
