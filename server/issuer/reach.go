package issuer

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"pocketpass/store"
)

// Outlook is what is to be expected of a message to many.
type Outlook struct {
	Reach   Reach
	Samples []Forecast // of the first passes that it is for
	Silence *Silence   // why no phone announces it; nil if one does, or the tag has passes but none of them a device
}

// Reach is whom a message is for.
type Reach struct {
	Passes  int64 // also those that no device has
	Devices int64 // that registered for one; a phone with two of the passes counts twice
	AtLeast bool  // there are more than were counted
}

const (
	maxSamples = 5
	maxReached = 2000 // passes that are counted one by one
)

// PreviewMessages says what is to be expected of a message to many. It changes nothing.
func (i *Issuer) PreviewMessages(ctx context.Context, a Actor, n NewJob) (o Outlook, err error) {
	n.Kind = KindMessage
	d, err := i.draftJob(n)
	if err != nil {
		return o, fmt.Errorf("preview message: %w", err)
	}
	d.job.ID, d.job.Org, d.job.Key, d.job.By = store.MaxID, a.Org, a.Key, a.By
	err = i.db.View(ctx, func(r store.Reader) (err error) {
		if err = ownsJobParts(r, a.Org, d.job); err != nil {
			return err
		}
		if o.Reach, err = reachOf(r, d.job, n.IDs); err == nil {
			o.Samples, err = i.samples(r, d, *n.Send)
		}
		if o.Silence = commonSilence(o.Samples); err == nil && len(o.Samples) == 0 {
			o.Silence, err = untagged(r, a.Org, n.Tag)
		}
		return err
	})
	return o, err
}

// samples foretells what the first passes of a message show.
func (i *Issuer) samples(r store.Reader, d jobDraft, s Broadcast) (out []Forecast, err error) {
	w, err := i.workOf(d.job)
	if err != nil {
		return nil, err
	}
	m := w.(messaging)
	b, err := m.edits.next(reading{r, bytes.NewReader(d.file)}, nil, maxChecked)
	for _, it := range b.items {
		if err != nil || len(out) == maxSamples {
			break
		}
		var f Forecast
		f, err = i.foretell(r, m.edits, it)
		if errors.Is(err, errNotMeant) || err == nil && f.Devices == 0 && !s.Unregistered && f.Err == nil {
			err = nil
			continue
		}
		out = append(out, f)
	}
	return out, err
}

// foretell says what an item of a job comes to. That it cannot be changed is part of
// the answer.
func (i *Issuer) foretell(r store.Reader, w edits, it item) (Forecast, error) {
	p, _, err := w.find(r, it)
	if errors.Is(err, errNotMeant) || stops(err) {
		return Forecast{}, err
	}
	var e edit
	if err == nil {
		e, err = w.edit(r, p)
	}
	if err != nil {
		return Forecast{Pass: it.Pass, Err: err}, nil
	}
	return i.forecast(r, e)
}

// commonSilence is why none of the samples is announced.
func commonSilence(all []Forecast) (s *Silence) {
	for _, f := range all {
		if f.Err == nil && f.Silence == nil {
			return nil
		}
		if s == nil {
			s = f.Silence
		}
	}
	return s
}

// reachOf counts whom a job is for: by the counters of campaigns, or one by one as
// far as that is quick.
func reachOf(r store.Reader, j store.Job, ids []store.ID) (Reach, error) {
	whole := j.Source.From == store.Filtered && j.Template == 0 && j.Source.Tag == "" && j.Source.Voided == nil
	switch {
	case whole && j.Campaign != 0:
		return reachOfCampaign(r, j.Campaign)
	case whole:
		return reachOfAll(r, j.Org)
	}
	f := overPasses{job: j}.filter()
	if j.Source.From == store.Filtered {
		var err error
		if ids, err = r.PassIDs(f, 0, store.MaxID, maxReached+1); err != nil {
			return Reach{}, err
		}
	}
	n := Reach{AtLeast: len(ids) > maxReached}
	for _, id := range ids[:min(len(ids), maxReached)] {
		if err := n.count(r, f, id); err != nil {
			return n, err
		}
	}
	return n, nil
}

// count adds a pass if it is meant.
func (n *Reach) count(r store.Reader, f store.PassFilter, id store.ID) error {
	p, err := r.Pass(f.Org, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || !f.Matches(&p) {
		return err
	}
	devices, err := r.RegistrationsOfPass(id)
	n.Passes++
	n.Devices += int64(len(devices))
	return err
}

func reachOfCampaign(r store.Reader, campaign store.ID) (n Reach, err error) {
	passes, err := r.Counter(campaign, store.CountPasses)
	if err != nil {
		return n, err
	}
	devices, err := r.Counter(campaign, store.CountRegistered)
	return Reach{Passes: passes, Devices: devices}, err
}

// reachOfAll adds up the campaigns of an organisation.
func reachOfAll(r store.Reader, org store.ID) (n Reach, err error) {
	all, next, err := r.Campaigns(org, store.Page{Limit: maxReached})
	if err != nil {
		return n, err
	}
	n.AtLeast = next != 0
	for _, c := range all {
		one, err := reachOfCampaign(r, c.ID)
		if err != nil {
			return n, err
		}
		n.Passes += one.Passes
		n.Devices += one.Devices
	}
	return n, nil
}
