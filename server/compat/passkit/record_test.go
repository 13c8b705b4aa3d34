package passkit_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/compat/passkit"
)

// TestRecords keeps the requests that the story does not make.
func TestRecords(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Harbour_Card")
	form, kind := upload(t, "image", compattest.Picture(375, 144))
	var image struct{ Path string }
	a.record.Send(t, "image-upload", "POST", root+"/v2/images", form, kind).Status(t, 200).JSON(t, &image)
	a.record.Send(t, "batch-create", "POST", root+"/v2/passesBatch", members{"passes": []any{
		members{"templateName": "Harbour_Card", "userDefinedId": "M-2001", "dynamicData": members{"beans": 0}},
		members{"templateName": "Harbour_Card", "userDefinedId": "M-2002", "dynamicData": members{"beans": 5}}}}).Status(t, 200)
	a.record.Send(t, "batch-create-refused", "POST", root+"/v2/passesBatch", members{"passes": []any{
		members{"templateName": "Harbour_Card"}, members{"templateName": "None"}}}).Status(t, 400)
	form, kind = upload(t, "jsonBody", members{"language": "fr"}, "updatedMultipart", []any{"passbook-LogoFile", "passbook-StripFile"}, "passbook-LogoFile", compattest.Picture(320, 100))
	a.record.Send(t, "template-update-form", "PUT", root+"/v2/templates/Harbour_Card", form, kind).Status(t, 200)
	a.record.Send(t, "template-update", "PUT", root+"/v2/templates/Harbour_Card", members{"meta": members{"designVersion": 4}}).Status(t, 200)
	id := a.issue(t, with(member("Harbour_Card", ""), members{"dynamicImages": members{"passbook": members{"strip": image.Path}}}))
	a.record.Send(t, "emails-resend", "PUT", root+"/v2/recoveryEmails/resend", []any{members{"passId": id, "newRecoveryEmail": "ana@new.example"}}).Status(t, 200)
	nobody := a.record
	nobody.Headers = nil
	nobody.Send(t, "pass-image", "GET", root+"/v2/passes/"+id+"/images/strip.png", nil).Status(t, 200)
	nobody.Send(t, "pass-json-preflight", "OPTIONS", root+"/v2/passes/"+id+"/json", nil, "Origin: https://shop.example").Status(t, 200)
	nobody.Send(t, "pass-page", "GET", root+"/p-"+id+".pkpass", nil).Status(t, 200)
	nobody.Send(t, "fragment-page", "GET", root+"/~/", nil).Status(t, 200)
	a.record.Send(t, "unknown-path", "GET", root+"/v3/passes", nil).Status(t, 404)
}

// TestTable compares the table of README.md with the routes, the records and the tests.
func TestTable(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| \\S+ \\| (`.*) \\| (.*) \\| (`Test.*) \\|$").FindAllSubmatch(readme, -1)
	if len(rows) == 0 {
		t.Fatal("README.md has no table")
	}
	sources := compattest.Tests(t)
	var described []string
	for _, row := range rows {
		described = append(described, patterns(string(row[1]))...)
		for _, name := range quoted.FindAllStringSubmatch(string(row[2]), -1) {
			if _, err := os.Stat(filepath.Join(compattest.Folder("passkit"), name[1]+".txtar")); err != nil {
				t.Errorf("%s: %v", row[1], err)
			}
		}
		for _, name := range quoted.FindAllStringSubmatch(string(row[3]), -1) {
			if !strings.Contains(sources, "func "+name[1]+"(") {
				t.Errorf("%s: there is no %s", row[1], name[1])
			}
		}
	}
	records, err := filepath.Glob(filepath.Join(compattest.Folder("passkit"), "*.txtar"))
	if err != nil || len(records) == 0 {
		t.Fatal(records, err)
	}
	for _, file := range records {
		if name := strings.TrimSuffix(filepath.Base(file), ".txtar"); !strings.Contains(string(readme), "`"+name+"`") {
			t.Errorf("README.md does not name the record %s", name)
		}
	}
	served := passkit.Patterns(new(passkit.Service))
	for n, p := range served {
		served[n] = strings.Replace(p, " /passkit", " ", 1)
	}
	slices.Sort(served)
	slices.Sort(described)
	if !slices.Equal(served, described) {
		t.Errorf("described are\n%s\nserved are\n%s", strings.Join(described, "\n"), strings.Join(served, "\n"))
	}
}

var quoted = regexp.MustCompile("`([^`]+)`")

// patterns are those of the first cell of a row: methods and a path.
func patterns(cell string) (out []string) {
	for _, q := range quoted.FindAllStringSubmatch(cell, -1) {
		methods, path, _ := strings.Cut(q[1], " /")
		for method := range strings.SplitSeq(methods, ",") {
			out = append(out, strings.TrimSpace(method)+" /"+path)
		}
	}
	return out
}
