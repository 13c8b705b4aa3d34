package crashtest_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"pocketpass/signer"
)

var (
	fanoutDevices = flag.Int("crash.fanout", 800, "how many devices TestKillFanout has told of a design")
	fanoutKills   = flag.Int("crash.fanout.kills", 5, "how often TestKillFanout kills the server")
)

// edition is what phones show of the design that TestKillFanout publishes.
const edition = "Stamp card, edition 1"

// TestKillFanout kills the server again and again while it tells devices of a new design.
// In the end every device was pushed to, and those that ask are given the new pass.
func TestKillFanout(t *testing.T) {
	exe, data := executable(t, ""), t.TempDir()
	made := mustStart(t, exe, data) // leaves a certificate and a campaign
	made.term(t)
	made.exit(t)
	apple := newApple(t)
	p := apple.serve(t, exe, data, made.CampaignID)
	w := newWorld(t, 1, p)
	c := w.clients[0]
	c.wire = newWire(p, &w.report)
	devices := c.furnish(t, *fanoutDevices)
	if !c.publish() || apple.has() > 0 {
		t.Fatal("the design was not published, or somebody was told before")
	}
	for n := range *fanoutKills {
		apple.until(t, *fanoutDevices*(n+1)/(*fanoutKills+2))
		p.kill()
		check(t, data)
		p = apple.serve(t, exe, data, made.CampaignID)
		c.wire = newWire(p, &w.report)
	}
	apple.until(t, *fanoutDevices)
	c.wantAll(t, apple, devices)
	w.fail(t)
	p.term(t)
	p.exit(t)
	check(t, data)
	t.Logf("%d kills in the middle of the fan-out, %d pushes to %d devices", *fanoutKills, apple.Stats().Accepted, len(devices))
}

// device is a phone with one pass.
type device struct {
	library, push  string
	serial, secret string
	tag            uint64 // of its list, before the new design
}

// furnish issues n passes and registers a device for each.
func (c *client) furnish(t *testing.T, n int) []device {
	t.Helper()
	all := make([]device, n)
	orders := make([]map[string]any, n)
	for k := range all {
		d := device{library: fmt.Sprint("fanout-", k), push: fmt.Sprintf("%064x", k+1), serial: fmt.Sprint("fanout-", k), secret: fmt.Sprintf("secret-of-fanout-%06d", k)}
		all[k] = d
		orders[k] = map[string]any{"serialNumber": d.serial, "authenticationToken": d.secret, "values": map[string]any{"stamps": 1}}
	}
	c.issueOrders(t, orders)
	everyDevice(all, func(d *device) {
		body := fmt.Appendf(nil, `{"pushToken":%q}`, d.push)
		c.wire.ask(request{method: "POST", path: d.path() + "/" + d.serial, auth: "ApplePass " + d.secret, body: body}, http.StatusCreated)
		_, d.tag = c.listOf(d)
	})
	return all
}

// path is that of a device's registrations.
func (d *device) path() string {
	return "/wallet/v1/devices/" + d.library + "/registrations/" + demoPassType
}

// demoPassType is what the demo's certificate signs for.
const demoPassType = "pass.demo.pocketpass"

// everyDevice runs do for each, several at the same time.
func everyDevice(all []device, do func(*device)) {
	next := make(chan *device)
	var working sync.WaitGroup
	for range 2 * clients {
		working.Go(func() {
			for d := range next {
				do(d)
			}
		})
	}
	for k := range all {
		next <- &all[k]
	}
	close(next)
	working.Wait()
}

// listOf asks what changed since the last list, and returns how many passes did.
func (c *client) listOf(d *device) (changed int, tag uint64) {
	path := d.path()
	if d.tag > 0 {
		path += fmt.Sprint("?passesUpdatedSince=", d.tag)
	}
	a, ok := c.wire.ask(request{method: "GET", path: path, auth: "none"}, http.StatusOK, http.StatusNoContent)
	var v struct {
		SerialNumbers []string
		LastUpdated   uint64 `json:",string"`
	}
	if !ok || a.status == http.StatusOK && json.Unmarshal(a.body, &v) != nil {
		c.report.wrong("GET %s: %s", path, a.body)
	}
	return len(v.SerialNumbers), v.LastUpdated
}

// wantAll fails the test for each device that was not told, or that asks in vain.
func (c *client) wantAll(t *testing.T, apple *apple, all []device) {
	t.Helper()
	everyDevice(all, func(d *device) {
		if !apple.told(d.push) {
			c.report.lose("nothing told %s", d.library)
		}
		if changed, _ := c.listOf(d); changed != 1 {
			c.report.lose("%s asked since %d and was told of %d passes", d.library, d.tag, changed)
		}
		q := request{method: "GET", path: "/wallet/v1/passes/" + demoPassType + "/" + d.serial, auth: "ApplePass " + d.secret}
		a, ok := c.wire.ask(q, http.StatusOK)
		if !ok {
			return
		}
		r, err := signer.Lint(a.body, time.Now())
		if err != nil || r.Document.Description != edition {
			c.report.lose("%s fetched an old pass: %v", d.library, err)
		}
	})
}
