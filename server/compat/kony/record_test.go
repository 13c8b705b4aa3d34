package kony_test

import (
	"regexp"
	"strings"
	"testing"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"pocketpass/server/compat/compattest"
)

// call is a request whose answer is kept in testdata/compat/kony.
type call struct {
	name, method, path string
	body               any
	headers            []string
	status             int
}

// TestRecords plays every endpoint and every error body.
func TestRecords(t *testing.T) {
	d := open(t)
	stranger := d.stranger(t)
	r := &compattest.Recorder{Service: "kony", Caller: d.anyone, Secrets: []string{d.token, stranger},
		Masks: []compattest.Mask{{Pattern: regexp.MustCompile(`\(a file of ([a-z/.+-]+)[^)]*\)`), With: "(a file of $1)"}}}
	admin, pass := "authToken: "+d.token, "Authorization: ApplePass "+secret
	const typeJSON, typePass = "Content-Type: application/json;charset=UTF-8", "Content-Type: application/vnd.apple.pkpass"
	parts, typeParts := form(t, [2]string{"filename/bonus.p12", string(p12(t, d.identity, pkcs12.Modern2023))}, [2]string{"certPass", "secret"})
	next := strings.TrimSuffix(passURL, serial) + "B-20993"
	for _, c := range []call{
		{"upload-certificate", "POST", certURL, parts, []string{admin, typeParts}, 200},
		{"upload-certificate-bad-token", "POST", certURL, parts, []string{"authToken: wrong", typeParts}, 401},
		{"upload-certificate-without-file", "POST", certURL + "?filename=bonus.p12", nil, []string{admin}, 400},
		{"upload-certificate-unreadable", "POST", certURL, []byte("0no certificate"), []string{admin, "Content-Type: application/x-pkcs12"}, 400},
		{"upload-certificate-of-another", "POST", strings.Replace(certURL, bundle, "pass.org.example.other", 1) + "?certPass=secret", p12(t, d.identity, pkcs12.Modern2023), []string{admin, "Content-Type: application/x-pkcs12"}, 400},
		{"upload-certificate-in-use", "POST", certURL, parts, []string{"authToken: " + stranger, typeParts}, 403},
		{"upload-pass", "POST", passURL + "?filename=bonus.pkpass", d.file(t), []string{admin, typePass}, 200},
		{"upload-pass-unreadable", "POST", passURL, []byte("no archive"), []string{admin, typePass}, 400},
		{"upload-pass-of-another", "POST", next, d.file(t), []string{admin, typePass}, 400},
		{"register", "POST", registerURL, `{"pushToken":"` + pushToken + `"}`, []string{pass, typeJSON}, 201},
		{"register-again", "POST", registerURL, `{"pushToken":"` + pushToken + `"}`, []string{pass, typeJSON}, 200},
		{"register-bad-token", "POST", registerURL, `{"pushToken":"` + pushToken + `"}`, []string{"Authorization: ApplePass wrong", typeJSON}, 401},
		{"register-without-push-token", "POST", registerURL, `{}`, []string{pass, typeJSON}, 400},
		{"register-bad-json", "POST", registerURL, `{"pushToken"`, []string{pass, typeJSON}, 400},
		{"send-pass", "POST", passURL + "?filename=bonus.pkpass", d.file(t, points(2)), []string{admin, typePass}, 200},
		{"list", "POST", listURL + "/", nil, nil, 200},
		{"list-nothing-new", "POST", listURL + "/?passesUpdatedSince=1912345678901", nil, nil, 200},
		{"list-unknown-device", "POST", of("none") + "/", nil, nil, 400},
		{"wallet-list", "GET", listURL + "?passesUpdatedSince=0", nil, nil, 200},
		{"wallet-list-nothing-new", "GET", listURL + "?passesUpdatedSince=1912345678901", nil, nil, 204},
		{"latest", "GET", latestURL, nil, []string{pass}, 200},
		{"latest-not-modified", "GET", latestURL, nil, []string{pass, "if-modified-since: 1912345678901"}, 304},
		{"latest-unknown", "GET", latestURL + "0", nil, []string{"Authorization: ApplePass " + d.token}, 404},
		{"latest-bad-token", "GET", latestURL, nil, []string{"Authorization: ApplePass wrong"}, 401},
		{"unregister", "POST", leaveURL, nil, []string{pass, typeJSON}, 200},
		{"wallet-unregister", "DELETE", registerURL, nil, []string{pass}, 200},
		{"wallet-log", "POST", logURL, `{"logs":["[2026-06-01 09:30:00 +0000] all is well"]}`, []string{typeJSON}, 200},
		{"wallet-log-bad-json", "POST", logURL, `logs`, []string{typeJSON}, 400},
		{"unknown-path", "GET", prefix + "/v2/none", nil, nil, 404},
		{"wrong-method", "PUT", passURL, nil, []string{admin}, 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := r.Send(t, c.name, c.method, c.path, c.body, c.headers...)
			a.Status(t, c.status)
			if got := a.Header.Get("Content-Type"); len(a.Body) > 0 && a.Body[0] == '{' && got != "application/json;charset=UTF-8" {
				t.Errorf("the answer is of type %q", got)
			}
		})
	}
}

// TestTolerance sends what clients send that read the documentation in their own way.
func TestTolerance(t *testing.T) {
	d := open(t)
	want(t, d.upload(t, d.file(t)), 200, success)
	pass := "Authorization: ApplePass " + secret
	const noToken, badJSON = `{"message":"Payload should contain value for 'pushToken' key"}`, `{"message":"Invalid JSON payload"}`
	for body, answer := range map[string]string{
		"": badJSON, "null": noToken, "[]": badJSON, "7": badJSON, "{}": noToken, `{"pushToken":""}`: noToken, `{"pushToken":7}`: noToken,
		`{"pushToken":null}`: noToken, `{"pushToken":"nothing hexadecimal"}`: noToken, `{"pushToken":"abc"}`: noToken,
	} {
		want(t, d.anyone.Post(t, registerURL, body, pass), 400, answer)
		want(t, d.anyone.Post(t, registerURL, body), 401, badToken)
	}
	odd := strings.Replace(registerURL, device, "a%20device%20%C3%A9", 1)
	want(t, d.register(t, odd, secret), 201, created)
	want(t, d.anyone.Post(t, strings.Replace(registerURL, device, "a%07b", 1), `{"pushToken":"`+pushToken+`"}`, pass), 400, `{"message":"Invalid device token"}`)
	want(t, d.anyone.Post(t, strings.Replace(certURL, "PassBook", "pASSbOOK", 1)+"?certPass=secret", p12(t, d.identity, pkcs12.Modern2023), "authToken: "+d.token), 200, success)
	want(t, d.anyone.Post(t, strings.Replace(certURL, "PassBook", "Other", 1), nil, "authToken: "+d.token), 404, `{"message":"Resource is not found"}`)
	want(t, d.anyone.Get(t, prefix), 404, `{"message":"Resource is not found"}`)
}
