package issuer_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"
)

// contextDone is a context with its end.
func contextDone(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(t.Context())
}

// TestRunLeavesNothingBehind starts and ends the workers several times.
func TestRunLeavesNothingBehind(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.register(t, p, phoneNumber(1))
	w.change(t, p, "stamps", 1)
	before := goleak.IgnoreCurrent()
	for range 3 {
		ctx, stop := contextDone(t)
		done := make(chan error)
		go func() { done <- w.Run(ctx) }()
		stop()
		must(t, <-done)
	}
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}
