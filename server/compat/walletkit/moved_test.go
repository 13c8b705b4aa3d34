package walletkit_test

import (
	"encoding/json"
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
