package simulator_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pocketpass/server/servertest"
	"pocketpass/store"
)

// TestVerdictCertificateExpired stops everything, for each device too.
func TestVerdictCertificateExpired(t *testing.T) {
	p := newPatient(t)
	p.Advance(t, 400*24*time.Hour)
	p.change(t)
	if v := p.wants(t, "certificate_expired"); !strings.Contains(v.Next, "import") {
		t.Errorf("the verdict is %+v", v)
	}
	p.until(t, func() (string, bool) { // the push could not be sent
		d := p.diagnose(t).Devices[0]
		return d.Code, d.Code == "push_retrying" && strings.Contains(d.Sentence, "no valid certificate")
	})
	if err := p.phone.Refresh(t.Context(), p.pass.PassTypeIdentifier); err == nil {
		t.Error("a pass was served that nobody can sign")
	}
	p.until(t, func() (string, bool) { d := p.diagnose(t).Devices[0]; return d.Code, d.Code == "cannot_sign" })
	p.AddCertificate(t, servertest.PassTypeIdentifier)
	p.Advance(t, 10*time.Minute)
	p.phone.WantUpdates(t, p.pass, 1)
	p.wants(t, "up_to_date")
}

// TestVerdictCertificateNotYetValid: the server's clock went back, as it does on a machine
// that keeps no time without power.
func TestVerdictCertificateNotYetValid(t *testing.T) {
	p := newPatient(t)
	p.Advance(t, -400*24*time.Hour)
	if v := p.wants(t, "certificate_not_yet_valid"); !strings.Contains(v.Sentence, "clock") {
		t.Errorf("the verdict is %+v", v)
	}
	p.Advance(t, 400*24*time.Hour)
	p.wants(t, "up_to_date")
}

// TestVerdictCertificateMissing: nothing that the server does takes the last certificate of
// a campaign away, but a record can be lost.
func TestVerdictCertificateMissing(t *testing.T) {
	p := newPatient(t)
	if err := p.Store.Update(t.Context(), func(tx store.Tx) error {
		all, err := tx.CertificatesFor(servertest.PassTypeIdentifier)
		for _, c := range all {
			err = errors.Join(err, tx.DeleteCertificate(c.ID))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if v := p.wants(t, "certificate_missing"); !strings.Contains(v.Sentence, servertest.PassTypeIdentifier) {
		t.Errorf("the verdict is %+v", v)
	}
	p.AddCertificate(t, servertest.PassTypeIdentifier)
	p.wants(t, "up_to_date")
}
