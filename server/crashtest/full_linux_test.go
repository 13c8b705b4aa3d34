package crashtest_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"
)

// TestFullDisk fills the disk under load and makes room again. Every write that is
// refused says so and changes nothing, reads go on, and no restart is needed.
func TestFullDisk(t *testing.T) {
	exe, d := executable(t, ""), newDisk(t, 96)
	p := mustStart(t, exe, d.data())
	w := newWorld(t, rand.Uint64(), p)
	c := newProbe(t, p)
	c.want(c.get("/readyz"), http.StatusOK, "")
	var empty func()
	w.load(p, w.moment(50*time.Millisecond, 150*time.Millisecond), func() { empty = d.fill(t) })
	c.untilFull()
	c.want(c.get("/readyz"), http.StatusServiceUnavailable, `"space"`)
	c.wantReads()
	empty()
	c.want(c.patch(1), http.StatusOK, "")
	c.want(c.get("/readyz"), http.StatusOK, "")
	w.verifyAll(p)
	if w.unanswered > 0 {
		t.Errorf("%d writes took place that were answered as refused", w.unanswered)
	}
	w.load(p, 50*time.Millisecond, p.kill)
	check(t, d.data())
	p = mustStart(t, exe, d.data())
	w.verifyAll(p)
	w.fail(t)
}

// untilFull issues passes until there is no room for one, and wants to be told so
// within a second.
func (c *probe) untilFull() {
	c.Helper()
	for n := range 10_000 {
		body := fmt.Appendf(nil, `{"values":{"stamps":%d}}`, n)
		began := time.Now()
		a := c.do(request{method: "POST", path: "/api/v1/campaigns/" + c.campaign + "/passes", body: body})
		if a.status == http.StatusCreated {
			continue
		}
		c.want(a, http.StatusInsufficientStorage, "storage_full")
		if took := time.Since(began); took > time.Second {
			c.Errorf("the refusal took %v", took)
		}
		return
	}
	c.Fatal("the disk is never full")
}
