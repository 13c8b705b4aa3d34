package issuer_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"pocketpass/push"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

// scene is what can happen between a change and the question why.
type scene struct {
	*testing.T
	*world
	pass store.Pass
	d    phone
	tag  string
}

func (s *scene) ask() { s.tag = s.list(s.T, s.d, s.tag).Tag }

func (s *scene) fetch(token string) {
	s.LatestPass(s.Context(), issuer.LatestQuestion{PassTypeIdentifier: passType, SerialNumber: s.pass.SerialNumber, Token: token, From: home})
}

func (s *scene) answer(r push.Result) {
	s.push.script(func(push.Notification) push.Result { return r })
}

// edit changes the pass and lets the workers do what they do within a second.
func (s *scene) edit() {
	time.Sleep(time.Second)
	s.change(s.T, s.pass, "stamps", 1)
	time.Sleep(time.Second)
	synctest.Wait()
}

// TestVerdicts provokes each verdict.
func TestVerdicts(t *testing.T) {
	accepted := push.Result{Outcome: push.Accepted, Status: 200}
	tests := []struct {
		code, says string
		play       func(*scene)
	}{
		{"up_to_date", "after its last change", func(s *scene) {}},
		{"up_to_date", "fetched the newest version", func(s *scene) { s.edit(); s.ask(); s.fetch(s.token(s.pass)) }},
		{"up_to_date", "no field has a changeMessage", func(s *scene) {
			s.republish(s.T, newer)
			s.ask()
			s.fetch(s.token(s.pass))
		}},
		{"not_asked", "has not asked since", func(s *scene) { s.edit() }},
		{"not_fetched", "has not fetched", func(s *scene) { s.edit(); s.ask() }},
		{"told_nothing_new", "it was told before", func(s *scene) { s.edit(); s.ask(); time.Sleep(time.Second); s.ask() }},
		{"token_refused", "wrong authentication token", func(s *scene) { s.edit(); s.ask(); s.fetch("wrong") }},
		{"cannot_sign", "could not be signed", func(s *scene) {
			time.Sleep(25 * time.Hour)
			s.ask()
			s.fetch(s.token(s.pass))
		}},
		{"push_retrying", "next try at", func(s *scene) {
			s.answer(push.Result{Outcome: push.Retry, Status: 503, Reason: "ServiceUnavailable"})
			s.edit()
		}},
		{"push_failed", "failed", func(s *scene) {
			s.answer(push.Result{Outcome: push.Bug, Status: 400, Reason: "BadPriority"})
			s.edit()
		}},
		{"removed", "the last phone left", func(s *scene) {
			must(s.T, s.Unregister(s.Context(), s.registering(s.pass, s.d)))
		}},
		{"removed", "the device is gone", func(s *scene) {
			s.answer(push.Result{Outcome: push.Gone, Status: 410, Reason: "Unregistered"})
			s.edit()
		}},
		{"certificate_expired", "no new version can be signed", func(s *scene) { time.Sleep(25 * time.Hour) }},
		{"token_refused", "it logged so", func(s *scene) {
			s.logs("Get pass task (pass type %T, serial number %S, if-modified-since (null), with web service url x) encountered error: Authentication failure")
		}},
		{"update_refused", "refused it", func(s *scene) {
			s.logs("Get pass task (pass type %T, serial number %S, with web service url x) encountered error: Received invalid pass data")
		}},
		{"unchanged", "found none", func(s *scene) {
			s.logs("[2026-05-01 10:00:00 +0200] Web service error for %T (https://passes.example/wallet): Server requested update to serial number '%S', but the pass was unchanged.")
		}},
		{"date_ignored", "the whole pass again", func(s *scene) {
			s.logs("Web service error for %T (https://passes.example/wallet): Server ignored the 'if-modified-since' header (Fri, 01 May 2026 08:00:00 GMT) and returned the full unchanged pass data for serial number '%S'.")
		}},
		{"not_on_phone", "no longer has this pass", func(s *scene) {
			s.logs("Web service error for %T (https://passes.example/wallet): Update requested for unregistered serial number %S")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.code+", "+tt.says, func(t *testing.T) {
			running(t, func(t *testing.T, w *world) {
				s := &scene{T: t, world: w, pass: w.issue(t), d: phoneNumber(1)}
				w.register(t, s.pass, s.d)
				s.ask()
				s.answer(accepted)
				tt.play(s)
				s.want(tt.code, tt.says)
			}, lastDay)
		})
	}
}

// lastDay is a clock that begins a day before the certificate expires.
func lastDay(c *issuer.Config) {
	began := time.Now()
	c.Now = func() time.Time { return start.AddDate(1, 0, -1).Add(time.Since(began)) }
}

// logs has the device post a line after a change.
func (s *scene) logs(line string) {
	s.edit()
	s.DeviceLog([]string{strings.NewReplacer("%T", passType, "%S", s.pass.SerialNumber).Replace(line)})
}

func (s *scene) want(code, says string) {
	s.Helper()
	d, err := s.Diagnose(s.Context(), s.me, s.pass.ID)
	must(s.T, err)
	v := d.Verdict
	if code == "cannot_sign" { // what stops every device comes first
		if v.Code != "certificate_expired" {
			s.Errorf("the pass's verdict is %+v", v)
		}
		v = d.Devices[0].Verdict
	}
	if v.Code != code || !strings.Contains(v.Sentence, says) || v.Next == "" {
		s.Errorf("verdict %+v, want %s with %q", v, code, says)
	}
}

func TestNeverInstalled(t *testing.T) {
	w := newWorld(t)
	d, err := w.Diagnose(t.Context(), w.me, w.issue(t).ID)
	must(t, err)
	if d.Verdict.Code != "not_installed" || len(d.Devices) != 0 {
		t.Errorf("%+v", d)
	}
}

// TestCannotInstall: what phones are given is no address that they register at.
func TestCannotInstall(t *testing.T) {
	for _, local := range []bool{false, true} { // simulated phones take any address
		w := newWorld(t, func(c *issuer.Config) { c.BaseURL, c.Local = "http://192.168.1.5:8080", local })
		d, err := w.Diagnose(t.Context(), w.me, w.issue(t).ID)
		must(t, err)
		if d.Verdict.Code != "not_installed" || strings.Contains(d.Verdict.Next, "https://") == local {
			t.Errorf("local %v: %+v", local, d.Verdict)
		}
	}
}

// TestPushWaiting: before the workers run, the push waits.
func TestPushWaiting(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.register(t, p, phoneNumber(1))
	w.change(t, p, "stamps", 1)
	d, err := w.Diagnose(t.Context(), w.me, p.ID)
	must(t, err)
	if d.Verdict.Code != "push_waiting" {
		t.Errorf("%+v", d.Verdict)
	}
}

// TestHostileLog: what anybody can post is cut, cleaned and kept only for passes that exist.
func TestHostileLog(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.register(t, p, phoneNumber(1))
	lines := make([]string, 500)
	for n := range lines {
		lines[n] = "pass type " + passType + ", serial number nobody " + strings.Repeat("x", 5000)
	}
	lines[0] = "pass type " + passType + ", serial number " + p.SerialNumber + "\x1b[31m\xff" + strings.Repeat("y", 5000)
	w.DeviceLog(lines)
	must(t, w.FlushSeen(t.Context()))
	all, err := w.Registrations(t.Context(), w.me, p.ID)
	must(t, err)
	if text := all[0].Log.Text; len(text) > 1001 || strings.Contains(text, "\x1b") || !utf8.ValidString(text) || !strings.Contains(text, "y") {
		t.Errorf("kept %d bytes: %.80q", len(text), text)
	}
}

// TestLogWorkIsBounded: however often a pass is named, and however many phones it is
// on, a commit touches few registrations; a line that names a device only its own.
func TestLogWorkIsBounded(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	for n := range 150 {
		w.register(t, p, phoneNumber(n))
	}
	about := "pass type " + passType + ", serial number " + p.SerialNumber
	noted := func(text string) (n int) {
		t.Helper()
		must(t, w.FlushSeen(t.Context()))
		all, err := w.Registrations(t.Context(), w.me, p.ID)
		must(t, err)
		for _, g := range all {
			if g.Log.Text == text {
				n++
			}
		}
		return n
	}
	w.DeviceLog([]string{about + " first", about + " last"})
	if n := noted(about + " last"); n != 100 {
		t.Errorf("a line was kept with %d registrations", n)
	}
	own := "for device " + phoneNumber(149).library + ", " + about
	w.DeviceLog([]string{own})
	if n := noted(own); n != 1 {
		t.Errorf("a line of one device was kept with %d", n)
	}
}

// TestDiagnoseOnAFullDisk reads on, and what was observed meanwhile is not lost.
func TestDiagnoseOnAFullDisk(t *testing.T) {
	w := newWorld(t)
	p, d := w.issue(t), phoneNumber(1)
	w.register(t, p, d)
	w.change(t, p, "stamps", 1)
	w.list(t, d, "")
	w.latest(t, p, time.Time{})
	w.DeviceLog([]string{"pass type " + passType + ", serial number " + p.SerialNumber})
	w.engine.broken.Store(true)
	diagnosis, err := w.Diagnose(t.Context(), w.me, p.ID)
	must(t, err)
	if diagnosis.Verdict.Code != "push_waiting" || w.log.count("write what was observed") != 1 {
		t.Errorf("verdict %+v", diagnosis.Verdict)
	}
	w.engine.broken.Store(false)
	diagnosis, err = w.Diagnose(t.Context(), w.me, p.ID)
	must(t, err)
	if got := diagnosis.Devices[0]; got.Code != "up_to_date" || got.Log.Text == "" || got.Device.Listed.IsZero() {
		t.Errorf("after there was room again: %+v", got)
	}
}

// TestOldLine: a line is believed for a month and dropped when there is something to write.
func TestOldLine(t *testing.T) {
	w := newWorld(t)
	p, d := w.issue(t), phoneNumber(1)
	w.register(t, p, d)
	w.clock.add(time.Second)
	w.change(t, p, "stamps", 1)
	w.DeviceLog([]string{"pass type " + passType + ", serial number " + p.SerialNumber + " Received invalid pass data"})
	verdict := func() issuer.DeviceVerdict {
		t.Helper()
		out, err := w.Diagnose(t.Context(), w.me, p.ID)
		must(t, err)
		return out.Devices[0]
	}
	if v := verdict(); v.Code != "update_refused" {
		t.Errorf("%+v", v)
	}
	w.clock.add(31 * 24 * time.Hour)
	if v := verdict(); v.Code != "push_waiting" {
		t.Errorf("after a month: %+v", v)
	}
	w.latest(t, p, time.Time{})
	if v := verdict(); v.Log != (store.DeviceLine{}) {
		t.Errorf("kept %+v", v.Log)
	}
}
