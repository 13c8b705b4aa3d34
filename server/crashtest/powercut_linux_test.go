package crashtest_test

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"
)

// cuts is how often the power is cut.
func cuts() int {
	if testing.Short() {
		return 3
	}
	return 10
}

// TestPowerCut takes away everything that was not synced, under load. Every third
// round begins with an empty disk, so that the first files of all are at stake too.
func TestPowerCut(t *testing.T) {
	exe, d, seed := executable(t, ""), newDisk(t, 64), rand.Uint64()
	var w *world
	var acks int64
	lost := 0
	for n := range cuts() {
		if n%3 == 0 {
			d.renew(t)
			w = nil
		}
		w = cutRound(t, exe, d, w, seed+uint64(n))
		acks, lost = acks+w.acks, lost+len(w.lost)
		w.fail(t)
		w.acks, w.report = 0, report{}
	}
	t.Logf("seed %d: %d power cuts, %d writes acknowledged, %d lost", seed, cuts(), acks, lost)
	if acks < int64(10*cuts()) {
		t.Errorf("only %d writes were acknowledged; fewer than %d prove nothing", acks, 10*cuts())
	}
}

// renew empties the disk.
func (d *disk) renew(t testing.TB) {
	t.Helper()
	d.unmount(t)
	if err := d.format(); err != nil {
		t.Fatal(err)
	}
	if err := d.mount(); err != nil {
		t.Fatal(err)
	}
}

// cutRound loads the server, cuts its power and compares after the next start. A nil
// world is a new one.
func cutRound(t *testing.T, exe string, d *disk, w *world, seed uint64) *world {
	t.Helper()
	p := mustStart(t, exe, d.data())
	if w == nil {
		w = newWorld(t, seed, p)
	}
	w.load(p, w.moment(50*time.Millisecond, 300*time.Millisecond), func() { d.cut(t) })
	p.kill()
	d.remount(t)
	check(t, d.data())
	p = mustStart(t, exe, d.data())
	w.verifyAll(p)
	p.kill()
	check(t, d.data())
	return w
}

// TestPowerCutControl is TestPowerCut for a program that leaves out every sync. It
// has to lose writes, or the other test sees nothing.
func TestPowerCutControl(t *testing.T) {
	exe, d, seed := executable(t, "pocketpass_nosync"), newDisk(t, 64), rand.Uint64()
	var acks int64
	lossy, lost := 0, 0
	for n := range cuts() {
		d.renew(t)
		a, l := unsafeRound(t, exe, d, seed+uint64(n))
		acks, lost = acks+a, lost+l
		if l > 0 {
			lossy++
		}
	}
	t.Logf("seed %d: without syncs %d of %d power cuts lost something; %d writes acknowledged, %d faults found", seed, lossy, cuts(), acks, lost)
	if lossy == 0 {
		t.Error("without syncs nothing was lost: the test sees nothing")
	}
}

// unsafeRound is cutRound for a program that may not even start again.
func unsafeRound(t *testing.T, exe string, d *disk, seed uint64) (acks int64, lost int) {
	t.Helper()
	p := mustStart(t, exe, d.data())
	w := newWorld(t, seed, p)
	w.load(p, w.moment(50*time.Millisecond, 300*time.Millisecond), func() { d.cut(t) })
	p.kill()
	d.remount(t)
	p, err := start(t, exe, d.data())
	if err != nil {
		t.Logf("after the cut: %v", err)
		return w.acks, int(w.acks)
	}
	w.verifyAll(p)
	p.kill()
	return w.acks, len(w.lost)
}

// TestFailedDisk has the disk fail under a running server: nothing more is
// acknowledged, what is there can be read, and both are said.
func TestFailedDisk(t *testing.T) {
	exe, d := executable(t, ""), newDisk(t, 64)
	p := mustStart(t, exe, d.data())
	c := newProbe(t, p)
	c.want(c.patch(1), http.StatusOK, "")
	d.cut(t)
	c.want(c.patch(2), http.StatusServiceUnavailable, "storage_failed")
	c.want(c.patch(3), http.StatusServiceUnavailable, "storage_failed")
	c.want(c.get("/readyz"), http.StatusServiceUnavailable, `"store"`)
	c.wantReads()
	p.kill()
	d.remount(t)
	check(t, d.data())
	c = newProbe(t, mustStart(t, exe, d.data()))
	c.want(c.get("/api/v1/passes/"+c.pass), http.StatusOK, `"stamps":1`)
	c.want(c.patch(4), http.StatusOK, "")
}
