package walletkit_test

import (
	"encoding/json"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/compat/moved"
)

// TestMoved makes a template and a pass again that another server made: they are found
// and called as they were there.
func TestMoved(t *testing.T) {
	b := newBrand(t)
	const id, icon = "6f2b1c9a4e", "https://img.example.net/icon.png"
	body, err := json.Marshal(with(b.plain(), members{"icon": icon}))
	if err != nil {
		t.Fatal(err)
	}
	record := moved.Record{ID: id, Pictures: map[string][]byte{icon: compattest.Picture(38, 38)}}
	status, answer := compattest.Again(t, b.Server, templates, record, body, b.headers...)
	if want := `{"id":"6f2b1c9a4e","description":"Plain"}` + "\n"; status != 200 || string(answer) != want {
		t.Fatalf("%d %s, want %s", status, answer, want)
	}
	for _, path := range []string{templates, templates + "/" + id} {
		if a := b.send(t, "GET", path, nil).Status(t, 200); !strings.Contains(string(a.Body), `"id":"`+id+`"`) {
			t.Errorf("%s: %s", path, a.Body)
		}
	}
	pass := moved.Record{ID: "wk7q2m4r8tz0c5vd", SerialNumber: "wk7q2m4r8tz0c5vd", AuthenticationToken: "c0a81f7be2d94c6e8f55"}
	status, answer = compattest.Again(t, b.Server, templates+"/"+id, pass, []byte("{}"), b.headers...)
	var p sent
	if err := json.Unmarshal(answer, &p); status != 200 || err != nil || p.SentPass.SerialNo != pass.SerialNumber || p.SentPass.AuthenticationToken != pass.AuthenticationToken {
		t.Fatalf("%d %s", status, answer)
	}
	if got := b.download(t, p).Document.AuthenticationToken; got != pass.AuthenticationToken {
		t.Errorf("the pass has the token %s", got)
	}
	if got := compattest.Record(t, b.Server, p.issued()).Former; got != pass.Former("walletkit") {
		t.Errorf("the pass is %+v", got)
	}
	status, answer = compattest.Again(t, b.Server, templates+"/"+id, pass, []byte("{}"), b.headers...)
	if status != 400 || !strings.Contains(string(answer), "former id") {
		t.Errorf("made twice: %d %s", status, answer)
	}
}

// TestMovedSerial downloads a pass whose serial number means something in addresses and
// headers.
func TestMovedSerial(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, b.plain())
	for n, serial := range []string{"No 1/2", `a"b`, "100%", "a?b#c", "a%2Fb", "+4;5"} {
		record := moved.Record{ID: strconv.Itoa(n), SerialNumber: serial, AuthenticationToken: "c0a81f7be2d94c6e8f55"}
		status, answer := compattest.Again(t, b.Server, templates+"/"+id, record, []byte("{}"), b.headers...)
		var p sent
		if err := json.Unmarshal(answer, &p); status != 200 || err != nil || p.SentPass.SerialNo != serial {
			t.Fatalf("%s: %d %s", serial, status, answer)
		}
		if got := b.file(t, p).Document.SerialNumber; got != serial {
			t.Errorf("%s leads to %s", p.URL, got)
		}
		resp, err := b.HTTP.Get(p.URL)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if _, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err != nil || !strings.HasSuffix(params["filename"], ".pkpass") {
			t.Errorf("%s is called %q", serial, resp.Header.Get("Content-Disposition"))
		}
		b.send(t, "POST", templates+"/"+id+"?sno="+url.QueryEscape(serial), `{"location": [{"latitude": 1, "longitude": 2}]}`).Status(t, 200)
	}
}
