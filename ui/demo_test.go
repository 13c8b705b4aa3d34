package ui_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

const onPhone = `document.querySelector("#phone-pass .pk-front [data-key=stamps] dd")?.textContent`

// TestDemo follows the story of the page: install, change, offline, void, remove.
func TestDemo(t *testing.T) {
	fake, h := newFakeDemo(t)
	b := newBrowser(t, h)
	b.open(t, "/", 1280, "light")
	b.until(t, `document.querySelector("#server-pass .pk-front") !== null`)
	b.until(t, `!document.getElementById("empty").hidden && document.getElementById("remove").disabled`)
	b.axe(t)
	b.shoot(t, "demo-empty")

	b.run(t, chromedp.Click("#install"))
	b.until(t, onPhone+` === "3"`)
	change(t, b, "4")
	b.until(t, onPhone+` === "4"`)
	b.until(t, `document.querySelector("#notices li").textContent.includes("You now have 4 stamps")`)
	b.until(t, `document.querySelector("#phone-pass [data-key=stamps] dd").classList.contains("pk-changed")`)
	b.until(t, `document.querySelectorAll("#log li").length === 7`)
	b.axe(t)
	b.shoot(t, "demo")

	b.run(t, chromedp.Click("#online"))
	b.until(t, `document.getElementById("signal").textContent.includes("Offline")`)
	change(t, b, "5")
	b.until(t, `document.querySelector("#server-pass [data-key=stamps] dd").textContent === "5"`)
	b.until(t, onPhone+` === "4"`)
	b.run(t, chromedp.Click("#online"))
	b.until(t, onPhone+` === "5"`)

	b.run(t, chromedp.Click("#void"))
	b.until(t, `document.querySelector("#phone-pass .pk").dataset.state === "voided"`)
	b.until(t, `document.getElementById("void").textContent === "Make valid again" && !document.querySelector("[aria-pressed]")`)
	b.shoot(t, "demo-void")
	change(t, b, "11")
	b.until(t, `document.getElementById("error").textContent.includes("10 is the most")`)
	b.until(t, inSight)
	b.run(t, chromedp.Click("#remove"))
	b.until(t, `!document.getElementById("empty").hidden`)
	b.clean(t)
	fake.mu.Lock()
	defer fake.mu.Unlock()
	if fake.phone.Installed {
		t.Error("the pass is still on the phone")
	}
}

// inSight says that the message stands where the one who pressed the button looks.
const inSight = `((box) => box.height > 0 && box.top >= 0 && box.bottom <= innerHeight)(document.getElementById("error").getBoundingClientRect())`

// change types a number of stamps and saves it.
func change(t *testing.T, b *browser, stamps string) {
	t.Helper()
	b.run(t, chromedp.SetValue("#value-stamps", stamps), chromedp.Click("#change button[type=submit]"))
}

// TestDemoNarrowAndDark holds the page to a phone's width and to dark colours.
func TestDemoNarrowAndDark(t *testing.T) {
	_, h := newFakeDemo(t)
	b := newBrowser(t, h)
	for _, tt := range []struct {
		name, scheme string
		width        int64
	}{{"phone", "light", 390}, {"phone-dark", "dark", 390}, {"tablet", "light", 820}, {"demo-dark", "dark", 1280}} {
		b.open(t, "/", tt.width, tt.scheme)
		b.until(t, `document.querySelector("#server-pass .pk-front") !== null`)
		b.until(t, `document.getElementById("signal").textContent !== ""`)
		b.run(t, chromedp.Evaluate[chromedp.Void](`document.getElementById("empty").hidden || document.getElementById("install").click(); ({})`))
		b.until(t, onPhone+` === "3"`)
		b.until(t, `document.documentElement.scrollWidth <= innerWidth`)
		b.axe(t)
		b.shoot(t, tt.name)
	}
	b.clean(t)
}

// TestAxe pins the checker, so that it cannot be replaced unseen.
func TestAxe(t *testing.T) {
	const want = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c" // axe-core 4.14.1, axe.min.js
	data, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("sha-256 is %s, want %s", got, want)
	}
}
