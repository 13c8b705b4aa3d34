package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pocketpass/store"
)

// NewJob asks for work that outlives the request. Where its passes come from is said
// by IDs, by Orders, or else by Campaign, Template, Tag and Voided together; without
// any of them, Everything has to say that all of the organisation are meant.
type NewJob struct {
	Kind       string
	Campaign   store.ID
	Template   store.ID
	Tag        string
	Voided     *bool
	Everything bool
	IDs        []store.ID

	Change  *Change     // of Update, without pictures
	Shows   []FieldText // of Update: passes that do not show all of them stay as they are
	Tagging *Tagging    // of Tag
	Merging *Merging    // of Merge; nil leaves what passes have of their own
	Orders  []Order     // of Issue; their campaign is the job's
	Send    *Broadcast  // of Message

	NotBefore   time.Time // when to begin
	Idempotency Idempotency
}

// Limits of what a job is asked for in one request.
const (
	maxJobIDs     = 50_000
	maxJobOrders  = 1000
	maxOrdersSize = 4 << 20 // bytes of all; they go into one commit
	maxAhead      = 366 * 24 * time.Hour
)

// StartJob accepts a job. The passes that it is about are those that match now:
// what is issued later is left alone.
func (i *Issuer) StartJob(ctx context.Context, a Actor, n NewJob) (j store.Job, err error) {
	d, err := i.draftJob(n)
	if err != nil {
		return store.Job{}, fmt.Errorf("start job: %w", err)
	}
	if err := i.db.View(ctx, func(r store.Reader) error { return d.estimate(r, a.Org) }); err != nil {
		return store.Job{}, fmt.Errorf("start job: %w", err)
	}
	err = i.update(ctx, func(tx store.Tx) error {
		id, _, err := i.once(tx, a, n.Idempotency, func() (store.ID, error) { return d.add(tx, a) })
		if err == nil {
			j, err = tx.Job(a.Org, id)
		}
		return err
	})
	if err != nil {
		return store.Job{}, fmt.Errorf("start job: %w", err)
	}
	i.rouse()
	return j, nil
}

// jobDraft is a job that was found good, with the file that goes with it.
type jobDraft struct {
	job  store.Job
	file []byte
}

func (i *Issuer) draftJob(n NewJob) (d jobDraft, err error) {
	k, known := kinds[n.Kind]
	if !known || k.spec == nil {
		return d, invalid("/kind", "kind_unknown", "the kind must be one of %s", kindNames())
	}
	d.job = store.Job{Kind: n.Kind, Campaign: n.Campaign, Template: n.Template, NotBefore: n.begins(i.cfg.Now()), State: store.JobWaiting}
	if n.NotBefore.Sub(i.cfg.Now()) > maxAhead {
		return d, invalid("/notBefore", "too_far_ahead", "a job can wait for a year at most; start it later")
	}
	if n.Tag != "" {
		if err := checkTag("/tag", n.Tag); err != nil {
			return d, err
		}
	}
	if err := checkShows(n.Kind, n.Shows); err != nil {
		return d, err
	}
	if d.job.Spec, err = k.spec(n); err != nil {
		return d, err
	}
	err = d.setSource(i, n)
	return d, err
}

// begins is when the work may begin, zero for at once.
func (n NewJob) begins(now time.Time) time.Time {
	at := n.NotBefore
	if s := n.Send; s != nil && s.UndoWindow > 0 && now.Add(s.UndoWindow).After(at) {
		at = now.Add(s.UndoWindow)
	}
	if at.IsZero() {
		return at
	}
	return moment(at)
}

// setSource says where the items come from and writes the file that lists them.
func (d *jobDraft) setSource(i *Issuer, n NewJob) (err error) {
	j := &d.job
	filtered := n.Campaign != 0 || n.Template != 0 || n.Tag != "" || n.Voided != nil || n.Everything
	switch {
	case n.Kind == KindIssue:
		j.Source.From, j.Total = store.Rows, int64(len(n.Orders))
		d.file, err = i.encodeOrders(n.Orders)
	case len(n.IDs) > 0 && (n.Template != 0 || n.Tag != "" || n.Voided != nil || n.Everything):
		return invalid("/ids", "two_sources", "give either ids or a filter; a job goes through one of them")
	case len(n.IDs) > maxJobIDs:
		return invalid("/ids", "too_many_ids", "a job takes up to %d ids; split the list", maxJobIDs)
	case len(n.IDs) > 0:
		j.Source.From, j.Total = store.Listed, int64(len(n.IDs))
		d.file = encodeIDs(n.IDs)
	case !filtered:
		return invalid("", "source_missing", "say which passes: give campaign, template, tag or ids, or an empty filter for all passes")
	default:
		j.Source = store.Source{From: store.Filtered, Tag: n.Tag, Voided: n.Voided}
	}
	return err
}

// add writes the job with its file.
func (d jobDraft) add(tx store.Tx, a Actor) (store.ID, error) {
	j := d.job
	if err := ownsJobParts(tx.Reader, a.Org, j); err != nil {
		return 0, err
	}
	id, err := tx.NewID()
	if err != nil {
		return 0, err
	}
	j.ID, j.Org, j.Key, j.By, j.Created, j.Updated = id, a.Org, a.Key, a.By, tx.Now, tx.Now
	if len(d.file) > 0 {
		j.Source.File, j.Source.Size = id, int64(len(d.file))
	}
	for n := 0; n*store.ChunkSize < len(d.file); n++ {
		piece := d.file[n*store.ChunkSize : min(len(d.file), (n+1)*store.ChunkSize)]
		if err := tx.PutJobChunk(id, uint64(n), piece); err != nil {
			return 0, err
		}
	}
	return id, tx.PutJob(j)
}

// ownsJobParts refuses a job about a campaign or a template that is not there.
func ownsJobParts(r store.Reader, org store.ID, j store.Job) error {
	if j.Campaign != 0 {
		if _, err := r.Campaign(org, j.Campaign); err != nil {
			return missing(err, "/campaign", "campaign")
		}
	}
	if j.Template == 0 {
		return nil
	}
	t, err := r.Template(org, j.Template)
	if err == nil && j.Campaign != 0 && t.Campaign != j.Campaign {
		err = store.ErrNotFound
	}
	return missing(err, "/template", "template")
}

// maxCounted bounds the passes that are counted for an estimate.
const maxCounted = 100_000

// estimate says how many items the job has, if it is about passes that can be counted
// quickly.
func (d *jobDraft) estimate(r store.Reader, org store.ID) (err error) {
	j := &d.job
	switch {
	case j.Source.From != store.Filtered:
		return nil
	case j.Campaign != 0 && j.Template == 0 && j.Source.Tag == "":
		j.Total, err = r.Counter(j.Campaign, store.CountPasses)
		return err
	}
	if err := ownsJobParts(r, org, *j); err != nil {
		return err
	}
	ids, err := r.PassIDs(store.PassFilter{Org: org, Campaign: j.Campaign, Template: j.Template, Tag: j.Source.Tag}, 0, store.MaxID, maxCounted)
	if len(ids) < maxCounted {
		j.Total = int64(len(ids))
	}
	return err
}

// Job returns a job of the actor's organisation.
func (i *Issuer) Job(ctx context.Context, a Actor, id store.ID) (j store.Job, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		j, err = r.Job(a.Org, id)
		return err
	})
	return j, err
}

// Jobs lists the organisation's jobs.
func (i *Issuer) Jobs(ctx context.Context, a Actor, p store.Page) (all []store.Job, next store.ID, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		all, next, err = r.Jobs(a.Org, p)
		return err
	})
	return all, next, err
}

// JobErrors lists the items of a job that failed, by row. Only the first
// store.MaxJobErrors are kept.
func (i *Issuer) JobErrors(ctx context.Context, a Actor, id store.ID, p store.Page) (all []store.JobError, next store.ID, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if _, err := r.Job(a.Org, id); err != nil {
			return err
		}
		all, next, err = r.JobErrors(id, p)
		return err
	})
	return all, next, err
}

// actorOf is on whose behalf a job works.
func actorOf(j store.Job) Actor { return Actor{Org: j.Org, Key: j.Key, By: j.By} }

// readSpec decodes what a kind needs to know.
func readSpec[T any](j store.Job) (spec T, err error) {
	if err = json.Unmarshal(j.Spec, &spec); err != nil {
		err = errors.Join(conflict("job_unreadable", "another version of the program wrote what this job should do; start it anew"), err)
	}
	return spec, err
}
