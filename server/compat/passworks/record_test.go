package passworks_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/compat/passworks"
)

// TestRecords plays the endpoints that the story does not need.
func TestRecords(t *testing.T) {
	a := newAccount(t)
	send := func(name, method, path string, body any, status int) string {
		t.Helper()
		got := a.record.Send(t, name, method, base+path, body).Status(t, status)
		if status != 201 {
			return ""
		}
		return id(t, got)
	}
	send("ping", "GET", "/ping", nil, 200)
	icon := a.asset(t, "icon", 118, 118)
	send("asset-list", "GET", "/assets", nil, 200)
	send("asset-get", "GET", "/assets/"+icon, nil, 200)
	template := send("template-create", "POST", "/templates", members{"template": members{"name": "Loaves", "pass_type": "coupon", "icon_id": icon,
		"background_color": "#2f5d50", "barcode": members{"format": "qrcode"}}}, 201)
	send("template-list", "GET", "/templates", nil, 200)
	send("template-get", "GET", "/templates/"+template, nil, 200)
	send("asset-delete-used", "DELETE", "/assets/"+icon, members{}, 412)
	campaign := a.campaign(t, "coupons", with(loaf(), members{"template_id": template}))
	at := "/coupons/" + campaign
	send("campaign-get", "GET", at, nil, 200)
	send("campaign-update", "PATCH", at, members{"coupon": members{"auxiliary_fields": []any{members{"key": "until", "value": "7 November"}}}}, 200)
	pass := at + "/passes/" + a.pass(t, "coupons", campaign, members{"auxiliary_fields": []any{members{"key": "holder", "value": "Jonas Weil"}}})
	send("pass-get", "GET", pass, nil, 200)
	a.record.Send(t, "pass-get-v1", "GET", "/passworks/v1"+pass, nil).Status(t, 200)
	a.record.Send(t, "campaign-get-v1", "GET", "/passworks/v1"+at, nil).Status(t, 200)
	send("pass-push", "POST", pass+"/push", members{"push_message": "Your table is ready"}, 200)
	phone := a.Phone(t)
	if _, err := phone.Install(t.Context(), issued(t, a.send(t, "GET", pass, nil)).URL); err != nil {
		t.Fatal(err)
	}
	send("pass-registrations", "GET", pass+"/registrations", nil, 200)
	send("campaign-registrations", "GET", at+"/registrations", nil, 200)
	send("redeem-look-up", "GET", at+"/redeem/00000001", nil, 200)
	send("redeem-pass", "POST", pass+"/redeem", members{"pass": members{"comment": "till 2"}}, 200)
	send("redeem-reset", "POST", pass+"/reset_redeem", nil, 200)
	send("pass-redeems", "GET", pass+"/redeems", nil, 200)
	send("campaign-redeems", "GET", at+"/redeems", nil, 200)
	send("campaign-push", "POST", at+"/push", members{}, 200)
	send("campaign-merge", "POST", at+"/merge", members{"push_message": "New date"}, 200)
	send("campaign-pause", "POST", at+"/pause", nil, 200)
	send("pass-create-paused", "POST", at+"/passes", members{"pass": members{}}, 412)
	send("campaign-resume", "POST", at+"/resume", nil, 200)
	send("campaign-archive", "POST", at+"/archive", nil, 200)
	send("campaign-resume-archived", "POST", at+"/resume", nil, 412)
	send("certificate-list", "GET", "/certificates", nil, 200)
	send("certificate-get", "GET", "/certificates/"+list(t, a.send(t, "GET", "/certificates", nil))[0]["id"].(string), nil, 200)
	send("campaign-create-refused", "POST", "/coupons", members{"coupon": members{"name": "No icon"}}, 422)
	send("campaign-delete", "DELETE", at, members{}, 200)
	send("campaign-deleted", "DELETE", at, members{}, 412)
	send("template-delete", "DELETE", "/templates/"+template, members{"template": members{"delete_assets": false}}, 200)
	send("asset-delete", "DELETE", "/assets/"+a.asset(t, "logo", 160, 50), members{}, 200)
	send("unknown-path", "GET", "/nothing", nil, 404)
}

// row is one of the table of endpoints in README.md: number, endpoints, records, tests.
var row = regexp.MustCompile(`(?m)^\| [0-9]+ \| (.*?) \| (.*?) \| (.*?) \|$`)

var quoted = regexp.MustCompile("`([^`]+)`")

// TestTable holds the table of README.md against the routes, the records and the tests.
func TestTable(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := filepath.Glob(filepath.Join(compattest.Folder("passworks"), "*.txtar"))
	if err != nil || len(recorded) == 0 {
		t.Fatalf("no records: %v", err)
	}
	var sources strings.Builder
	files, _ := filepath.Glob("*_test.go")
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(source)
	}
	listed := make(map[string]bool)
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		for _, endpoint := range quoted.FindAllStringSubmatch(m[1], -1) {
			listed[endpoint[1]] = true
		}
		records, tests := quoted.FindAllStringSubmatch(m[2], -1), quoted.FindAllStringSubmatch(m[3], -1)
		if len(records) == 0 || len(tests) == 0 {
			t.Errorf("the row of %s names no record or no test", m[1])
		}
		for _, record := range records {
			if path := filepath.Join(compattest.Folder("passworks"), record[1]+".txtar"); !slices.Contains(recorded, path) {
				t.Errorf("there is no record %s", record[1])
			}
		}
		for _, test := range tests {
			name, sub, _ := strings.Cut(test[1], "/")
			if !strings.Contains(sources.String(), "func "+name+"(") || !strings.Contains(sources.String(), sub) {
				t.Errorf("there is no test %s", test[1])
			}
		}
	}
	routes := passworks.Routes()
	for _, r := range routes {
		if !listed[r] {
			t.Errorf("the table lacks %s", r)
		}
	}
	for _, endpoint := range slices.Sorted(maps.Keys(listed)) {
		if !slices.Contains(routes, endpoint) {
			t.Errorf("the table has %s, which is not served", endpoint)
		}
	}
}
