package walletkit_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"pocketpass/server"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
)

// The tests here are named after the numbers that README.md gives to what clients need.

// TestQ1 is the Python client's update, which loses its body.
func TestQ1(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, b.concert())
	p := b.pass(t, id, members{})
	before := compattest.Record(t, b.Server, p.issued())
	a := b.record.Send(t, "passes-update-empty", "PUT", templates+"/"+id, nil, "Content-Type: application/json")
	fails(t, a, 400, "empty_body", "")
	if want := `{"error":"the body is empty: nothing was changed","error_code":"empty_body"}` + "\n"; string(a.Body) != want {
		t.Errorf("got %s", a.Body)
	}
	if after := compattest.Record(t, b.Server, p.issued()); !after.Same(&before) {
		t.Error("a pass was changed")
	}
}

// TestQ2 wants every error of a creation to be an object without an id.
func TestQ2(t *testing.T) {
	b := newBrand(t)
	tests := []struct {
		name        string
		body        any
		status      int
		code, field string
	}{
		{"nothing", nil, 400, "empty_body", ""},
		{"blanks", "  ", 400, "empty_body", ""},
		{"no JSON", `{"description": "x",}`, 400, "invalid_json", ""},
		{"a list", `[]`, 400, "invalid_json", ""},
		{"null", `null`, 400, "invalid_json", ""},
		{"two values", `{} {}`, 400, "invalid_json", ""},
		{"no description", with(b.plain(), members{"description": nil}), 400, "missing_field", "description"},
		{"an empty description", with(b.plain(), members{"description": " "}), 400, "missing_field", "description"},
		{"no pass type", with(b.plain(), members{"pass_type": nil}), 400, "invalid_pass_type", "pass_type"},
		{"another pass type", with(b.plain(), members{"pass_type": "Coupon"}), 400, "invalid_pass_type", "pass_type"},
		{"no icon", with(b.plain(), members{"icon": nil}), 400, "missing_field", "icon"},
		{"an icon that is no text", with(b.plain(), members{"icon": 7}), 400, "invalid_field", "icon"},
		{"a colour", with(b.plain(), members{"label_color": "red"}), 400, "invalid_color", "label_color"},
		{"a colour above 255", with(b.plain(), members{"label_color": "rgb(0,0,256)"}), 400, "invalid_color", "label_color"},
		{"a date without time", with(b.plain(), members{"relevant_date": "2031-04-09"}), 400, "invalid_date", "relevant_date"},
		{"a barcode without format", with(b.plain(), members{"barcode": members{"message": "1", "messageEncoding": "utf-8"}}), 400, "invalid_barcode", "barcode.format"},
		{"a barcode without message", with(b.plain(), members{"barcode": members{"format": "PKBarcodeFormatQR", "messageEncoding": "utf-8"}}), 400, "invalid_barcode", "barcode.message"},
		{"a barcode without encoding", with(b.plain(), members{"barcode": members{"format": "PKBarcodeFormatQR", "message": 1}}), 400, "invalid_barcode", "barcode.messageEncoding"},
		{"an encoding of nobody", with(b.plain(), members{"barcode": members{"format": "PKBarcodeFormatQR", "message": 1, "messageEncoding": "none"}}), 400, "invalid_barcode", "barcode.messageEncoding"},
		{"a place without latitude", with(b.plain(), members{"location": []any{members{"latitude": 1, "longitude": 1}, members{"longitude": 1}}}), 400, "invalid_location", "location[1].latitude"},
		{"a place off Earth", with(b.plain(), members{"location": []any{members{"latitude": 91, "longitude": 1}}}), 400, "invalid_location", "location[0].latitude"},
		{"eleven places", with(b.plain(), members{"location": locations(11)}), 400, "too_many_locations", "location"},
		{"a field without key", with(b.plain(), members{"backFields": []any{members{"value": 1}}}), 400, "missing_field", "backFields[0].key"},
		{"a field without value", with(b.plain(), members{"backFields": []any{members{"key": "a"}}}), 400, "missing_field", "backFields[0].value"},
		{"a value that is a list", with(b.plain(), members{"backFields": []any{members{"key": "a", "value": []any{}}}}), 400, "invalid_field", "backFields[0].value"},
		{"an alignment", with(b.plain(), members{"backFields": []any{members{"key": "a", "value": 1, "textalignment": "left"}}}), 400, "invalid_field", "backFields[0].textalignment"},
		{"too many fields", with(b.plain(), members{"secondaryFields": fields("s", 3), "auxiliaryFields": fields("a", 2)}), 400, "too_many_fields", "secondaryFields"},
		{"a picture that is none", with(b.plain(), members{"icon": b.pictures + "/none"}), 400, "image_fetch_failed", "icon"},
		{"too much", `{"description": "` + strings.Repeat("x", 1<<20) + `"}`, 413, "body_too_large", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fails(t, b.send(t, "POST", templates, tt.body), tt.status, tt.code, tt.field)
		})
	}
	a := b.record.Send(t, "template-refused", "POST", templates, with(b.plain(), members{"location": []any{members{"latitude": 1, "longitude": 1}, members{"longitude": 1}}}))
	if want := `{"error":"latitude is required for location[1]","error_code":"invalid_location","field":"location[1].latitude"}` + "\n"; string(a.Body) != want {
		t.Errorf("got %s", a.Body)
	}
}

func fields(prefix string, n int) (out []any) {
	for i := range n {
		out = append(out, members{"key": prefix + strconv.Itoa(i), "value": i})
	}
	return out
}

// TestQ3 wants JSON on every status.
func TestQ3(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, b.plain())
	tests := []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", templates + "/none", 404, "not_found"},
		{"GET", templates + "/" + id + "/more", 404, "not_found"},
		{"GET", "/walletkit", 404, "not_found"},
		{"PATCH", templates, 405, "method_not_allowed"},
		{"DELETE", templates, 405, "method_not_allowed"},
		{"OPTIONS", templates + "/" + id, 405, "method_not_allowed"},
	}
	for _, tt := range tests {
		a := b.send(t, tt.method, tt.path, nil)
		fails(t, a, tt.status, tt.code, "")
		if tt.status == 405 && a.Header.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", tt.method, tt.path)
		}
	}
	b.send(t, "DELETE", templates+"/"+id, nil).Status(t, 200).JSON(t, new(members))
}

// TestQ4 wants no redirect, whatever the path looks like.
func TestQ4(t *testing.T) {
	b := newBrand(t)
	for _, path := range []string{templates, templates + "/", "//walletkit//v1//passes", "/walletkit/v1/passes//"} {
		b.send(t, "POST", path, b.plain()).Status(t, 200)
	}
	fails(t, b.send(t, "POST", "/walletkit/v1/./passes", b.plain()), 404, "not_found", "")
	fails(t, b.send(t, "POST", "/walletkit/V1/passes", b.plain()), 404, "not_found", "")
}

// TestQ5 spells the names of the headers as clients and documents did.
func TestQ5(t *testing.T) {
	b := newBrand(t)
	for _, names := range [][2]string{{"Brand-Id", "API-Key"}, {"brand-id", "api-key"}, {"BRAND-ID", "API-KEY"}} {
		c, err := net.Dial("tcp", b.Server.Server.Addr("listen"))
		if err != nil {
			t.Fatal(err)
		}
		head := "GET " + templates + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + names[0] + ":  " + value(b.headers[0]) + " \r\n" + names[1] + ":" + value(b.headers[1]) + "\r\n\r\n"
		if _, err := io.WriteString(c, head); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(c)
		if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 200 ") {
			t.Errorf("%v: %v %s", names, err, got)
		}
		c.Close()
	}
}

func TestQ6(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, b.plain())
	for _, method := range []string{"GET", "DELETE"} {
		b.send(t, method, templates+"/"+id, nil, "Content-Type: application/json").Status(t, 200)
	}
}

func TestQ7(t *testing.T) {
	b := newBrand(t)
	var made map[string]any
	b.send(t, "POST", templates, b.plain(), "Content-Type: text/plain").Status(t, 200).JSON(t, &made)
	id, _ := made["id"].(string)
	if id == "" || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" || made["description"] != "Plain" {
		t.Errorf("made %v", made)
	}
}

func TestQ8(t *testing.T) {
	b := newBrand(t)
	if a := b.record.Send(t, "template-list-empty", "GET", templates, nil).Status(t, 200); string(a.Body) != "[]\n" {
		t.Errorf("without templates: %s", a.Body)
	}
}

// TestQ26 makes the six calls of the Python client, whose address holds the path already.
func TestQ26(t *testing.T) {
	b := newBrand(t, servertest.Config(func(c *server.Config) { c.Compat.Hosts = map[string]string{"api.walletkit.com": "walletkit"} }))
	b.headers = []string{"Brand-Id: " + value(b.headers[0]), "API-Key: " + value(b.headers[1]), "Content-Type: application/json"}
	for _, base := range []string{servertest.BaseURL + "/walletkit/v1/passes", "https://api.walletkit.com/v1/passes"} {
		call := func(method, path string, body any) members {
			var content io.Reader
			if body != nil {
				raw, err := json.Marshal(body)
				if err != nil {
					t.Fatal(err)
				}
				content = strings.NewReader(string(raw))
			}
			r, err := http.NewRequestWithContext(t.Context(), method, base+path, content)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range b.headers {
				name, _, _ := strings.Cut(h, ":")
				r.Header.Set(name, value(h))
			}
			resp, err := b.HTTP.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var out any
			if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
				t.Errorf("%s %s: %v", method, path, err)
			}
			object, _ := out.(members)
			return object
		}
		id, _ := call("POST", "", b.plain())["id"].(string)
		call("GET", "", nil)
		call("GET", "/"+id, nil)
		if p := call("POST", "/"+id, members{}); p["url"] == nil {
			t.Errorf("a pass is %v", p)
		}
		if p := call("PUT", "/"+id, nil); p["error"] == nil {
			t.Errorf("an update without a body is %v", p)
		}
		if d := call("DELETE", "/"+id, nil); d["deleted"] != true {
			t.Errorf("a deletion is %v", d)
		}
	}
}

// TestQ28 is served without TLS, as behind a proxy that ends it for old clients.
func TestQ28(t *testing.T) {
	b := newBrand(t)
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+b.Server.Server.Addr("listen")+templates, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Brand-Id", value(b.headers[0]))
	r.Header.Set("API-Key", value(b.headers[1]))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
}
