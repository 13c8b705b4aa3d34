package store

import (
	"encoding/binary"
	"encoding/json"
	"time"

	"pocketpass/store/kv"
)

// Job is work that outlives a request: it goes through passes, or through the rows
// of a file, a piece at a time.
type Job struct {
	ID       ID              `json:"id"` // passes with higher ids were issued after it was accepted
	Org      ID              `json:"org"`
	Kind     string          `json:"kind"`
	Campaign ID              `json:"campaign,omitempty"`
	Template ID              `json:"template,omitempty"`
	Source   Source          `json:"source"`
	Spec     json.RawMessage `json:"spec,omitempty"` // what the kind needs to know besides
	Key      ID              `json:"key,omitempty"`  // API key that asked; zero for the appliance itself
	By       string          `json:"by,omitempty"`

	State     JobState  `json:"state"`
	Reason    string    `json:"reason,omitempty"`   // why it failed, or rests
	NotBefore time.Time `json:"notBefore,omitzero"` // waits until then
	Cursor    []byte    `json:"cursor,omitempty"`   // how far it got; what it says is the source's own
	Total     int64     `json:"total,omitempty"`    // items, as far as known; 0 if it is not
	Done      int64     `json:"done,omitempty"`     // items that were changed or made
	Failed    int64     `json:"failed,omitempty"`   // items that could not be
	Skipped   int64     `json:"skipped,omitempty"`  // items that there was nothing to do for
	Parent    ID        `json:"parent,omitempty"`   // job whose failures it tries again
	Retry     ID        `json:"retry,omitempty"`    // job that tries its own again
	Undo      ID        `json:"undo,omitempty"`     // job that takes back what it sent
	Worked    int64     `json:"workedMS,omitempty"` // milliseconds spent on it
	Created   time.Time `json:"created"`
	Started   time.Time `json:"started,omitzero"`
	Finished  time.Time `json:"finished,omitzero"`
	Updated   time.Time `json:"updated"`
}

// Source is where a job's items come from.
type Source struct {
	From   Origin `json:"from"`
	Tag    string `json:"tag,omitempty"`    // of Filtered
	Voided *bool  `json:"voided,omitempty"` // of Filtered
	Sent   ID     `json:"sent,omitempty"`   // of Filtered: passes that show what this job sent
	File   ID     `json:"file,omitempty"`   // job that the file was uploaded with
	Size   int64  `json:"size,omitempty"`   // bytes that are kept of a file of its own
}

// Origin is a kind of source.
type Origin string

// The origins.
const (
	Filtered Origin = "filter" // passes of the campaign, template or tag
	Listed   Origin = "ids"    // ids of passes, eight bytes each, in the file
	Rows     Origin = "rows"   // rows of the file
	Failures Origin = "failed" // what failed of the parent
)

// JobState says whether a job is worked on.
type JobState string

// The states. A job that is Receiving has not got all of its file, or nobody has said yet
// what to do with it.
const (
	JobReceiving JobState = "receiving"
	JobWaiting   JobState = "waiting"
	JobRunning   JobState = "running"
	JobPaused    JobState = "paused"
	JobCancelled JobState = "cancelled"
	JobDone      JobState = "done"
	JobFailed    JobState = "failed"
)

// Runnable says whether there is work to do on it now or later.
func (j *Job) Runnable() bool { return j.State == JobWaiting || j.State == JobRunning }

// Ended says whether nothing more will be done.
func (j *Job) Ended() bool {
	return j.State == JobCancelled || j.State == JobDone || j.State == JobFailed
}

// Seen is how many items it has gone through.
func (j *Job) Seen() int64 { return j.Done + j.Failed + j.Skipped }

var jobs = table[Job]{
	name: "job",
	key:  func(j *Job) []byte { return j.ID.key() },
	indexes: []index[Job]{
		{name: jobByOrg, bare: true, keys: func(j *Job) [][]byte { return [][]byte{join(j.Org, j.ID)} }},
		{name: jobByKind, bare: true, keys: func(j *Job) [][]byte { return [][]byte{join(j.Org, j.Kind, j.ID)} }},
		{name: jobByDue, bare: true, keys: func(j *Job) [][]byte {
			return when(j.Runnable(), milliseconds(j.NotBefore), j.ID)
		}},
		{name: jobByEnd, bare: true, keys: func(j *Job) [][]byte {
			return when(j.Ended() || j.State == JobReceiving, milliseconds(j.Updated), j.ID)
		}},
		{name: jobByFile, bare: true, keys: func(j *Job) [][]byte {
			return when((j.Ended() || j.State == JobReceiving) && j.Source.Size > 0, milliseconds(j.Updated), j.ID)
		}},
	},
}

const (
	jobByOrg  kv.Table = "job_organisation"
	jobByKind kv.Table = "job_kind"
	jobByDue  kv.Table = "job_due"
	jobByEnd  kv.Table = "job_end"
	jobByFile kv.Table = "job_file"
)

// when is an index key that exists only if it should.
func when(exists bool, parts ...any) [][]byte {
	if !exists {
		return nil
	}
	return [][]byte{join(parts...)}
}

// milliseconds orders times in keys; the zero time is the first.
func milliseconds(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.UnixMilli())
}

// Job returns a job of the organisation.
func (r Reader) Job(org, id ID) (Job, error) {
	j, err := jobs.get(r.kv, id.key())
	return owned(j, err, org, j.Org)
}

// AnyJob returns a job of any organisation.
func (r Reader) AnyJob(id ID) (Job, error) { return jobs.get(r.kv, id.key()) }

// Jobs lists the jobs of the organisation.
func (r Reader) Jobs(org ID, p Page) ([]Job, ID, error) {
	return jobs.list(r.kv, jobByOrg, join(org), p, nil)
}

// JobsOfKind lists those of one kind.
func (r Reader) JobsOfKind(org ID, kind string, p Page) ([]Job, ID, error) {
	return jobs.list(r.kv, jobByKind, join(org, kind), p, nil)
}

// PutJob writes j.
func (tx Tx) PutJob(j Job) error { return jobs.put(tx.kv, &j) }

// DueJobs lists the ids of jobs to be worked on, those first that wait longest, and
// when the next one after them is due, zero if none is.
func (r Reader) DueJobs(limit int) (due []ID, next time.Time, err error) {
	err = r.kv.Scan(jobByDue, kv.Range{}, func(key, _ []byte) error {
		at := time.UnixMilli(int64(binary.BigEndian.Uint64(key)))
		if at.After(r.Now) {
			next = at
			return kv.ErrStop
		}
		if len(due) == limit {
			next = r.Now
			return kv.ErrStop
		}
		id, err := idFromKey(key[8:])
		due = append(due, id)
		return err
	})
	return due, next, err
}

// jobsBefore lists at most limit ids of an index by time that are older than before.
func (r Reader) jobsBefore(ix kv.Table, before time.Time, limit int) (old []ID, err error) {
	err = r.kv.Scan(ix, kv.Range{To: join(milliseconds(before))}, func(key, _ []byte) error {
		if len(old) == limit {
			return kv.ErrStop
		}
		id, err := idFromKey(key[8:])
		old = append(old, id)
		return err
	})
	return old, err
}
