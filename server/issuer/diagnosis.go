package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// Verdict says where on its way a change stands, for one device.
type Verdict struct {
	Code     string // stable, snake_case
	Sentence string // what was observed, in plain words
	Next     string // what to do
}

// Diagnosis is why a pass has, or has not, reached its phones.
type Diagnosis struct {
	Revision uint64 // of what a phone should show now
	Changed  time.Time
	Verdict  Verdict // of the pass as a whole
	Devices  []DeviceVerdict
}

// DeviceVerdict is the verdict for one registration.
type DeviceVerdict struct {
	Installed
	Verdict
}

// Diagnose says why phones have not updated, from what was really observed. It
// works on a full disk too, with what was written before.
func (i *Issuer) Diagnose(ctx context.Context, a Actor, id store.ID) (d Diagnosis, err error) {
	if err := i.FlushSeen(ctx); err != nil {
		i.cfg.Log.WarnContext(ctx, "write what was observed", "err", err)
	}
	err = i.db.View(ctx, func(r store.Reader) error {
		p, err := r.Pass(a.Org, id)
		if err != nil {
			return err
		}
		d, err = i.diagnose(r, p)
		return err
	})
	if err != nil {
		return Diagnosis{}, fmt.Errorf("diagnose: %w", err)
	}
	return d, nil
}

func (i *Issuer) diagnose(r store.Reader, p store.Pass) (Diagnosis, error) {
	v, err := r.EffectiveVersion(p)
	if err != nil {
		return Diagnosis{}, err
	}
	d := Diagnosis{Revision: v.Revision, Changed: time.UnixMilli(v.At).UTC()}
	all, err := installed(r, p)
	if err != nil {
		return Diagnosis{}, err
	}
	silent, err := i.silent(r, p)
	if err != nil { // what keeps the pass from being made is no reason not to say so
		i.cfg.Log.Warn("what a pass announces cannot be told", "pass", p.ID.Short(), "err", err)
	}
	for _, one := range all {
		c := deviceCase{Installed: one, version: v, now: r.Now, silent: silent}
		c.queued, err = queued(r, one.Device)
		if err != nil {
			return Diagnosis{}, err
		}
		d.Devices = append(d.Devices, DeviceVerdict{one, c.verdict()})
	}
	d.Verdict, err = i.overall(r, p, d.Devices)
	return d, err
}

// overall is the verdict of the pass: what stops every device, or the first
// device that is not up to date.
func (i *Issuer) overall(r store.Reader, p store.Pass, all []DeviceVerdict) (Verdict, error) {
	if _, err := i.identity(r, p.PassTypeIdentifier); err != nil {
		e := Public(err)
		if e.Kind != Unavailable {
			return Verdict{}, err
		}
		return Verdict{e.Code, "no new version can be signed or pushed: " + e.Msg, "import a valid certificate; what waits is sent then"}, nil
	}
	if len(all) == 0 {
		return i.notInstalled(r, p)
	}
	for _, d := range all {
		if d.Code != codeUpToDate {
			return d.Verdict, nil
		}
	}
	return all[0].Verdict, nil
}

func (i *Issuer) notInstalled(r store.Reader, p store.Pass) (Verdict, error) {
	events, _, err := r.Events(p.ID, store.Page{Reverse: true, Limit: 50})
	if err != nil {
		return Verdict{}, err
	}
	for _, e := range events {
		if e.Type == "pass.uninstalled" {
			return Verdict{"removed", "the last phone left at " + clock(e.At()) + ": " + e.Detail["why"],
				"send the holder the link again if the pass should be back"}, nil
		}
	}
	if strings.HasPrefix(i.cfg.BaseURL, "http://") && !i.cfg.Local {
		return Verdict{codeNotInstalled, "no phone has registered for this pass, and none can: it names an address that begins with http://",
			"phones register over https only: set base_url to a public address that begins with https://; holders who have the pass add it again"}, nil
	}
	return Verdict{codeNotInstalled, "no phone has registered for this pass",
		"check that the holder added it; if so, the phone could not reach /wallet/v1/devices on the public address, or was refused there: open the pass page from outside your network, " +
			"look for a 401 in the log, which means that the reverse proxy does not pass the Authorization header on, and switch automatic updates on in the pass's details"}, nil
}

// deviceCase is what is known of one device at the time of the question.
type deviceCase struct {
	Installed
	version store.Version
	queued  *store.PushEntry
	now     time.Time
	silent  bool // no field announces a change
}

// queued is the push that waits for a device, nil if none does.
func queued(r store.Reader, d store.Device) (*store.PushEntry, error) {
	e, err := r.PushEntry(d.PassTypeIdentifier, d.PushToken)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &e, err
}

// announcing is the document whose fields announce changes of p.
func (i *Issuer) announcing(r store.Reader, p store.Pass) (*pkpass.Document, error) {
	if p.IsFile() {
		doc, _, err := openFile(r, p)
		return doc, err
	}
	d, err := i.designOf(r, p)
	if err != nil {
		return nil, err
	}
	doc, _, err := d.withPatch(p)
	return doc, err
}

// silent says whether no field of p announces its change.
func (i *Issuer) silent(r store.Reader, p store.Pass) (bool, error) {
	doc, err := i.announcing(r, p)
	if err != nil {
		return false, err
	}
	for _, style := range doc.Styles() {
		for _, group := range style.Groups() {
			if slices.ContainsFunc(*group, func(f pkpass.Field) bool { return f.ChangeMessage != "" }) {
				return false, nil
			}
		}
	}
	return true, nil
}
