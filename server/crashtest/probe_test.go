package crashtest_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
)

// probe makes single requests and expects definite answers.
type probe struct {
	testing.TB
	*wire
	campaign, pass string
}

func newProbe(t testing.TB, p *program) *probe {
	w := newWire(p, &report{})
	t.Cleanup(w.http.CloseIdleConnections)
	return &probe{t, w, p.CampaignID, p.PassID}
}

func (c *probe) do(q request) answer {
	c.Helper()
	a, err := c.wire.do(q)
	if err != nil {
		c.Fatalf("%s %s: %v", q.method, q.path, err)
	}
	return a
}

func (c *probe) get(path string) answer { c.Helper(); return c.do(request{method: "GET", path: path}) }

// patch changes the demo's own pass.
func (c *probe) patch(stamps int) answer {
	c.Helper()
	return c.do(request{method: "PATCH", path: "/api/v1/passes/" + c.pass, body: fmt.Appendf(nil, `{"values":{"stamps":%d}}`, stamps)})
}

// want checks the status and a part of the body.
func (c *probe) want(a answer, status int, part string) {
	c.Helper()
	if a.status != status || !bytes.Contains(a.body, []byte(part)) {
		c.Errorf("status %d, want %d with %s: %.300s", a.status, status, part, a.body)
	}
}

// wantReads checks that the process is alive and the demo's pass is there for everyone
// who only reads.
func (c *probe) wantReads() {
	c.Helper()
	c.want(c.get("/healthz"), http.StatusOK, "")
	k := &card{}
	if _, err := k.read(c.get("/api/v1/passes/" + c.pass)); err != nil {
		c.Error(err)
	}
	if _, err := k.open(c.get("/api/v1/passes/" + c.pass + "/pkpass").body); err != nil {
		c.Error(err)
	}
}
