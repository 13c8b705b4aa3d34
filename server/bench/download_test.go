package bench_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"testing"
	"time"

	"pocketpass/store"
)

// callers is how many connections ask at once.
const callers = 32

// BenchmarkColdDownload fetches new passes, each of them once, so that every
// download is signed. The base is the private-key operation of RSA-2048 alone.
func BenchmarkColdDownload(b *testing.B) {
	a := start(b, folder(b))
	phones := clients(b, a.addr, callers)
	links := make(chan []byte, 1<<16)
	stock := func() {
		for _, p := range a.fill(b, enough-len(links), enough) {
			links <- get("/p/" + p.PublicID + ".pkpass")
		}
	}
	own := func() run {
		return crowd(b, callers, func(w int) error { return phones[w].send(<-links, http.StatusOK) })
	}
	digest := sha256.Sum256([]byte("manifest"))
	base := func() run {
		return crowd(b, runtime.GOMAXPROCS(0), func(int) error {
			_, err := rsa.SignPKCS1v15(nil, a.identity.Key, crypto.SHA256, digest[:])
			return err
		})
	}
	compare(b, base, own, "passes/s", stock)
}

// enough are more passes than are fetched in one turn on any machine of today.
var enough = 2000 * runtime.GOMAXPROCS(0)

// shelf is how many passes are fetched again and again. All of them are cached.
const shelf = 50

// BenchmarkUnchangedPass fetches passes that were sealed before. The base is a bare
// handler of net/http that writes the same bytes under the same headers.
func BenchmarkUnchangedPass(b *testing.B) {
	a := start(b, folder(b))
	requests := a.fetches(b, a.fill(b, shelf, shelf))
	phones := clients(b, a.addr, callers)
	for _, r := range requests {
		must(b, phones[0].send(r, http.StatusOK))
	}
	own := repeat(b, phones, requests, http.StatusOK)
	compare(b, bare(b, phones[0], requests, http.StatusOK), own, "passes/s")
}

// BenchmarkNotModified asks for passes that the phone has already. The base is a
// bare handler that answers 304 with the same headers.
func BenchmarkNotModified(b *testing.B) {
	a := start(b, folder(b))
	passes := a.fill(b, shelf, shelf)
	requests := a.fetches(b, passes, "If-Modified-Since: "+modified(passes[shelf-1]))
	phones := clients(b, a.addr, callers)
	own := repeat(b, phones, requests, http.StatusNotModified)
	compare(b, bare(b, phones[0], requests, http.StatusNotModified), own, "answers/s")
	if n := a.Issuer.Signed(); n != 0 {
		b.Errorf("%d passes were signed to say that nothing changed", n)
	}
}

// fetches are a phone's requests for the newest version of each pass.
func (a *appliance) fetches(b testing.TB, passes []store.Pass, headers ...string) [][]byte {
	b.Helper()
	var out [][]byte
	for _, p := range passes {
		all := append([]string{"Authorization: ApplePass " + a.token(b, p)}, headers...)
		out = append(out, get("/wallet/v1/passes/"+passType+"/"+p.SerialNumber, all...))
	}
	return out
}

// repeat makes the requests over and over.
func repeat(b *testing.B, phones []*client, requests [][]byte, status int) side {
	next := make([]int, len(phones))
	return func() run {
		return crowd(b, len(phones), func(w int) error {
			next[w]++
			return phones[w].send(requests[(w+next[w])%len(requests)], status)
		})
	}
}

// bare makes the same requests of a bare handler that answers all of them as the
// appliance answered the first.
func bare(b *testing.B, phone *client, requests [][]byte, status int) side {
	b.Helper()
	model, err := phone.fetch(requests[0])
	must(b, err)
	header := make(http.Header)
	for name, value := range model.header {
		header[name] = []string{value}
	}
	handler := func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		for name, values := range header {
			h[name] = values
		}
		if status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		w.Write(model.body)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	s := &http.Server{Handler: http.HandlerFunc(handler)}
	go s.Serve(ln)
	b.Cleanup(func() { must(b, s.Close()) })
	b.Log("an answer has " + strconv.Itoa(len(model.body)) + " bytes")
	return repeat(b, clients(b, ln.Addr().String(), callers), requests, status)
}

// modified is what a phone that has p sends as If-Modified-Since.
func modified(p store.Pass) string {
	return time.Unix(p.Version.Modified, 0).UTC().Format(http.TimeFormat)
}
