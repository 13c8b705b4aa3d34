package demo_test

import (
	"context"
	"encoding/json"
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

// browser is a page in a headless Chromium, and what it complained about.
type browser struct {
	ctx context.Context

	mu     sync.Mutex
	faults []string
}

// newBrowser starts Chromium. It skips the test only where there is none and no CI.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	bin, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("chromium is missing: CI has to install it")
	} else if err != nil {
		t.Skip("chromium is not installed")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(bin), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("lang", "en-US"))
	alloc, stopAlloc := chromedp.NewExecAllocator(t.Context(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(func() { cancel(); stop(); stopAlloc() })
	b := &browser{ctx: ctx}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	b.do(t, command(cdplog.Enable, cdp.Empty{}), command(runtime.Enable, cdp.Empty{}),
		command(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: reportPolicy}))
	return b
}

// reportPolicy sends violations of the page's policy to the console.
const reportPolicy = `addEventListener("securitypolicyviolation", (e) => console.error("policy", e.violatedDirective, e.blockedURI))`

func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	})
}

// listen keeps what the page says is wrong: exceptions, console errors, failed loads.
func (b *browser) listen(ev any) {
	text := ""
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		text = ev.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		if ev.Type == "error" {
			for _, arg := range ev.Args {
				text += string(arg.Value) + " "
			}
		}
	case *cdplog.EventEntryAdded:
		if ev.Entry.Level == cdplog.EntryLevelError {
			text = ev.Entry.Text + " " + ev.Entry.URL
		}
	}
	if text != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.faults = append(b.faults, text)
	}
}

func (b *browser) said() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string{}, b.faults...)
}

func (b *browser) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		t.Fatalf("%v; the page says %q", err, b.said())
	}
}

// open loads an address in a window of a width, light or dark.
func (b *browser) open(t *testing.T, url string, width int64, scheme string) {
	t.Helper()
	b.do(t, command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: 900, DeviceScaleFactor: 1, Mobile: width < 600}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}),
		chromedp.Navigate(url))
}

// until waits for an expression of the page to become true.
func (b *browser) until(t *testing.T, expression string) {
	t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(20*time.Second))); err != nil {
		t.Fatalf("%s: %v; the page says %q", expression, err, b.said())
	}
}

// shoot keeps a picture of the whole page in the folder that POCKETPASS_SHOTS names.
func (b *browser) shoot(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("POCKETPASS_SHOTS")
	if dir == "" {
		return
	}
	b.until(t, `[...document.images].every((image) => image.complete)`)
	data, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// accessible fails the test for what axe-core calls serious or critical.
func (b *browser) accessible(t *testing.T) {
	t.Helper()
	script, err := os.ReadFile("../../ui/testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	const run = `;axe.run().then((r) => JSON.stringify({passes: r.passes.length,
		bad: r.violations.filter((v) => ["serious", "critical"].includes(v.impact)).map((v) => v.id + ": " + v.nodes.map((n) => n.html).join(" "))}))`
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](string(script)+run, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var result struct {
		Passes int
		Bad    []string
	}
	if err := json.Unmarshal([]byte(out), &result); err != nil || result.Passes == 0 {
		t.Fatalf("axe did not run: %v, %s", err, out)
	}
	if len(result.Bad) > 0 {
		t.Errorf("axe: %s", strings.Join(result.Bad, "\n"))
	}
}
