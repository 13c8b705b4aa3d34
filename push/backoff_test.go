package push_test

import (
	"testing"
	"time"

	"pocketpass/push"
)

func TestBackoff(t *testing.T) {
	retry, throttled := push.Result{Outcome: push.Retry}, push.Result{Outcome: push.Throttled}
	tests := []struct {
		name    string
		attempt int
		r       push.Result
		rnd     float64
		want    time.Duration
	}{
		{"first", 1, retry, 0.5, time.Second},
		{"before the first counts as it", 0, retry, 0.5, time.Second},
		{"shortest", 1, retry, 0, 800 * time.Millisecond},
		{"doubled", 4, retry, 0.5, 8 * time.Second},
		{"cap", 1 << 30, retry, 0.5, 15 * time.Minute},
		{"throttled waits a minute", 1, throttled, 0.5, time.Minute},
		{"and never less", 1, throttled, 0, 72 * time.Second},
		{"throttled grows", 8, throttled, 0.5, 128 * time.Second},
		{"stop waits a minute", 1, push.Result{Outcome: push.Stop}, 0.5, time.Minute},
		{"retry after", 1, push.Result{Outcome: push.Retry, RetryAfter: time.Hour}, 0.5, time.Hour},
		{"retry after spreads upwards", 1, push.Result{Outcome: push.Retry, RetryAfter: time.Hour}, 0, 72 * time.Minute},
		{"retry after a year is not believed", 1, push.Result{Outcome: push.Retry, RetryAfter: 365 * 24 * time.Hour}, 0.5, 24 * time.Hour},
		{"accepted", 1, push.Result{Outcome: push.Accepted}, 0.5, 0},
		{"gone", 1, push.Result{Outcome: push.Gone}, 0.5, 0},
		{"bug", 1, push.Result{Outcome: push.Bug}, 0.5, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := push.Backoff(tt.attempt, tt.r, func() float64 { return tt.rnd }); got != tt.want {
				t.Errorf("wait %v, want %v", got, tt.want)
			}
		})
	}
}
