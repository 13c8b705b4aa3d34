package issuer

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"pocketpass/store"
)

// Kinds of jobs.
const (
	KindUpdate = "update" // a Change of each pass
	KindVoid   = "void"
	KindUnvoid = "unvoid"
	KindDelete = "delete"
	KindTag    = "tag"    // tags added and removed
	KindMerge  = "merge"  // pinned passes come to the revision in force
	KindIssue  = "issue"  // a pass for each order
	KindUntag  = "untag"  // a tag is taken from all passes and forgotten
	KindRevise = "revise" // a change of each pass that an old service knows how to make
	KindEnd    = "end"    // what is left of a campaign that ended is voided

	KindMessage = "message" // a text on each pass
	KindRecall  = "recall"  // a message is taken back
)

// kind is what one kind of job does. A new one is a line in kinds.
type kind struct {
	// spec checks what a client asked for and encodes what the work needs to know of
	// it. nil means that no client can start such a job.
	spec func(NewJob) ([]byte, error)
	// open makes the work of a job. The job's counts and cursor are those of some time
	// ago.
	open func(*Issuer, store.Job) (work, error)
}

// work is what a job does.
type work interface {
	// next lists up to limit items after a cursor, which is nil at first.
	next(r reading, cursor []byte, limit int) (batch, error)
	// judge does everything about an item that may be slow. Several items are judged
	// at once, with a Reader for each goroutine. A nil apply means that there is
	// nothing to do. An error, which should be an *Error, is why the item fails;
	// errNotMeant is none.
	judge(r store.Reader, it item) (apply, error)
}

// modest is work whose items need much memory.
type modest interface {
	most() int // that may be ready at a time
}

// finisher is work that has a say in how its job ends.
type finisher interface {
	// finish is called in the transaction that has dealt with the last item. again
	// says that it has changed j to go through the items once more; an *Error is why
	// the job fails.
	finish(tx store.Tx, j *store.Job) (again bool, err error)
}

// reading is what items are collected from.
type reading struct {
	store.Reader
	file io.ReaderAt // of the job
}

// batch is a run of items in order.
type batch struct {
	items  []item
	cursor []byte // of the job once all of them are dealt with
	last   bool   // there are no more
}

// item is what a job deals with at once. Which it is, is said by the fields of the
// error that it may come to, its row excepted.
type item struct {
	store.JobError
	cursor []byte // of the job once it is dealt with
	data   any    // what the kind wants to hand from next to judge

	// rest, if there is one, makes the item a place where the job stops for a while. It
	// sets the state, and why or until when, and there is nothing to judge.
	rest func(j *store.Job, now time.Time)
}

// apply makes the change that was found good. It is called in a transaction that
// others share, so it must be quick, and may be called more than once. What it wrote
// before it fails is taken back. errOutdated has the item judged again. changed is
// false if there was nothing to do.
type apply func(tx store.Tx) (p store.Pass, changed bool, err error)

// errNotMeant says that a job is not about an item after all.
var errNotMeant = errors.New("the job is not about this")

func kindNames() string {
	names := slices.Sorted(maps.Keys(kinds))
	names = slices.DeleteFunc(names, func(n string) bool { return kinds[n].spec == nil })
	return strings.Join(names, ", ")
}

// workOf makes the work of a job. A kind that only a newer program knows is refused.
func (i *Issuer) workOf(j store.Job) (work, error) {
	k, known := kinds[j.Kind]
	if !known {
		return nil, conflict("kind_unknown", "this program knows no jobs of the kind %q; start the newer one", j.Kind)
	}
	return k.open(i, j)
}
