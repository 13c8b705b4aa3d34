// Package compattest is what every dialect of an old service has to pass: one story
// from the first refused request to the deleted pass, with a real phone and a real
// signature, and a record of each endpoint's requests and answers.
//
// It knows no service. The test of a dialect speaks as the service's clients did and
// compares every answer itself; the story says what has to happen in which order, and
// looks at it from outside, as phones do.
package compattest

import (
	"bytes"
	"testing"

	"pocketpass/server/servertest"
	"pocketpass/signer"
	"pocketpass/store"
)

// Dialect is a service as a client of it sees it. Each method makes the service's own
// requests and fails the test unless the answers are the service's own.
type Dialect interface {
	Intrude(t testing.TB)                  // calls without credentials and with wrong ones
	Prepare(t testing.TB)                  // makes a template or a campaign, with pictures
	Issue(t testing.TB) Issued             //
	Change(t testing.TB, p Issued) string  // changes p and returns a text that only the new version shows
	List(t testing.TB, all []Issued)       // finds what was made in lists, page by page where there are any
	Delete(t testing.TB, p Issued) Deleted // deletes p, or what p was made from
}

// Redeemer is a Dialect of a service that redeems.
type Redeemer interface {
	Redeem(t testing.TB, p Issued)
	RedeemAgain(t testing.TB, p Issued) // has to be refused, as the service did
}

// Issued is a pass as the service answered it.
type Issued struct {
	SerialNumber string
	URL          string // of the file
	ID           string // whatever the dialect calls it by, if it is not the serial number
}

// Deleted says what becomes of a pass that was deleted.
type Deleted int

// What services do.
const (
	Gone  Deleted = iota // its link no longer works, and phones see it void
	Stays                // the service deletes only what it was made from
)

// Run tells the story. s has the pass type servertest.PassTypeIdentifier.
func Run(t *testing.T, s *servertest.Server, d Dialect) {
	d.Intrude(t)
	d.Prepare(t)
	p := d.Issue(t)
	before := Download(t, s, p)
	if before.Document.SerialNumber != p.SerialNumber {
		t.Errorf("the file has the serial number %s, want %s", before.Document.SerialNumber, p.SerialNumber)
	}
	phone := s.Phone(t)
	if _, err := phone.Install(t.Context(), p.URL); err != nil {
		t.Fatalf("install: %v", err)
	}
	record := Record(t, s, p)

	text := d.Change(t, p)
	phone.WantUpdates(t, record, 1)
	wantPushes(t, s, phone, 1)
	if after := Download(t, s, p); bytes.Contains(document(before), []byte(text)) || !bytes.Contains(document(after), []byte(text)) {
		t.Errorf("only the new version has to show %q; it has %s", text, document(after))
	}
	redeem(t, s, d, p)
	others := []Issued{p, d.Issue(t), d.Issue(t)}
	d.List(t, others)
	end(t, s, d, p)
}

func redeem(t *testing.T, s *servertest.Server, d Dialect, p Issued) {
	t.Helper()
	r, ok := d.(Redeemer)
	if !ok {
		return
	}
	r.Redeem(t, p)
	if got := Record(t, s, p); got.Account.Uses != 1 {
		t.Errorf("the pass has %d redemptions, want 1", got.Account.Uses)
	}
	r.RedeemAgain(t, p)
	if got := Record(t, s, p); got.Account.Uses != 1 {
		t.Errorf("after a refused redemption the pass has %d, want 1", got.Account.Uses)
	}
}

func end(t *testing.T, s *servertest.Server, d Dialect, p Issued) {
	t.Helper()
	switch d.Delete(t, p) {
	case Stays:
		Download(t, s, p)
	case Gone:
		if Record(t, s, p).Deleted.IsZero() {
			t.Error("the pass is still there")
		}
	}
}

// Download fetches the file of a pass as a visitor does, without credentials, and has
// the signature checked.
func Download(t testing.TB, s *servertest.Server, p Issued) signer.Report {
	t.Helper()
	resp, err := s.HTTP.Get(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var data bytes.Buffer
	if _, err := data.ReadFrom(resp.Body); err != nil || resp.StatusCode != 200 {
		t.Fatalf("GET %s: %d %v: %s", p.URL, resp.StatusCode, err, data.Bytes())
	}
	return s.CheckPass(t, data.Bytes())
}

// Record is the pass in the database, also a deleted one.
func Record(t testing.TB, s *servertest.Server, p Issued) (found store.Pass) {
	t.Helper()
	err := s.Store.View(t.Context(), func(r store.Reader) (err error) {
		found, err = r.PassBySerial(servertest.PassTypeIdentifier, p.SerialNumber)
		return err
	})
	if err != nil {
		t.Fatalf("the pass %s: %v", p.SerialNumber, err)
	}
	return found
}

func document(r signer.Report) []byte { return r.Contents.Files["pass.json"].Data }

func wantPushes(t testing.TB, s *servertest.Server, phone *servertest.Phone, n int) {
	t.Helper()
	if got := len(s.Push.Log(phone.PushToken)); got != n {
		t.Errorf("the phone was pushed to %d times, want %d", got, n)
	}
}
