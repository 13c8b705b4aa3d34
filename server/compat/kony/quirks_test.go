package kony_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"pocketpass/server"
	"pocketpass/server/access"
	"pocketpass/server/servertest"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// The tests of this file are named after the sentences of "What the clients really
// need", which stand in README.md.

const unknownDevice = `{"message":"Invalid request. Device is not registered with this pass"}`

func TestQ1(t *testing.T) {
	d := open(t)
	want(t, d.upload(t, d.file(t)), 200, success)
	want(t, d.register(t, strings.Replace(registerURL, "/service/", "/service//", 1), secret), 201, created)
	want(t, d.anyone.Delete(t, "/"+strings.ReplaceAll(registerURL, "/", "//")+"/", "Authorization: x "+secret), 200, success)
}

func TestQ2(t *testing.T) {
	d := open(t)
	d.certify(t)
	want(t, d.upload(t, d.file(t)), 200, success)
	want(t, d.register(t, registerURL, secret), 201, created)
	want(t, d.register(t, registerURL, secret), 200, success)
}

func TestQ3(t *testing.T) {
	d := open(t)
	d.enter(t)
	for _, query := range []string{"/", ""} {
		if l := d.list(t, device, query); len(l.SerialNumbers) != 1 || l.SerialNumbers[0] != serial {
			t.Errorf("%q: %v", query, l)
		}
	}
}

func TestQ4(t *testing.T) {
	d := open(t)
	d.enter(t)
	pattern := regexp.MustCompile(`^\{"lastUpdated":"[0-9]{13}","serialNumbers":\["B-20417"\]\}$`)
	for _, a := range []*servertest.Answer{d.anyone.Post(t, listURL, nil), d.anyone.Get(t, listURL), d.anyone.Get(t, listURL, "Authorization: x nonsense")} {
		if a.Code != 200 || !pattern.Match(a.Body) {
			t.Errorf("got %d %s", a.Code, a.Body)
		}
	}
}

func TestQ5(t *testing.T) {
	d := open(t)
	want(t, d.upload(t, d.file(t)), 200, success)
	for _, leave := range []func() *servertest.Answer{
		func() *servertest.Answer {
			return d.anyone.Post(t, leaveURL, nil, "Authorization: x "+secret, "Content-Type: application/json")
		},
		func() *servertest.Answer { return d.anyone.Delete(t, registerURL, "Authorization: x "+secret) },
	} {
		want(t, d.register(t, registerURL, secret), 201, created)
		want(t, leave(), 200, success)
		want(t, leave(), 200, success)
		want(t, d.anyone.Post(t, listURL, nil), 400, unknownDevice)
		d.anyone.Get(t, listURL).Status(t, 204)
	}
}

func TestQ6(t *testing.T) {
	d := open(t)
	d.certify(t)
	d.enter(t)
	const plain = "0f3c9a175be2d84491a0c6fe7720b3d84e5f6a7b8c9d0e1fa2b3c4d5e6f70819"
	want(t, d.upload(t, d.file(t, points(2))), 200, success)
	d.Until(t, "the push came", func() bool { return len(d.Push.Log(plain)) == 1 })
	for _, body := range []string{`{"pushToken":"<0F3C9A17 5BE2D844>"}`, "\ufeff" + `{"x":1,"pushToken":"0f3c9a175be2d844"}`} {
		want(t, d.anyone.Post(t, registerURL, body, "Authorization: x "+secret, "Content-Type: text/plain"), 200, success)
	}
	err := d.Store.View(t.Context(), func(r store.Reader) error {
		got, err := r.Device(bundle, device)
		if got.PushToken != "0f3c9a175be2d844" {
			t.Errorf("kept %q", got.PushToken)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestQ7(t *testing.T) {
	d := open(t)
	d.enter(t)
	for header, status := range map[string]int{
		"anything " + secret: 200, "ApplePass " + secret: 200, "ApplePass    " + secret: 200, secret: 200,
		"ApplePass wrong": 401, "ApplePass": 401, "": 401, "ApplePass " + secret + "x": 401,
	} {
		a := d.anyone.Get(t, latestURL, "Authorization: "+header)
		if a.Status(t, status); status == 401 {
			want(t, a, 401, badToken)
		}
	}
}

func TestQ8(t *testing.T) {
	d := open(t)
	want(t, d.upload(t, d.file(t)), 200, success)
	taken := d.key(t, access.NewKey{Name: "as it was", Role: store.Issuer, Token: "7d1e0b52c9f84a63"})
	for _, token := range []string{d.token, taken, secret} {
		want(t, d.register(t, registerURL, token), 201, created)
		d.latest(t, token).Status(t, 200)
		want(t, d.anyone.Post(t, leaveURL, nil, "Authorization: kony "+token), 200, success)
	}
	kept := d.key(t, access.NewKey{Name: "back end only", Role: store.Admin, NoDevices: true})
	for _, token := range []string{kept, d.As(t, store.Viewer).Key, d.As(t, store.Scanner).Key} {
		want(t, d.latest(t, token), 401, badToken)
	}
}

func TestQ9(t *testing.T) {
	d := open(t)
	cert := p12(t, d.identity, pkcs12.Modern2023)
	want(t, d.upload(t, d.file(t)), 200, success)
	want(t, d.uploadAs(t, passURL, secret, d.file(t)), 401, unallowed)
	want(t, d.certifyAs(t, secret, "?certPass=secret", cert), 401, unallowed)
	for role, status := range map[store.Role]int{store.Issuer: 200, store.Viewer: 401, store.Scanner: 401} {
		d.uploadAs(t, passURL, d.As(t, role).Key, d.file(t)).Status(t, status)
		want(t, d.certifyAs(t, d.As(t, role).Key, "?certPass=secret", cert), 401, unallowed)
	}
	taken := d.key(t, access.NewKey{Name: "as it was", Role: store.Admin, Token: secret})
	want(t, d.uploadAs(t, passURL, taken, d.file(t, points(2))), 200, success)
	if !strings.Contains(d.logged.String(), "token_is_key") {
		t.Error("nobody is warned that a pass holds an authToken")
	}
}

func TestQ10(t *testing.T) {
	d := open(t, servertest.At(servertest.Start.Add(321*time.Millisecond)))
	d.enter(t)
	ms, err := strconv.ParseInt(d.list(t, device, "").LastUpdated, 10, 64)
	if err != nil || ms != servertest.Start.UnixMilli()+321 {
		t.Fatalf("changed at %d, %v", ms, err)
	}
	at := time.UnixMilli(ms).UTC()
	for since, status := range map[string]int{
		fmt.Sprint(ms): 304, fmt.Sprint(ms - 1): 200, fmt.Sprint(ms / 1000): 304, fmt.Sprint(ms/1000 - 1): 200,
		at.Format(http.TimeFormat): 304, at.Add(-time.Second).Format(http.TimeFormat): 200,
		at.Format("Monday, 02-Jan-06 15:04:05 GMT"): 304, at.Format(time.ANSIC): 304,
		"yesterday": 200, "-1": 200, "+1912345678901": 200, "": 200, "99999999999999999999999999": 200,
	} {
		a := d.latest(t, secret, "if-modified-since: "+since)
		if a.Code != status || a.Header.Get("Last-Modified") != at.Format(http.TimeFormat) {
			t.Errorf("%q: %d with %q, want %d", since, a.Code, a.Header.Get("Last-Modified"), status)
		}
	}
}

func TestQ11(t *testing.T) {
	d := open(t)
	d.enter(t)
	first := d.latest(t, secret).Header.Get("Last-Modified")
	before := d.list(t, device, "")
	d.Clock.Advance(200 * time.Millisecond)
	want(t, d.upload(t, d.file(t, points(2))), 200, success)
	a := d.latest(t, secret, "If-Modified-Since: "+first).Status(t, 200)
	d.latest(t, secret, "If-Modified-Since: "+a.Header.Get("Last-Modified")).Status(t, 304)
	earlier, _ := strconv.ParseInt(before.LastUpdated, 10, 64)
	if later, _ := strconv.ParseInt(d.list(t, device, "").LastUpdated, 10, 64); later != earlier+1000 {
		t.Errorf("changed at %d and then at %d", earlier, later)
	}
}

func TestQ12(t *testing.T) {
	d := open(t)
	d.certify(t)
	want(t, d.upload(t, d.file(t)), 200, success)
	p := record(t, d, serial)
	phones := []*servertest.Phone{d.Phone(t, p), d.Phone(t, p)}
	next := d.file(t, points(2))
	want(t, d.upload(t, next), 200, success)
	for _, phone := range phones {
		phone.WantUpdates(t, p, 1)
	}
	before := d.list(t, phones[0].Library, "")
	d.Clock.Advance(time.Minute)
	want(t, d.upload(t, next), 200, success)
	if after := d.list(t, phones[0].Library, ""); after.LastUpdated != before.LastUpdated {
		t.Errorf("the same bytes changed %v to %v", before, after)
	}
	want(t, d.upload(t, d.file(t, points(3))), 200, success)
	for _, phone := range phones {
		phone.WantUpdates(t, p, 2)
		if n := len(d.Push.Log(phone.PushToken)); n != 2 {
			t.Errorf("%d pushes for two changes", n)
		}
	}
}

func TestQ13(t *testing.T) {
	d := open(t)
	d.enter(t)
	var last []byte
	tokens := []string{"another-token-of-the-pass", "the-third-token-of-the-pass"}
	for _, token := range tokens {
		last = d.file(t, members{"authenticationToken": token})
		want(t, d.upload(t, last), 200, success)
	}
	for _, token := range append(tokens, secret) {
		if a := d.latest(t, token).Status(t, 200); !bytes.Equal(a.Body, last) {
			t.Errorf("%s: an older file", token)
		}
	}
	want(t, d.latest(t, "a-token-of-no-pass-at-all"), 401, badToken)
}

func TestQ14(t *testing.T) {
	d := open(t)
	file := d.enter(t)
	a := d.latest(t, secret).Status(t, 200)
	if !bytes.Equal(a.Body, file) {
		t.Error("the file is another one")
	}
	for name, value := range map[string]string{"Content-Type": pkpass.MediaType, "Cache-Control": "no-cache", "Content-Disposition": `attachment; filename="B-20417.pkpass"`} {
		if got := a.Header.Get(name); got != value {
			t.Errorf("%s: %s", name, got)
		}
	}
	if page := d.anyone.Get(t, "/p/"+record(t, d, serial).PublicID+".pkpass").Status(t, 200); !bytes.Equal(page.Body, file) {
		t.Error("the link leads to another file")
	}
}

func TestQ16(t *testing.T) {
	d := open(t)
	const none = `{"message":"No file found in the request"}`
	for _, query := range []string{"?filename=/etc/passwd", "?filename=../../pocketpass.db", ""} {
		want(t, d.anyone.Post(t, passURL+query, nil, "authToken: "+d.token), 400, none)
		want(t, d.anyone.Post(t, certURL+query, nil, "authToken: "+d.token), 400, none)
	}
	want(t, d.anyone.Post(t, passURL, "filename=/etc/passwd", "authToken: "+d.token, "Content-Type: application/x-www-form-urlencoded"), 400, none)
	body, header := form(t, [2]string{"filename", "/etc/passwd"})
	want(t, d.anyone.Post(t, passURL, body, "authToken: "+d.token, header), 400, none)
}

func TestQ17(t *testing.T) {
	d := open(t, servertest.Config(func(c *server.Config) { c.Log.Access = true }))
	const password, invalid = "hunter2-hunter2", `{"message":"Invalid certificate or password"}`
	want(t, d.anyone.Post(t, certURL+"?certPass="+password+"&authToken="+url.QueryEscape(d.token), p12(t, d.identity, pkcs12.Modern2023)), 400, invalid)
	body, header := form(t, [2]string{"authToken", d.token}, [2]string{"certPass", password}, [2]string{"filename/x.p12", "0garbage"})
	want(t, d.anyone.Post(t, certURL, body, header), 400, invalid)
	_, hidden, _ := strings.Cut(d.token, ".")
	log := d.logged.String()
	if !strings.Contains(log, "/certificate") {
		t.Fatalf("the requests are not in the log: %s", log)
	}
	for _, word := range []string{password, hidden} {
		if strings.Contains(log, word) {
			t.Errorf("the log has %s: %s", word, log)
		}
	}
}

func TestQ18(t *testing.T) {
	d := open(t)
	const invalid = `{"message":"Invalid certificate or password"}`
	for name, encoder := range map[string]*pkcs12.Encoder{"RC2": pkcs12.LegacyRC2, "3DES": pkcs12.LegacyDES, "AES": pkcs12.Modern2023} {
		t.Run(name, func(t *testing.T) {
			data := p12(t, d.identity, encoder)
			want(t, d.certifyAs(t, d.token, "?certPass=secret", data), 200, success)
			want(t, d.certifyAs(t, d.token, "?certPass=wrong", data), 400, invalid)
			want(t, d.certifyAs(t, d.token, "", data), 400, invalid)
		})
	}
}

func TestQ19(t *testing.T) {
	d := open(t)
	const other = `{"message":"Pass does not match the bundle identifier or serial number"}`
	want(t, d.upload(t, d.file(t, members{"serialNumber": "B-1"})), 400, other)
	want(t, d.upload(t, d.file(t, members{"passTypeIdentifier": "pass.org.example.other"})), 400, other)
	want(t, d.latest(t, d.token), 401, badToken) // the bundle identifier is nobody's yet
}

func TestQ21(t *testing.T) {
	d := open(t)
	d.certify(t)
	want(t, d.register(t, registerURL, "no-token-of-anybody"), 401, badToken)
	want(t, d.register(t, registerURL, d.token), 201, created)
	want(t, d.register(t, registerURL, d.token), 200, success)
	waiting := d.list(t, device, "")
	if len(waiting.SerialNumbers) != 0 || len(waiting.LastUpdated) != 13 {
		t.Errorf("before the upload the list is %v", waiting)
	}
	want(t, d.latest(t, d.token), 404, `{"message":"Pass is not found"}`)
	want(t, d.upload(t, d.file(t)), 200, success)
	d.Until(t, "the push came", func() bool { return len(d.Push.Log(strings.ReplaceAll(pushToken, " ", ""))) == 1 })
	if l := d.list(t, device, "?passesUpdatedSince="+waiting.LastUpdated); len(l.SerialNumbers) != 1 || l.SerialNumbers[0] != serial {
		t.Errorf("after the upload the list is %v", l)
	}
}

func TestQ22(t *testing.T) {
	d := open(t)
	want(t, d.upload(t, d.file(t)), 200, success)
	for _, path := range []string{latestURL, latestURL + "0", prefix + "/v1/passes/pass.none/1"} {
		want(t, d.anyone.Get(t, path), 401, badToken)
		want(t, d.anyone.Get(t, path, "Authorization: ApplePass wrong"), 401, badToken)
	}
	want(t, d.anyone.Get(t, latestURL+"0", "Authorization: x "+d.token), 404, `{"message":"Pass is not found"}`)
	want(t, d.anyone.Get(t, prefix+"/v1/passes/pass.none/1", "Authorization: x "+d.token), 401, badToken)
}

func TestQ23(t *testing.T) {
	d := open(t)
	for sent, is := range map[string]string{"A%2F1": "A/1", "A%2f2": "A/2", "a%20b%20%C3%A9": "a b é"} {
		file := d.file(t, members{"serialNumber": is})
		at := func(path string) string { return strings.TrimSuffix(path, serial) + sent }
		want(t, d.uploadAs(t, at(passURL), d.token, file), 200, success)
		want(t, d.register(t, at(registerURL), secret), 201, created)
		if l := d.list(t, device, ""); len(l.SerialNumbers) != 1 || l.SerialNumbers[0] != is {
			t.Errorf("the list is %v", l)
		}
		a := d.anyone.Get(t, at(latestURL), "Authorization: x "+secret).Status(t, 200)
		if name := a.Header.Get("Content-Disposition"); !bytes.Equal(a.Body, file) || strings.ContainsAny(name, "/é") {
			t.Errorf("the file of %s is sent as %s", is, name)
		}
		want(t, d.anyone.Post(t, at(leaveURL), nil, "Authorization: x "+secret), 200, success)
	}
}

func TestQ24(t *testing.T) {
	d := open(t)
	for _, name := range []string{"AUTHTOKEN", "authtoken", "AuthToken", "X-Device-AuthToken"} {
		want(t, d.anyone.Post(t, passURL, d.file(t), name+": "+d.token), 200, success)
	}
	want(t, d.anyone.Post(t, passURL, d.file(t)), 401, unallowed)
	want(t, d.anyone.Post(t, passURL, d.file(t), "authToken: "), 401, unallowed)
	want(t, d.anyone.Post(t, passURL+"?authToken="+d.token, d.file(t)), 200, success)
	body, header := form(t, [2]string{"authToken", d.token}, [2]string{"filename/x.pkpass", string(d.file(t))})
	want(t, d.anyone.Post(t, passURL, body, header), 200, success)
}

func TestQ25(t *testing.T) {
	d := open(t)
	want(t, d.upload(t, d.file(t)), 200, success)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+d.Appliance.Server.Addr("listen")+latestURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "ApplePass "+secret)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestQ26(t *testing.T) {
	for name, service := range map[string]string{"plain": servertest.BaseURL + prefix, "with a slash": servertest.BaseURL + prefix + "/"} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			d.certify(t)
			want(t, d.upload(t, d.file(t, members{"webServiceURL": service})), 200, success)
			p := record(t, d, serial)
			phone := d.Phone(t, p)
			for n := range 3 {
				want(t, d.upload(t, d.file(t, members{"webServiceURL": service}, points(n+2))), 200, success)
				card := phone.WantUpdates(t, p, n+1)
				if got := card.Notices[len(card.Notices)-1].Text; got != fmt.Sprintf("Now %d points", n+2) {
					t.Errorf("the lock screen says %q", got)
				}
			}
			if err := phone.Remove(t.Context(), bundle, serial); err != nil {
				t.Fatal(err)
			}
			want(t, d.anyone.Post(t, of(phone.Library), nil), 400, unknownDevice)
		})
	}
}

func TestQ27(t *testing.T) {
	d := open(t)
	d.enter(t)
	for n := range 3 {
		last := d.list(t, device, "").LastUpdated
		nothing := `{"lastUpdated":"` + last + `","serialNumbers":[]}`
		for _, a := range []*servertest.Answer{
			d.anyone.Post(t, listURL+"?passesUpdatedSince="+last, nil),
			d.anyone.Post(t, listURL, "passesUpdatedSince="+last, "Content-Type: application/x-www-form-urlencoded"),
			d.anyone.Post(t, listURL, `{"passesUpdatedSince":"`+last+`"}`),
			d.anyone.Post(t, listURL, `{"passesUpdatedSince":`+last+`}`),
		} {
			want(t, a, 200, nothing)
		}
		d.anyone.Get(t, listURL+"?passesUpdatedSince="+last).Status(t, 204)
		want(t, d.upload(t, d.file(t, points(n+2))), 200, success)
		if after := d.list(t, device, "?passesUpdatedSince="+last); len(after.SerialNumbers) != 1 {
			t.Errorf("after a change the list is %v", after)
		}
	}
}

func TestQ28(t *testing.T) {
	d := open(t)
	d.enter(t)
	stranger := d.stranger(t)
	const inUse = `{"message":"Bundle identifier is in use"}`
	want(t, d.uploadAs(t, passURL, stranger, d.file(t)), 403, inUse)
	want(t, d.certifyAs(t, stranger, "?certPass=secret", p12(t, d.identity, pkcs12.Modern2023)), 403, inUse)
	want(t, d.register(t, registerURL, stranger), 401, badToken)
	want(t, d.register(t, registerURL+"0", stranger), 401, badToken)
	want(t, d.latest(t, stranger), 401, badToken)
	want(t, d.anyone.Post(t, leaveURL, nil, "Authorization: x "+stranger), 401, badToken)
}
