package issuer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pocketpass/push"
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

// Diagnose says why phones have not updated, from what was really observed.
func (i *Issuer) Diagnose(ctx context.Context, a Actor, id store.ID) (d Diagnosis, err error) {
	if err := i.FlushSeen(ctx); err != nil {
		return Diagnosis{}, fmt.Errorf("diagnose: %w", err)
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
	d := Diagnosis{Revision: v.Revision, Changed: time.Unix(v.Modified, 0).UTC()}
	all, err := installed(r, p)
	if err != nil {
		return Diagnosis{}, err
	}
	for _, one := range all {
		c, err := i.caseOf(r, p, v, one)
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
		return notInstalled(r, p)
	}
	for _, d := range all {
		if d.Code != codeUpToDate {
			return d.Verdict, nil
		}
	}
	return all[0].Verdict, nil
}

func notInstalled(r store.Reader, p store.Pass) (Verdict, error) {
	events, _, err := r.Events(p.ID, store.Page{Reverse: true, Limit: 50})
	for _, e := range events {
		if e.Type == "pass.uninstalled" {
			return Verdict{"removed", "the last phone left at " + clock(e.At()) + ": " + e.Detail["why"],
				"send the holder the link again if the pass should be back"}, nil
		}
	}
	return Verdict{"not_installed", "no phone has registered for this pass",
		"check that the holder added it; if so, the phone could not reach /wallet/v1/devices on the public address: open the pass page from outside your network, and switch automatic updates on in the pass's details"}, err
}

// deviceCase is what is known of one device at the time of the question.
type deviceCase struct {
	Installed
	version store.Version
	queued  *store.PushEntry
	now     time.Time
	silent  bool // no field announces a change
}

func (i *Issuer) caseOf(r store.Reader, p store.Pass, v store.Version, one Installed) (deviceCase, error) {
	c := deviceCase{Installed: one, version: v, now: r.Now}
	e, err := r.PushEntry(one.Device.PassTypeIdentifier, one.Device.PushToken)
	switch {
	case err == nil:
		c.queued = &e
	case !errors.Is(err, store.ErrNotFound):
		return c, err
	}
	d, err := i.designOf(r, p)
	if err != nil {
		return c, err
	}
	doc, err := i.document(d, p, "")
	if err != nil {
		return c, err
	}
	c.silent = true
	for _, style := range doc.Styles() {
		for _, group := range style.Groups() {
			for _, f := range *group {
				c.silent = c.silent && f.ChangeMessage == ""
			}
		}
	}
	return c, nil
}

const codeUpToDate = "up_to_date"

// verdict follows the change from the phone back to the queue: the last step
// that was seen is the answer.
func (c deviceCase) verdict() Verdict {
	for _, judge := range []func() (Verdict, bool){
		c.complained, c.current, c.fetchFailed, c.toldNotFetched, c.waiting, c.pushFailed, c.notAsked,
	} {
		if v, ok := judge(); ok {
			return v
		}
	}
	return Verdict{"no_push", "this change was not pushed to the phone, and it has not asked", "change the pass again, or ask the holder to pull the pass's details down to refresh"}
}

func (c deviceCase) changed() time.Time { return time.Unix(c.version.Modified, 0) }

func (c deviceCase) complained() (Verdict, bool) {
	if c.Log.At.Before(c.changed()) {
		return Verdict{}, false
	}
	for _, k := range causes {
		if strings.Contains(c.Log.Text, k.part) {
			return Verdict{k.verdict, k.means + "; it logged so at " + clock(c.Log.At), k.next}, true
		}
	}
	return Verdict{}, false
}

func (c deviceCase) current() (Verdict, bool) {
	switch {
	case c.FetchedRevision >= c.version.Revision && ok(c.FetchedStatus):
		v := Verdict{codeUpToDate, "the phone fetched the newest version at " + clock(c.Fetched), "nothing is to be done"}
		if c.silent {
			v.Sentence += "; it showed no notice, because no field has a changeMessage"
			v.Next = "give a field a changeMessage with %@ if the holder should notice"
		}
		return v, true
	case c.Fetched.IsZero() && c.Revision > c.version.Revision:
		return Verdict{codeUpToDate, "the phone added the pass after its last change, at " + clock(c.Created), "nothing is to be done"}, true
	}
	return Verdict{}, false
}

func ok(status int) bool { return status == http.StatusOK || status == http.StatusNotModified }

func (c deviceCase) fetchFailed() (Verdict, bool) {
	if c.Fetched.Before(c.changed()) || ok(c.FetchedStatus) {
		return Verdict{}, false
	}
	at := clock(c.Fetched)
	switch c.FetchedStatus {
	case http.StatusUnauthorized:
		return Verdict{"token_refused", "the phone asked for the new version at " + at + " with a wrong authentication token and was refused",
			"check that the reverse proxy passes the Authorization header on; if the token was changed, the holder must add the pass again"}, true
	case http.StatusServiceUnavailable:
		return Verdict{"cannot_sign", "the phone asked for the new version at " + at + ", but it could not be signed",
			"look at the certificate's state and import its successor"}, true
	}
	return Verdict{"server_error", "the phone asked for the new version at " + at + " and got an error from this server", "look for that time in the server's log"}, true
}

func (c deviceCase) toldNotFetched() (Verdict, bool) {
	told, err := strconv.ParseUint(c.Device.ListedTag, 10, 64)
	if err != nil || told < c.version.Revision || c.Device.Listed.Before(c.Fetched) {
		return Verdict{}, false
	}
	return Verdict{"not_fetched", "the phone was told of the change at " + clock(c.Device.Listed) + " but has not fetched the pass",
		"wait a minute; if it stays so, the download is blocked or too slow: fetch the pass file from outside your network and look at its size"}, true
}

func (c deviceCase) waiting() (Verdict, bool) {
	if c.queued == nil {
		return Verdict{}, false
	}
	if c.queued.Attempts == 0 {
		return Verdict{"push_waiting", "the push is queued and has not been sent yet", "wait a moment and look again"}, true
	}
	meaning, remedy := explain(c.Device.Pushed.Reason)
	return Verdict{"push_retrying", fmt.Sprintf("the push was tried %d times, last at %s: %s; next try at %s",
		c.queued.Attempts, clock(c.Device.Pushed.At), meaning, clock(c.queued.Due)), remedy}, true
}

func (c deviceCase) pushFailed() (Verdict, bool) {
	p := c.Device.Pushed
	if p.Outcome == "" || p.Outcome == string(push.Accepted) || p.Revision < c.version.Revision {
		return Verdict{}, false
	}
	meaning, remedy := explain(p.Reason)
	return Verdict{"push_failed", "the push at " + clock(p.At) + " failed: " + meaning, remedy}, true
}

func (c deviceCase) notAsked() (Verdict, bool) {
	p := c.Device.Pushed
	if p.Outcome != string(push.Accepted) || p.Revision < c.version.Revision {
		return Verdict{}, false
	}
	if c.Device.Listed.After(p.At) {
		return Verdict{"told_nothing_new", "the phone asked at " + clock(c.Device.Listed) + " after the push and was told that nothing is new",
			"check that no proxy caches /wallet/; ask the holder to pull the pass's details down to refresh"}, true
	}
	return Verdict{"not_asked", "the push service took the push at " + clock(p.At) + ", and the phone has not asked since",
		"the phone is off, offline, saving power, or automatic updates are switched off for this pass: it asks when that ends; the holder can pull the pass's details down to refresh at once"}, true
}

func explain(reason string) (meaning, remedy string) {
	if reason == ReasonNoCertificate {
		return "no valid certificate could send it", "import a valid certificate; what waits is sent then"
	}
	return push.Explain(reason)
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
