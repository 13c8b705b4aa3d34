package ui_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"pocketpass/ui"
)

// TestEnrolPageRunsNothing: whatever address or text is given, the page gets no script
// but its own, and nothing leads to one.
func TestEnrolPageRunsNothing(t *testing.T) {
	plain := enrolPages()["full"]
	plain.Stylesheet, plain.Script = "", ""
	for name, change := range map[string]func(*ui.EnrolPageData){
		"action":      func(d *ui.EnrolPageData) { d.Action = "javascript:alert(1)" },
		"stylesheet":  func(d *ui.EnrolPageData) { d.Stylesheet = "data:text/css,*{}" },
		"script":      func(d *ui.EnrolPageData) { d.Script = "data:text/javascript,alert(1)" },
		"broken line": func(d *ui.EnrolPageData) { d.Action = " java\tscript:alert(1)" },
	} {
		t.Run(name, func(t *testing.T) {
			d := plain
			change(&d)
			w := httptest.NewRecorder()
			if err := ui.EnrolPage(w, d); err != nil {
				t.Fatal(err)
			}
			page := w.Body.String()
			if strings.Count(page, `="#refused"`) != 1 || strings.Contains(page, "alert") || strings.Contains(page, `"data:text`) {
				t.Error(page)
			}
		})
	}
	w := httptest.NewRecorder()
	if err := ui.EnrolPage(w, enrolPages()["hostile"]); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(w.Body.String(), "<script"); n != 2 {
		t.Errorf("%d scripts instead of the page's and the owner's", n)
	}
}
