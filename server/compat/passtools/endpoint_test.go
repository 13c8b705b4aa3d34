package passtools_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/compat/passtools"
)

// step is a request of the records. In its path a name in braces is replaced by what an
// earlier step kept under it.
type step struct {
	name, method, path string
	body               any
	rev                string
	keep               string // "name=member": what later steps need of the answer
}

// TestEndpoints makes every request of the service once and keeps it.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	place := []any{members{"longitude": -0.1276, "latitude": 51.5072, "relevantText": "Table free!", "city": "London", "country": "GB"}}
	far := members{"locations": []any{members{"longitude": "-0.14", "latitude": "51.51"}}}
	project := members{"name": "Vouchers", "description": "All vouchers", "projectType": "coupon"}
	tags := members{"tags": []any{"sailing 0630", "crew"}}
	known := map[string]string{}
	for _, s := range []step{
		{"system-status", "GET", "/system/status", nil, "", ""},
		{"project-create", "POST", "/project", project, rev12, "project=id"},
		{"project-create-named", "POST", "/project/id/vouchers", project, rev12, ""},
		{"template-create-in-project", "POST", "/template/{project}", voucher(), rev12, "template=templateId"},
		{"template-create-named", "POST", "/template/id/spring-13", voucher(), rev12, ""},
		{"template-create-in-project-named", "POST", "/template/{project}/id/summer-13", voucher(), rev12, ""},
		{"project-create-layout", "POST", "/project/{template}", project, rev12, ""},
		{"template-get-named", "GET", "/template/id/spring-13", nil, rev12, ""},
		{"template-replace", "PUT", "/template/{template}", voucher(), rev12, ""},
		{"template-replace-named", "PUT", "/template/id/spring-13", members{"name": "Late Spring Voucher"}, rev12, ""},
		{"template-duplicate", "POST", "/template/duplicate/{template}", members{}, rev12, "copy=templateId"},
		{"template-duplicate-named", "POST", "/template/duplicate/id/spring-13", nil, rev12, ""},
		{"template-location-add", "POST", "/template/{template}/locations", place, rev12, ""},
		{"template-location-add-named", "POST", "/template/id/spring-13/locations", far, rev12, ""},
		{"template-location-delete", "DELETE", "/template/{template}/location/1", nil, rev12, ""},
		{"template-location-delete-named", "DELETE", "/template/id/spring-13/location/1", nil, rev12, ""},
		{"template-document", "GET", "/templates/{template}", nil, rev12, ""},
		{"pass-create-1.0", "POST", "/pass/{template}", offer("3 for 2"), "", "pass=id"},
		{"pass-create-named", "POST", "/pass/{template}/id/QF-1", members{"fields": offer("3 for 2"), "tags": []any{"crew"}}, rev11, ""},
		{"pass-create-of-named", "POST", "/pass/id/spring-13", offer("2 for 1"), rev12, ""},
		{"pass-create-both-named", "POST", "/pass/id/spring-13/id/QF-2", offer("2 for 1"), rev12, ""},
		{"pass-get-named", "GET", "/pass/id/QF-1", nil, rev12, ""},
		{"pass-update-1.0", "PUT", "/pass/{pass}", offer("4 for 3"), "", ""},
		{"pass-update-named", "PUT", "/pass/id/QF-1", members{"fields": offer("4 for 3")}, rev12, "ticket=ticketId"},
		{"ticket-get", "GET", "/ticket/{ticket}", nil, rev12, ""},
		{"pass-push-named", "PUT", "/pass/id/QF-1/push", nil, rev12, ""},
		{"pass-download-named", "GET", "/pass/id/QF-1/download", nil, rev12, ""},
		{"pass-download-several", "GET", "/pass/download?passIds={pass}", nil, rev12, ""},
		{"pass-view-named", "GET", "/pass/id/QF-1/viewJSONPass", nil, rev12, ""},
		{"pass-location-add", "POST", "/pass/{pass}/locations", place, "", ""},
		{"pass-location-add-named", "POST", "/pass/id/QF-1/locations", far, rev12, ""},
		{"pass-location-delete", "DELETE", "/pass/{pass}/location/1", nil, rev12, ""},
		{"pass-location-delete-named", "DELETE", "/pass/id/QF-1/location/1", nil, rev12, ""},
		{"pass-tags-add", "PUT", "/pass/{pass}/tags", tags, rev12, ""},
		{"pass-tags-add-named", "PUT", "/pass/id/QF-1/tags", tags, rev12, ""},
		{"pass-tags", "GET", "/pass/{pass}/tags", nil, rev12, ""},
		{"pass-tags-named", "GET", "/pass/id/QF-1/tags", nil, rev12, ""},
		{"tag-list", "GET", "/tag", nil, rev11, ""},
		{"tag-passes", "GET", "/tag/crew/passes", nil, rev11, ""},
		{"tag-stats", "GET", "/tag/crew/stats", nil, rev12, ""},
		{"tag-passes-update", "PUT", "/tag/crew/passes", members{"fields": members{"secondary1": members{"value": "1 May"}}}, rev12, "job=ticketId"},
		{"ticket-get-children", "GET", "/ticket/{job}", nil, rev12, ""},
		{"tag-untag", "DELETE", "/tag/crew/pass/{pass}", nil, rev12, ""},
		{"tag-untag-named", "DELETE", "/tag/crew/pass/id/QF-1", nil, rev12, ""},
		{"tag-empty", "DELETE", "/tag/sailing+0630/passes", nil, rev12, ""},
		{"tag-delete", "DELETE", "/tag/sailing%200630", nil, rev12, ""},
		{"template-passes", "GET", "/template/{template}/passes", nil, rev12, ""},
		{"template-passes-named", "GET", "/template/id/spring-13/passes", nil, rev12, ""},
		{"template-passes-update", "PUT", "/template/{template}/passes", offer("5 for 4"), rev12, ""},
		{"template-passes-update-named", "PUT", "/template/id/spring-13/passes", offer("5 for 4"), rev12, ""},
		{"template-stats", "GET", "/template/{template}/stats", nil, rev12, ""},
		{"template-stats-named", "GET", "/template/id/spring-13/stats", nil, rev12, ""},
		{"pass-stats", "GET", "/pass/id/QF-1/stats", nil, rev12, ""},
		{"project-stats", "GET", "/project/{project}/stats", nil, rev12, ""},
		{"project-stats-named", "GET", "/project/id/vouchers/stats", nil, rev12, ""},
		{"later-pass-create", "POST", "/pass/template/{template}/id/QF-3", offer("3 for 2"), rev12, ""},
		{"later-pass-create-named", "POST", "/pass/template/id/spring-13/id/QF-4", members{"fields": offer("3 for 2"), "publicUrl": members{"type": "single"}}, rev12, "public=publicUrl.path"},
		{"later-pass-get", "GET", "/pass/template/{template}/id/QF-3", nil, rev12, ""},
		{"later-pass-get-named", "GET", "/pass/template/id/spring-13/id/QF-4", nil, rev12, ""},
		{"later-pass-update", "PUT", "/pass/template/{template}/id/QF-3", offer("1"), rev12, ""},
		{"later-pass-update-named", "PUT", "/pass/template/id/spring-13/id/QF-4", offer("1"), rev12, ""},
		{"later-pass-location-add", "POST", "/pass/template/{template}/id/QF-3/locations", far, rev12, ""},
		{"later-pass-location-delete", "DELETE", "/pass/template/{template}/id/QF-3/location/1", nil, rev12, ""},
		{"later-pass-tags-add", "PUT", "/pass/template/{template}/id/QF-3/tags", tags, rev12, ""},
		{"later-pass-tags", "GET", "/pass/template/{template}/id/QF-3/tags", nil, rev12, ""},
		{"later-pass-download", "GET", "/pass/template/{template}/id/QF-3/download", nil, rev12, ""},
		{"later-public-download", "GET", "/download/pass/{public}", nil, "", ""},
		{"later-pass-delete", "DELETE", "/pass/template/{template}/id/QF-3", nil, rev12, ""},
		{"later-pass-delete-named", "DELETE", "/pass/template/id/spring-13/id/QF-4", nil, rev12, ""},
		{"project-list", "GET", "/project?pageSize=2", nil, rev12, ""},
		{"project-get", "GET", "/project/{project}", nil, rev12, ""},
		{"project-get-named", "GET", "/project/id/vouchers", nil, rev12, ""},
		{"project-update", "PUT", "/project/{project}", members{"settings": members{"barcode_type": "qr", "barcode_default_value": "MF"}}, rev12, ""},
		{"project-update-named", "PUT", "/project/id/vouchers", members{"name": "Vouchers of 2013"}, rev12, ""},
		{"project-duplicate", "POST", "/project/duplicate/{project}", nil, rev12, ""},
		{"project-duplicate-named", "POST", "/project/duplicate/id/vouchers", nil, rev12, ""},
		{"location-add", "POST", "/location", members{"longitude": -122, "latitude": "37.5", "streetAddress1": "4 Fern Row", "regionCode": 94025}, rev12, ""},
		{"pass-delete-named", "DELETE", "/pass/id/QF-1", nil, rev12, ""},
		{"template-delete", "DELETE", "/template/{copy}", nil, rev12, ""},
		{"template-delete-named", "DELETE", "/template/id/spring-13", nil, rev12, ""},
		{"project-delete", "DELETE", "/project/{project}", nil, rev12, ""},
		{"project-delete-named", "DELETE", "/project/id/vouchers", nil, rev12, ""},
	} {
		a.play(t, s, known)
	}
}

// play makes the request of a step.
func (a *account) play(t *testing.T, s step, known map[string]string) {
	t.Helper()
	for name, value := range known {
		s.path = strings.ReplaceAll(s.path, "{"+name+"}", value)
	}
	if s.name == "ticket-get-children" {
		a.completed(t, known["job"])
	}
	var headers []string
	if s.rev != "" {
		headers = append(headers, s.rev)
	}
	answer := a.keep(t, s.name, s.method, s.path, s.body, headers...).Status(t, 200)
	if s.keep == "" {
		return
	}
	name, member, _ := strings.Cut(s.keep, "=")
	var v any = decoded(t, answer)
	for part := range strings.SplitSeq(member, ".") {
		v = v.(members)[part]
	}
	if n, ok := v.(float64); ok {
		v = fmt.Sprintf("%.0f", n)
	}
	known[name] = v.(string)
	known[name] = known[name][strings.LastIndexByte(known[name], '/')+1:]
}

// completed waits for a ticket and returns it.
func (a *account) completed(t testing.TB, id string) (out ticket) {
	t.Helper()
	a.Until(t, "ticket", func() bool {
		out = ticket{}
		a.send(t, "GET", "/ticket/"+id, nil, rev12).Status(t, 200).JSON(t, &out)
		return out.Status == "COMPLETED" || out.Status == "FAILED"
	})
	return out
}

type ticket struct {
	ID        int64
	Status    string
	CreatedAt string
	Children  map[string]struct {
		Status, Details string
		PassID          int64
	}
}

// change updates a pass and returns its ticket.
func (a *account) change(t testing.TB, path string, body any) ticket {
	t.Helper()
	var made struct{ TicketID json.Number }
	a.send(t, "PUT", path, body, rev12).Status(t, 200).JSON(t, &made)
	return a.completed(t, made.TicketID.String())
}

// row is a line of the table in README.md: the route, its record, its tests.
var row = regexp.MustCompile("(?m)^\\| `([A-Z]+ /[^`]*)` \\| ([a-z0-9.-]+) \\| ([^|]+) \\|$")

// TestReadme compares the table of README.md with the routes, the records and the tests
// that there are.
func TestReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	routes, tests := passtools.Routes(), testNames(t)
	var listed []string
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		listed = append(listed, m[1])
		if _, err := os.Stat(filepath.Join(compattest.Folder("passtools"), m[2]+".txtar")); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
		for name := range strings.SplitSeq(m[3], ", ") {
			if !slices.Contains(tests, strings.Trim(name, "` ")) {
				t.Errorf("%s: there is no test %s", m[1], name)
			}
		}
	}
	slices.Sort(listed)
	slices.Sort(routes)
	if !slices.Equal(listed, routes) {
		t.Errorf("the table has\n%s\nwant\n%s", strings.Join(listed, "\n"), strings.Join(routes, "\n"))
	}
}

// testNames are the test functions of this package.
func testNames(t *testing.T) (out []string) {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err, "no tests")
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)\(`).FindAllStringSubmatch(string(text), -1) {
			out = append(out, m[1])
		}
	}
	return out
}
