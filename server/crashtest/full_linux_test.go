package crashtest_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"
)

// TestFullDisk fills the disk under a running server and makes room again.
func TestFullDisk(t *testing.T) {
	exe, d := executable(t, ""), newDisk(t, 96)
	p := mustStart(t, exe, d.data())
	w := newWorld(t, rand.Uint64(), p)
	idle := func() {}
	_ = idle
	c := newProbe(t, p)
	c.want(c.get("/readyz"), http.StatusOK, "")
	empty := d.fill(t)
	c.untilFull()
	c.want(c.get("/readyz"), http.StatusServiceUnavailable, `"space"`)
	c.want(c.get("/healthz"), http.StatusOK, "")
	c.want(c.get("/api/v1/passes/"+p.PassID), http.StatusOK, "")
	c.want(c.get("/api/v1/passes/"+p.PassID+"/pkpass"), http.StatusOK, "")
	code, stderr := run(t, exe, "serve", "--data", d.data()+"-2")
	t.Logf("a first start on a full disk: %d %s", code, stderr)
	empty()
	c.want(c.patch(77), http.StatusOK, "")
	c.want(c.get("/readyz"), http.StatusOK, "")
	w.load(p, 50*time.Millisecond, p.kill)
	check(t, d.data())
	p = mustStart(t, exe, d.data())
	w.verifyAll(p)
	w.fail(t)
	t.Log(p.log())
}

// untilFull issues passes until there is no room for one.
func (c *probe) untilFull() {
	c.Helper()
	for n := range 10_000 {
		body := fmt.Appendf(nil, `{"values":{"stamps":%d}}`, n)
		began := time.Now()
		a := c.do(request{method: "POST", path: "/api/v1/campaigns/" + c.campaign + "/passes", body: body})
		if a.status != http.StatusCreated {
			c.want(a, http.StatusInsufficientStorage, "storage_full")
			c.Logf("%d passes fitted; the refusal took %v", n, time.Since(began))
			return
		}
	}
	c.Fatal("the disk is never full")
}
