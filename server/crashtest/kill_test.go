package crashtest_test

import (
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"
)

var killsFlag = flag.Int("crash.kills", 0, "how often TestKill kills the server; 0 means 60 where CI=true, else 10, or 4 with -short")

func kills() int {
	switch {
	case *killsFlag > 0:
		return *killsFlag
	case os.Getenv("CI") == "true":
		return 60
	case testing.Short():
		return 4
	}
	return 10
}

// TestKill kills the server again and again under load. A killed process loses nothing
// that it handed to the kernel, so this shows that no answer comes before its commit,
// that a start after a crash needs no help and no time, and that what belongs
// together is there together. That commits are synced is shown by TestPowerCut.
func TestKill(t *testing.T) {
	exe, data, seed := executable(t, ""), t.TempDir(), rand.Uint64()
	p := mustStart(t, exe, data)
	w := newWorld(t, seed, p)
	ready := []time.Duration{p.ready}
	for range kills() {
		w.load(p, w.moment(50*time.Millisecond, 300*time.Millisecond), p.kill)
		check(t, data)
		p = mustStart(t, exe, data)
		ready = append(ready, p.ready)
		w.verify(p)
	}
	w.verifyAll(p)
	p.term(t)
	p.exit(t)
	check(t, data)
	slices.Sort(ready)
	t.Logf("seed %d: %d kills, %d writes acknowledged, %d lost, %d other faults, %d took place unanswered; ready after %v (median), %v (slowest)",
		seed, len(ready)-1, w.acks, len(w.lost), len(w.broken), w.unanswered, ready[len(ready)/2], ready[len(ready)-1])
	w.fail(t)
	wantReady(t, ready)
	if least := int64(20 * kills()); w.acks < least {
		t.Errorf("only %d writes were acknowledged; fewer than %d prove nothing", w.acks, least)
	}
}

// wantReady allows a single start to be slow, for others may use the machine too.
func wantReady(t *testing.T, sorted []time.Duration) {
	t.Helper()
	if median := sorted[len(sorted)/2]; median > time.Second {
		t.Errorf("half of the starts took longer than %v to be ready, want a second", median)
	}
	if slowest := sorted[len(sorted)-1]; slowest > 5*time.Second {
		t.Errorf("a start took %v to be ready", slowest)
	}
}

// TestKillFirstStart kills the server while it makes its files and its first records.
// The next start has to do without help.
func TestKillFirstStart(t *testing.T) {
	exe := executable(t, "")
	began := time.Now()
	mustStart(t, exe, t.TempDir()).kill()
	whole := time.Since(began)
	rounds := max(4, kills()/4)
	for n := range rounds {
		data := t.TempDir()
		p, _ := launch(t, exe, data)
		<-time.After(whole * time.Duration(n) / time.Duration(rounds)) // from at once to ready
		p.kill()
		again, err := start(t, exe, data)
		if err != nil {
			t.Errorf("after a kill in the middle of the first start: %v", err)
			continue
		}
		again.term(t)
		again.exit(t)
		check(t, data)
	}
}
