package demo_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const onPhone = `document.querySelector("#phone-pass .pk-front [data-key=stamps] dd")?.textContent`

// TestLive drives the demo as a visitor does: install, change, read along, remove.
func TestLive(t *testing.T) {
	b := newBrowser(t)
	s := start(t)
	b.open(t, s.BaseURL()+"/", 1280, "light")
	b.until(t, `document.querySelector("#server-pass .pk-front") !== null && !document.getElementById("empty").hidden`)
	b.accessible(t)
	b.shoot(t, "live-empty")

	b.do(t, chromedp.Click("#install"))
	b.until(t, onPhone+` === "3"`)
	fastest := b.stamp(t, 4)
	b.until(t, `document.querySelector("#notices li").textContent.includes("You now have 4 stamps")`)
	b.until(t, `document.querySelectorAll("#log li").length === 7`)
	b.until(t, `[...document.querySelectorAll("#log li")].some((li) => li.textContent.includes("/3/device/"))`)
	b.accessible(t)
	b.shoot(t, "live")

	if fastest = min(fastest, b.stamp(t, 5), b.stamp(t, 6)); fastest > time.Second { // a busy machine may hold up one
		t.Errorf("the phone followed after %s, want at most a second", fastest)
	}
	b.do(t, chromedp.Click("#remove"))
	b.until(t, `!document.getElementById("empty").hidden`)
	for _, fault := range b.said() {
		t.Errorf("the page says: %s", fault)
	}
}

// stamp sets the number of stamps by the form and returns how long the phone took.
func (b *browser) stamp(t *testing.T, n int) time.Duration {
	t.Helper()
	begun := time.Now()
	b.do(t, chromedp.SetValue("#value-stamps", fmt.Sprint(n)), chromedp.Click("#change button[type=submit]"))
	b.until(t, fmt.Sprintf(`%s === "%d"`, onPhone, n))
	return time.Since(begun)
}

// TestLooks takes pictures for people: narrow, dark, void, the pass's own page.
func TestLooks(t *testing.T) {
	b := newBrowser(t)
	s := start(t)
	if a := s.tap(t, "install"); a.Code != 200 {
		t.Fatal(string(a.Body))
	}
	for _, tt := range []struct {
		name, scheme string
		width        int64
	}{{"phone", "light", 390}, {"tablet-dark", "dark", 820}, {"wide-dark", "dark", 1440}} {
		b.open(t, s.BaseURL()+"/", tt.width, tt.scheme)
		b.until(t, onPhone+` === "3"`)
		b.until(t, `document.documentElement.scrollWidth <= innerWidth`)
		b.accessible(t)
		b.shoot(t, "live-"+tt.name)
	}
	page, _ := s.demo.Links()
	for _, width := range []int64{390, 1000} {
		b.open(t, page, width, "light")
		b.until(t, `document.querySelector("#pass .pk-front") !== null`)
		b.accessible(t)
		b.shoot(t, fmt.Sprintf("page-%d", width))
	}
	for _, fault := range b.said() {
		t.Errorf("the page says: %s", fault)
	}
}
