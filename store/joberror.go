package store

import "time"

// JobError is why an item of a job failed.
type JobError struct {
	Job        ID
	Row        uint64 // of the job's items, from 1
	At         int64  // byte of the file at which the item begins
	Line       int64  // of the file, from 1; 0 if there is none
	Column     string // of the row, if one is to blame
	Pass       ID
	ExternalID string
	Code       string // stable, snake_case
	Message    string
}

func (e *JobError) fields(f *fields) {
	number(f, &e.Job)
	number(f, &e.Row)
	number(f, &e.At)
	number(f, &e.Line)
	text(f, &e.Column)
	number(f, &e.Pass)
	text(f, &e.ExternalID)
	text(f, &e.Code)
	text(f, &e.Message)
}

var jobErrors = table[JobError]{
	name:   "job_error",
	fields: (*JobError).fields,
	key:    func(e *JobError) []byte { return join(e.Job, e.Row) },
}

// MaxJobErrors is how many errors of a job are kept. Those after it are only counted.
const MaxJobErrors = 100_000

// JobErrors lists what failed of a job. Pages count by row.
func (r Reader) JobErrors(job ID, p Page) ([]JobError, ID, error) {
	return jobErrors.list(r.kv, jobErrors.name, join(job), p, nil)
}

// PutJobError writes why an item failed.
func (tx Tx) PutJobError(e JobError) error { return jobErrors.put(tx.kv, &e) }

// JobsEndedBefore lists at most limit jobs at which nothing was done since a time
// and never will be.
func (r Reader) JobsEndedBefore(before time.Time, limit int) ([]ID, error) {
	return r.jobsBefore(jobByEnd, before, limit)
}

// DropJobNotes removes what a job has noted of its items, at most limit records of a kind
// at a time; left says whether there are more.
func (tx Tx) DropJobNotes(job ID, limit int) (left bool, err error) {
	for _, drop := range []func(ID, int) (bool, error){tx.dropJobErrors, tx.dropJobNames} {
		more, err := drop(job, limit)
		if err != nil {
			return false, err
		}
		left = left || more
	}
	return left, nil
}

// DropJob removes a job and what belongs to it, at most limit records of a kind at a
// time; left says whether there are more, and the job itself stays until there are none.
func (tx Tx) DropJob(job ID, limit int) (left bool, err error) {
	for _, drop := range []func(ID, int) (bool, error){tx.DropJobFile, tx.dropJobErrors, tx.dropJobNames, tx.dropEvents} {
		more, err := drop(job, limit)
		if err != nil {
			return false, err
		}
		left = left || more
	}
	if left {
		return true, nil
	}
	return false, jobs.remove(tx.kv, job.key())
}

func (tx Tx) dropJobErrors(job ID, limit int) (bool, error) {
	return tx.drop(jobErrors.name, join(job), limit)
}

func (tx Tx) dropEvents(subject ID, limit int) (bool, error) {
	return tx.drop(events.name, join(subject), limit)
}
