// Package storytest plays the stories in testdata/stories: scripts that run a loyalty
// programme, a coupon campaign, an event's door and a boarding desk by HTTP alone, with
// phones that the server's pushes really reach.
//
// README.md beside the stories says how they are written. The package knows nothing of
// the server but its addresses and one admin key.
package storytest_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const stories = "../../testdata/stories"

func TestStories(t *testing.T) {
	all, err := filepath.Glob(stories + "/*.txt")
	if err != nil || len(all) < 9 {
		t.Fatalf("%d stories, %v", len(all), err)
	}
	for _, path := range all {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			play(t, filepath.Base(path), string(text))
		})
	}
}

// TestFaultsAreFound: what a story expects in vain has to fail it, with its line.
func TestFaultsAreFound(t *testing.T) {
	const made = "POST /people\n    {\"name\": \"Ada\"}\n    201\n        let ada = id\n"
	for story, want := range map[string]string{
		"GET /people":          "story:1: no answer is expected",
		"GET /people\n    404": "story:2: ",
		"GET /people\n    200\n        want items = 7":                         "story:3: items is [], want 7",
		"GET /people\n    200\n        want items.# ~x":                        "story:3: ",
		"GET /people\n    200\n        let x = who":                            "story:3: there is no who in",
		"GET /people\n    200\n        hope x = y":                             "story:3: ",
		"GET /people/$ada\n    200":                                            "story:1: nothing is called $ada",
		"    200":                                                              "story:1: ",
		"PLEASE /people\n    200":                                              "story:1: ",
		"repeat no GET /people\n    200":                                       "story:1: ",
		made + "GET /people/$ada\n    200\n        want name = Eve":            "story:7: name is Ada, want Eve",
		made + "race 3 GET /people/$ada\n    2 x 200\n    1 x 404":             "story:6: ",
		made + "race 3 GET /people/$ada\n    2 x 200":                          "story:6: 3 answers of 200, want 2",
		made + "repeat 2 GET /people/$ada\n    200\n        want name ~ Ada$n": "story:7: name is Ada, want Ada1 in it",
		"as nobody\nGET /people\n    200":                                      "story:3: ",
		"phone ada shows stamps = 1":                                           "story:1: phone ada has no pass",
		"phone ada installs https://passes.example.org/p/none":                 "story:1: ",
		"receiver shop took pass.created":                                      "story:1: receiver shop never opened",
		"forward old":                                                          "story:1: ",
		"clock later":                                                          "story:1: ",
		"table members 2\n    name\n    x\n    every 0 x":                      "story:4: ",
		"POST /assets\n    form kind=icon file=@missing.png\n    201":          "story:1: ",
		"GET /people\n    200\n        want items.0.name = x":                  "story:3: items.0.name is none, want x",
	} {
		if got := failure(t, story); !strings.HasPrefix(got, want) || got == "" {
			t.Errorf("%q fails with %q, want %q", story, got, want)
		}
	}
}

// failure plays a story and returns with what it fails, empty if it does not.
func failure(t *testing.T, story string) (why string) {
	t.Run("", func(t *testing.T) {
		caught := &catcher{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			play(caught, "story", story)
		}()
		<-done
		why = caught.why
	})
	return why
}

// catcher is a test that may fail.
type catcher struct {
	testing.TB
	why string
}

func (c *catcher) Fatal(args ...any) {
	c.Helper()
	for _, a := range args {
		if err, ok := a.(error); ok {
			c.why = err.Error()
		}
	}
	runtime.Goexit()
}
