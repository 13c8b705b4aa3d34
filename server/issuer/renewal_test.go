package issuer_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/signer"
	"pocketpass/store"
)

func TestRenewal(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.register(t, p, phoneNumber(1))
	w.change(t, p, "stamps", 1)
	w.deliver(t)
	before, err := w.Download(t.Context(), w.me, p.ID)
	must(t, err)
	_, err = w.AdoptIdentity(t.Context(), w.me, "", identityOfTeam(1, passType, "OTHERTEAM1", start, start.AddDate(2, 0, 0)))
	refusal(t, err, issuer.Conflict, "renewal_mismatch")
	next := identity(1, passType, start, start.AddDate(2, 0, 0))
	w.adopt(t, w.me, next)
	_, err = w.AdoptIdentity(t.Context(), w.me, "", next)
	refusal(t, err, issuer.Conflict, "certificate_known")
	all, _, err := w.Certificates(t.Context(), w.me, store.Page{})
	must(t, err)
	if len(all) != 2 {
		t.Errorf("%d certificates, want old and new side by side", len(all))
	}
	after, err := w.Download(t.Context(), w.me, p.ID)
	must(t, err)
	if signerOf(t, before) == signerOf(t, after) || signerOf(t, after) != next.Leaf.SerialNumber.String() {
		t.Error("the newer certificate does not sign")
	}
	if after.Modified != before.Modified || after.Revision != before.Revision {
		t.Error("a renewal is no change that phones see")
	}
	w.change(t, p, "stamps", 2)
	w.deliver(t)
	if n := len(w.push.clients); w.push.clients[n-1].Leaf.SerialNumber.Cmp(next.Leaf.SerialNumber) != 0 {
		t.Errorf("of %d push clients the last is not the new certificate's", n)
	}
	w.clock.set(start.AddDate(1, 6, 0)) // the old one has expired
	_, err = w.Download(t.Context(), w.me, w.issue(t).ID)
	must(t, err)
}

// TestRequestedRenewal: a request that names what it renews takes no certificate of
// another identifier or team.
func TestRequestedRenewal(t *testing.T) {
	w := newWorld(t)
	all, _, err := w.Certificates(t.Context(), w.me, store.Page{})
	must(t, err)
	old := all[0].ID
	for _, unknown := range []store.ID{old + 1, w.request(t, 0).ID} {
		_, err := w.RequestCertificate(t.Context(), w.me, issuer.CertificateRequest{Name: "next", Renews: unknown})
		refusal(t, err, issuer.Invalid, "unknown_certificate")
	}
	c := w.request(t, old)
	for _, tt := range []struct{ passType, team, says string }{
		{"pass.com.example.other", team, "the new certificate is for pass.com.example.other, the present one for " + passType},
		{passType, "OTHERTEAM1", "the new certificate belongs to team OTHERTEAM1"},
	} {
		e := refusal(t, w.answer(t, c, tt.passType, tt.team), issuer.Conflict, "renewal_mismatch")
		if !strings.Contains(e.Msg, tt.says) {
			t.Errorf("refused with %q, want %q", e.Msg, tt.says)
		}
	}
	must(t, w.answer(t, c, passType, team))
	must(t, w.answer(t, w.request(t, 0), "pass.com.example.other", team)) // a further one is none of a renewal's business
}

// TestRenewalFromTheSameRequest: who uploads last year's request once more gets a
// certificate for the key that is here already.
func TestRenewalFromTheSameRequest(t *testing.T) {
	w := bare(t)
	c := w.request(t, 0)
	must(t, w.answer(t, c, passType, team))
	must(t, w.answer(t, c, passType, team))
	all, _, err := w.Certificates(t.Context(), w.me, store.Page{})
	must(t, err)
	if len(all) != 2 || all[0].ID == all[1].ID {
		t.Fatalf("certificates %+v, want old and new side by side", all)
	}
	_, _, err = w.ImportCertificate(t.Context(), w.me, issuer.CertificateImport{Files: [][]byte{all[0].Leaf}})
	refusal(t, err, issuer.Conflict, "certificate_known")
	refusal(t, w.answer(t, c, passType, "OTHERTEAM1"), issuer.Conflict, "renewal_mismatch")

	stranger := issuer.CertificateImport{Files: [][]byte{leaf(1, passType, team, start, start.AddDate(1, 0, 0)).Raw}}
	_, _, err = w.ImportCertificate(t.Context(), w.me, stranger)
	if e := refusal(t, err, issuer.Invalid, "certificate_refused"); !strings.Contains(e.Msg, "there is no private key") {
		t.Errorf("%q, although no key was handed over", e.Msg)
	}
}

func (w *world) request(t *testing.T, renews store.ID) store.Certificate {
	t.Helper()
	c, err := w.RequestCertificate(t.Context(), w.me, issuer.CertificateRequest{Name: "next", Renews: renews})
	must(t, err)
	return c
}

// answer imports what the authority makes of a request.
func (w *world) answer(t *testing.T, c store.Certificate, passType, team string) error {
	t.Helper()
	request, err := signer.ReadRequest(c.Request)
	must(t, err)
	cert, err := authority().Issue(nil, request.PublicKey, signer.Order{PassTypeIdentifier: passType, TeamIdentifier: team,
		Organization: "Café", NotBefore: start.Add(-time.Hour), NotAfter: start.AddDate(2, 0, 0)})
	must(t, err)
	_, _, err = w.ImportCertificate(t.Context(), w.me, issuer.CertificateImport{Files: [][]byte{cert.Raw, authority().Intermediate.Raw}})
	return err
}

func signerOf(t *testing.T, d issuer.Download) string {
	t.Helper()
	r, err := signer.Lint(d.Data, start)
	must(t, err)
	return r.Signature.Leaf.SerialNumber.String()
}

// TestPushClientIsReplaced while the workers run; the old one is closed.
func TestPushClientIsReplaced(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		p := w.issue(t)
		w.register(t, p, phoneNumber(1))
		for n := range 3 {
			w.change(t, p, "stamps", n+1)
			w.pushed(t, n+1)
		}
		if len(w.push.clients) != 1 || w.push.closed != 0 {
			t.Errorf("%d clients, %d closed; want one that stays", len(w.push.clients), w.push.closed)
		}
		w.adopt(t, w.me, identity(1, passType, start, start.AddDate(2, 0, 0)))
		w.change(t, p, "stamps", 9)
		w.pushed(t, 4)
		if len(w.push.clients) != 2 || w.push.closed != 1 {
			t.Errorf("%d clients, %d closed; want a new one and the old one closed", len(w.push.clients), w.push.closed)
		}
	})
}

func TestPassTypeOfAnotherOrganisation(t *testing.T) {
	w := newWorld(t)
	other := issuer.Actor{Org: 77}
	_, err := w.AdoptIdentity(t.Context(), other, "", identity(1, passType, start, start.AddDate(1, 0, 0)))
	refusal(t, err, issuer.Conflict, "pass_type_taken")
	_, err = w.CreateCampaign(t.Context(), other, issuer.NewCampaign{Name: "x", PassTypeIdentifier: passType})
	refusal(t, err, issuer.Invalid, "unknown_certificate")
}

// TestDeleteCertificate: the last valid one of a pass type with a campaign stays.
func TestDeleteCertificate(t *testing.T) {
	w := newWorld(t)
	w.adopt(t, w.me, identity(1, passType, start.AddDate(-1, 0, 0), start.AddDate(0, 0, -1))) // expired
	all, _, err := w.Certificates(t.Context(), w.me, store.Page{})
	must(t, err)
	refusal(t, w.DeleteCertificate(t.Context(), w.me, all[0].ID), issuer.Conflict, "certificate_in_use")
	must(t, w.DeleteCertificate(t.Context(), w.me, all[1].ID))
	w.adopt(t, w.me, identity(2, passType, start, start.AddDate(2, 0, 0)))
	must(t, w.DeleteCertificate(t.Context(), w.me, all[0].ID))
	_, err = w.Download(t.Context(), w.me, w.issue(t).ID)
	must(t, err)
	refusal(t, w.DeleteCertificate(t.Context(), w.me, all[0].ID), issuer.NotFound, "not_found")
}

// TestExpiryWarnings walks through the last months hour by hour.
func TestExpiryWarnings(t *testing.T) {
	w := bare(t)
	end := start.AddDate(1, 0, 0)
	c := w.adopt(t, w.me, identity(0, passType, start.AddDate(0, -1, 0), end))
	old := w.adopt(t, w.me, identity(1, passType, start.AddDate(0, -1, 0), end.AddDate(0, -1, 0)))
	var got []int
	for at := end.AddDate(0, 0, -70); at.Before(end.AddDate(0, 0, 3)); at = at.Add(time.Hour) {
		w.clock.set(at)
		warned, err := w.WarnOfExpiry(t.Context())
		must(t, err)
		for _, s := range warned {
			got = append(got, s.Warning)
			if s.ID == old.ID {
				t.Error("a certificate that has a successor is warned of")
			}
		}
	}
	if !slices.Equal(got, []int{60, 30, 14, 7, 1, 0}) {
		t.Errorf("warned at %v days", got)
	}
	w.view(t, func(r store.Reader) error {
		events, _, err := r.Events(c.ID, store.Page{})
		var kinds []string
		for _, e := range events {
			kinds = append(kinds, strings.TrimPrefix(e.Type, "certificate."))
		}
		if strings.Join(kinds, " ") != "imported expiring expiring expiring expiring expiring expired" {
			t.Errorf("events %v", kinds)
		}
		return err
	})
}
