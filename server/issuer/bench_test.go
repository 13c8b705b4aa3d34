package issuer_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"testing"
	"time"

	"pocketpass/server/issuer"
)

// BenchmarkIssue is without syncs: what is left is our own work.
func BenchmarkIssue(b *testing.B) {
	w := newWorld(b)
	o := w.order("stamps", 3)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Issue(b.Context(), w.me, o); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIssueWithEndpoints is BenchmarkIssue with three endpoints that want to know.
func BenchmarkIssueWithEndpoints(b *testing.B) {
	w := newWorld(b, func(c *issuer.Config) { c.Courier = &courier{} })
	for range 3 {
		w.endpoint(b, issuer.NewEndpoint{URL: "https://shop.example"})
	}
	o := w.order("stamps", 3)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Issue(b.Context(), w.me, o); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCachedDownload(b *testing.B) {
	w := newWorld(b)
	p := w.issue(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.PublicDownload(b.Context(), p.PublicID, home, false); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNotModified(b *testing.B) {
	w := newWorld(b)
	p := w.issue(b)
	q := issuer.LatestQuestion{PassTypeIdentifier: passType, SerialNumber: p.SerialNumber, Token: w.token(p),
		Since: time.Unix(p.Version.Modified, 0), From: home}
	b.ReportAllocs()
	for b.Loop() {
		if _, notModified, err := w.LatestPass(b.Context(), q); err != nil || !notModified {
			b.Fatal(notModified, err)
		}
	}
}

// BenchmarkColdDownload changes a pass for each download; only the latter is timed.
// x-rsa is its time over that of the private-key operation alone; 1 means that
// nothing is added.
func BenchmarkColdDownload(b *testing.B) {
	w := newWorld(b)
	p := w.issue(b)
	n, signing := 0, time.Duration(0)
	id := identity(0, passType, start.AddDate(0, -1, 0), start.AddDate(1, 0, 0))
	spent := time.Duration(0)
	b.ReportAllocs()
	for b.Loop() {
		n++
		b.StopTimer()
		w.change(b, p, "stamps", n)
		at := time.Now()
		rsaOnce(b, id.Key)
		signing += time.Since(at)
		b.StartTimer()
		at = time.Now()
		if _, err := w.Download(b.Context(), w.me, p.ID); err != nil {
			b.Fatal(err)
		}
		spent += time.Since(at)
	}
	b.ReportMetric(float64(spent)/float64(signing), "x-rsa")
}

func rsaOnce(b *testing.B, key *rsa.PrivateKey) {
	sum := sha256.Sum256([]byte("manifest"))
	if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:]); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkList(b *testing.B) {
	w, d := newWorld(b), phoneNumber(1)
	for range 5 {
		w.register(b, w.issue(b), d)
	}
	tag := w.list(b, d, "").Tag
	b.ReportAllocs()
	for b.Loop() {
		w.list(b, d, tag)
	}
}

func BenchmarkUpdate(b *testing.B) {
	w := newWorld(b)
	p, n := w.issue(b), 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		w.change(b, p, "stamps", n)
	}
}
