package ui_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

const pageTime = 3 * time.Minute // for everything that a test does in the browser

// browser is a page in a headless Chromium with what it complained about.
type browser struct {
	ctx context.Context
	url string

	mu     sync.Mutex
	faults []string
}

// newBrowser serves h and starts Chromium. It skips only where there is no
// Chromium and no CI.
func newBrowser(t *testing.T, h http.Handler) *browser {
	t.Helper()
	bin, err := findChromium()
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("chromium is missing: CI has to install it")
	} else if err != nil {
		t.Skip("chromium is not installed")
	}
	server := httptest.NewServer(h)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(bin), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true), chromedp.Flag("lang", "en-US"))
	alloc, stopAlloc := chromedp.NewExecAllocator(t.Context(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	ctx, cancel := context.WithTimeout(ctx, pageTime)
	t.Cleanup(func() { cancel(); stop(); stopAlloc() })
	b := &browser{ctx: ctx, url: server.URL}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	b.run(t, command(cdplog.Enable, cdp.Empty{}), command(runtime.Enable, cdp.Empty{}),
		command(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch}))
	return b
}

func findChromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if bin, err := exec.LookPath(name); err == nil {
			return bin, nil
		}
	}
	return "", exec.ErrNotFound
}

// watch reports violations of the policy to the console, before any script of
// the page runs.
const watch = `document.addEventListener("securitypolicyviolation",
	(e) => console.error("policy: " + e.violatedDirective + " " + e.blockedURI + " " + e.sample))`

// command is an action that sends a command of the protocol.
func command[P, R any](cmd cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, cmd, params)
		return err
	})
}

// listen keeps errors of the page: uncaught exceptions, console, log.
func (b *browser) listen(ev any) {
	var text string
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		text = ev.ExceptionDetails.Text
		if e := ev.ExceptionDetails.Exception; e != nil {
			text += " " + e.Description
		}
	case *runtime.EventConsoleAPICalled:
		if ev.Type == "error" && len(ev.Args) > 0 {
			text = string(ev.Args[0].Value)
		}
	case *cdplog.EventEntryAdded:
		if ev.Entry.Level == cdplog.EntryLevelError && !strings.Contains(ev.Entry.Text, "status of 422") {
			text = ev.Entry.Text + " " + ev.Entry.URL
		}
	}
	if text != "" {
		b.mu.Lock()
		b.faults = append(b.faults, text)
		b.mu.Unlock()
	}
}

func (b *browser) run(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		t.Fatalf("%v; the page says: %q", err, b.faults)
	}
}

// open loads a path at a width, light or dark, with animations at rest.
func (b *browser) open(t *testing.T, path string, width int64, scheme string) {
	t.Helper()
	b.run(t, command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: 900, DeviceScaleFactor: 1, Mobile: width < 600}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}),
		chromedp.Navigate(b.url+path))
}

// until waits for a JavaScript expression to become true.
func (b *browser) until(t *testing.T, expression string) {
	t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(30*time.Second)))
	if err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		t.Fatalf("%s: %v; the page says: %q", expression, err, b.faults)
	}
}

// clean fails the test for whatever the page complained about.
func (b *browser) clean(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		t.Errorf("the page says: %s", fault)
	}
}

// shoot keeps a picture of the whole page where POCKETPASS_SHOTS says.
func (b *browser) shoot(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("POCKETPASS_SHOTS")
	if dir == "" {
		return
	}
	b.until(t, `[...document.images].every((image) => image.complete)`)
	data, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

const axeRun = `axe.run().then((r) => JSON.stringify({
	passes: r.passes.length,
	violations: r.violations.map((v) => ({ id: v.id, impact: v.impact, nodes: v.nodes.map((n) => n.html.slice(0, 200) + " " + n.failureSummary) })),
}))`

// axe runs axe-core and fails for serious and critical findings.
func (b *browser) axe(t *testing.T) {
	t.Helper()
	script, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](string(script)+";"+axeRun, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var result struct {
		Passes     int
		Violations []struct {
			ID, Impact string
			Nodes      []string
		}
	}
	if err := json.Unmarshal([]byte(out), &result); err != nil || result.Passes == 0 {
		t.Fatalf("axe did not run: %v, %s", err, out)
	}
	for _, v := range result.Violations {
		if v.Impact == "serious" || v.Impact == "critical" {
			t.Errorf("axe: %s (%s): %s", v.ID, v.Impact, strings.Join(v.Nodes, "\n"))
		}
	}
}
