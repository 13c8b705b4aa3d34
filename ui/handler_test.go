package ui_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pocketpass/ui"
)

func get(t *testing.T, h http.Handler, target string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestAssets(t *testing.T) {
	tests := []struct {
		path, mediaType string
		status          int
	}{
		{"/ui/base.css", "text/css; charset=utf-8", 200},
		{"/ui/pass/pass.js", "text/javascript; charset=utf-8", 200},
		{"/ui/demo/index.html", "", 404}, // pages have addresses of their own
		{"/ui/nothing.js", "", 404},
		{"/ui/", "", 404},
	}
	for _, tt := range tests {
		res := get(t, ui.Handler(), tt.path)
		if res.StatusCode != tt.status {
			t.Errorf("%s: %d, want %d", tt.path, res.StatusCode, tt.status)
		}
		if tt.status == 200 && (res.Header.Get("Content-Type") != tt.mediaType || res.Header.Get("X-Content-Type-Options") != "nosniff") {
			t.Errorf("%s: headers %v", tt.path, res.Header)
		}
	}
}

func TestUnchanged(t *testing.T) {
	for name, h := range map[string]http.Handler{"/ui/pass/pass.css": ui.Handler(), "/": ui.DemoPage(), "/docs": ui.DocsPage()} {
		first := get(t, h, name)
		tag := first.Header.Get("ETag")
		if first.StatusCode != 200 || !strings.HasPrefix(tag, `"`) || first.Header.Get("Cache-Control") != "no-cache" {
			t.Fatalf("%s: %d, headers %v", name, first.StatusCode, first.Header)
		}
		if again := get(t, h, name, "If-None-Match", tag); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: %d with its own tag, want 304", name, again.StatusCode)
		}
		if first.Header.Get("Content-Security-Policy") != ui.CSP {
			t.Errorf("%s: policy %q", name, first.Header.Get("Content-Security-Policy"))
		}
	}
}

func TestBarcodeAddress(t *testing.T) {
	tests := []struct {
		name, query string
		status      int
		want        string
	}{
		{"drawn", "format=PKBarcodeFormatQR&message=C000417&encoding=iso-8859-1", 200, "<svg"},
		{"encoding may be absent", "format=PKBarcodeFormatAztec&message=x", 200, "<svg"},
		{"unknown format", "format=QR&message=x", 400, "PKBarcodeFormatQR"},
		{"no message", "format=PKBarcodeFormatQR", 400, "message is empty"},
		{"markup stays out", "format=PKBarcodeFormatQR&message=" + url.QueryEscape("</svg><script>"), 200, "<svg"},
		{"too long", "format=PKBarcodeFormatQR&message=" + strings.Repeat("x", 10_000), 414, "too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := get(t, ui.Handler(), "/ui/barcode.svg?"+tt.query)
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != tt.status || !strings.Contains(string(body), tt.want) || strings.Contains(string(body), "script") {
				t.Errorf("%d, %v: %.200s; want %d with %q", res.StatusCode, err, body, tt.status, tt.want)
			}
		})
	}
}

// TestNothingFromOutside reads every file of the pages: no inline scripts or
// styles, no markup from data, no address of another host.
func TestNothingFromOutside(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|\sstyle="|\son[a-z]+="|<style|@import|\surl\(|(src|href)="(https?:)?//`)
	namespace := "http://www.w3.org/2000/svg"
	read := 0
	for _, dir := range []string{"pass", "demo", "docs", "page"} {
		files, err := filepath.Glob(path.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range append(files, "base.css") {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			read++
			if found := forbidden.FindString(string(data)); found != "" {
				t.Errorf("%s has %q", file, found)
			}
			if text := strings.ReplaceAll(string(data), namespace, ""); strings.HasSuffix(file, ".js") && strings.Contains(text, `"http`) && !strings.Contains(text, `startsWith("http")`) {
				t.Errorf("%s names an outside address", file)
			}
		}
	}
	if read < 20 {
		t.Errorf("%d files read", read)
	}
}
