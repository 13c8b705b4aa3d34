package boltkv_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"pocketpass/store/kv"
	"pocketpass/store/kv/boltkv"
)

// queue starts a call of Update that keeps its turn until every call of fns stands
// in line, in that order, and returns their outcomes; the first is the one of hold.
func queue(t *testing.T, d *boltkv.DB, hold func(kv.Writer) error, fns ...func(kv.Writer) error) []error {
	t.Helper()
	inside, leave := make(chan struct{}), make(chan struct{})
	errs := make([]error, len(fns)+1)
	var once sync.Once
	var wg sync.WaitGroup
	wg.Go(func() {
		errs[0] = d.Update(t.Context(), func(w kv.Writer) error {
			once.Do(func() { close(inside); <-leave })
			return hold(w)
		})
	})
	<-inside
	for i, fn := range fns {
		wg.Go(func() { errs[i+1] = d.Update(t.Context(), fn) })
		waitFor(d, i+1)
	}
	close(leave)
	wg.Wait()
	return errs
}

// waitFor returns when n calls stand in line.
func waitFor(d *boltkv.DB, n int) {
	for d.Stats().Waiting < n {
		runtime.Gosched()
	}
}

func putKey(key string) func(kv.Writer) error {
	return func(w kv.Writer) error { return w.Put("a", []byte(key), nil) }
}

func TestCallsThatMeetShareACommit(t *testing.T) {
	d := openNew(t)
	var fns []func(kv.Writer) error
	for i := range 20 {
		fns = append(fns, putKey(fmt.Sprintf("%02d", i)))
	}
	if err := errors.Join(queue(t, d, putKey("first"), fns...)...); err != nil {
		t.Fatal(err)
	}
	if s := d.Stats(); s.Commits != 1 || s.Updates != 21 {
		t.Errorf("%d calls took %d commits, want 21 and 1", s.Updates, s.Commits)
	}
	wantCount(t, d, "a", 21)
}

func TestGroupIsBounded(t *testing.T) {
	d := openNew(t)
	var fns []func(kv.Writer) error
	for i := range 600 {
		fns = append(fns, putKey(fmt.Sprintf("%03d", i)))
	}
	if err := errors.Join(queue(t, d, putKey("first"), fns...)...); err != nil {
		t.Fatal(err)
	}
	if n := d.Stats().Commits; n != 3 {
		t.Errorf("601 calls took %d commits, want 3 groups of at most 256", n)
	}
}

// TestApart has a call begin a commit of its own, which the one behind it joins.
func TestApart(t *testing.T) {
	d := openNew(t)
	before := int64(-1)
	long := func(w kv.Writer) error {
		before = d.Stats().Commits
		return putKey("long")(w)
	}
	inside, leave := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	call := func(ctx context.Context, fn func(kv.Writer) error) {
		all.Go(func() {
			if err := d.Update(ctx, fn); err != nil {
				t.Error(err)
			}
		})
	}
	call(t.Context(), func(w kv.Writer) error { close(inside); <-leave; return putKey("1")(w) })
	<-inside
	call(t.Context(), putKey("2"))
	waitFor(d, 1)
	call(kv.Apart(t.Context()), long)
	waitFor(d, 2)
	call(t.Context(), putKey("3"))
	waitFor(d, 3)
	close(leave)
	all.Wait()
	if n := d.Stats().Commits; before != 1 || n != 2 {
		t.Errorf("%d commits before the one that is apart, %d in all, want 1 and 2", before, n)
	}
	wantCount(t, d, "a", 4)
}

// TestLateFailure rolls back a group; the fault is the failing call's alone.
func TestLateFailure(t *testing.T) {
	d := openNew(t)
	late := errors.New("late")
	failing := func(w kv.Writer) error { return errors.Join(putKey("bad")(w), late) }
	errs := queue(t, d, putKey("1"), putKey("2"), failing, putKey("3"), failing, putKey("4"))
	for i, err := range errs {
		if bad := i == 2 || i == 4; bad != errors.Is(err, late) || !bad && err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
	wantCount(t, d, "a", 4)
}

// TestFailureOnlyInCompany is a function that fails because of what another wrote
// in the same group, which is then undone: it must be judged on what is on disk.
func TestFailureOnlyInCompany(t *testing.T) {
	d := openNew(t)
	runs := 0
	fickle := func(w kv.Writer) error {
		runs++
		if err := putKey("fickle")(w); err != nil {
			return err
		}
		if _, ok, _ := w.Get("a", []byte("1")); ok && runs == 1 {
			return errors.New("in company")
		}
		return nil
	}
	if err := errors.Join(queue(t, d, putKey("1"), fickle, putKey("2"))...); err != nil {
		t.Error(err)
	}
	if runs != 2 {
		t.Errorf("the function ran %d times, want 2", runs)
	}
	wantCount(t, d, "a", 3)
}

// TestStreamOfFailures puts a call that fails late behind every run of a good one:
// such a stream may not roll it back for ever.
func TestStreamOfFailures(t *testing.T) {
	d := openNew(t)
	late := errors.New("late")
	runs := 0
	var wg sync.WaitGroup
	err := d.Update(t.Context(), func(w kv.Writer) error {
		if runs++; runs > 10 {
			return errors.New("still rolled back")
		}
		wg.Go(func() {
			err := d.Update(t.Context(), func(w kv.Writer) error { return errors.Join(putKey("bad")(w), late) })
			if !errors.Is(err, late) {
				t.Error(err)
			}
		})
		waitFor(d, 1)
		return putKey("good")(w)
	})
	wg.Wait()
	if err != nil || runs != 3 {
		t.Errorf("got %v after %d runs, want success with the third", err, runs)
	}
	wantCount(t, d, "a", 1)
}

func TestEarlyFailureCostsNoCommit(t *testing.T) {
	d := openNew(t)
	early := errors.New("early")
	err := d.Update(t.Context(), func(kv.Writer) error { return early })
	if err != early || d.Stats().Commits != 0 {
		t.Errorf("got %v after %d commits", err, d.Stats().Commits)
	}
}

// TestGoexit is what t.FailNow in a function does.
func TestGoexit(t *testing.T) {
	d := openNew(t)
	errs := queue(t, d, putKey("1"), putKey("2"), func(w kv.Writer) error {
		putKey("bad")(w)
		runtime.Goexit()
		return nil
	}, putKey("3"))
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	wantCount(t, d, "a", 3)
}

// TestWaitingEndsWithContext leaves the line without having run, and the others
// are served.
func TestWaitingEndsWithContext(t *testing.T) {
	d := openNew(t)
	ctx, cancel := context.WithCancel(t.Context())
	inside, leave, first := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		first <- d.Update(context.Background(), func(w kv.Writer) error { close(inside); <-leave; return putKey("1")(w) })
	}()
	<-inside
	tired, last := make(chan error, 1), make(chan error, 1)
	go func() { tired <- d.Update(ctx, putKey("tired")) }()
	waitFor(d, 1)
	go func() { last <- d.Update(context.Background(), putKey("2")) }()
	waitFor(d, 2)
	cancel()
	if err := <-tired; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	close(leave)
	if err := errors.Join(<-first, <-last); err != nil {
		t.Error(err)
	}
	wantCount(t, d, "a", 2)
}

// TestContextEndsWithTheTurn ends the context of a waiting call when it has just
// been given the turn: it has to pass it on, or everybody waits for ever. Which of
// the two it notices is chance, hence the rounds.
func TestContextEndsWithTheTurn(t *testing.T) {
	d := openNew(t)
	for range 30 {
		inside, leave, held := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		go func() {
			held <- d.Update(context.Background(), func(kv.Writer) error { close(inside); <-leave; return nil })
		}()
		<-inside
		late := &lateContext{Context: context.Background(), end: func() {
			close(leave)
			if err := <-held; err != nil { // it has passed the turn on
				t.Error(err)
			}
		}}
		err := d.Update(late, func(kv.Writer) error { t.Error("ran although its context was done"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want context.Canceled", err)
		}
		if n := d.Stats().Waiting; n != 0 {
			t.Fatalf("%d calls still stand in line", n)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := d.Update(ctx, putKey("last")); err != nil {
		t.Errorf("the turn was lost: %v", err)
	}
}

// lateContext is done from the moment somebody waits for it, after it has called end.
type lateContext struct {
	context.Context
	end  func()
	done chan struct{}
}

func (c *lateContext) Done() <-chan struct{} {
	c.end()
	c.done = make(chan struct{})
	close(c.done)
	return c.done
}

func (c *lateContext) Err() error {
	if c.done == nil {
		return nil
	}
	return context.Canceled
}

func wantCount(t *testing.T, d *boltkv.DB, table kv.Table, want int) {
	t.Helper()
	got := 0
	err := d.View(context.Background(), func(r kv.Reader) error {
		return r.Scan(table, kv.Range{}, func(_, _ []byte) error { got++; return nil })
	})
	if err != nil || got != want {
		t.Errorf("%s holds %d records (%v), want %d", table, got, err, want)
	}
}
