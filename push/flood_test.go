package push_test

import (
	"testing"
	"time"

	"pocketpass/push"
)

func TestFlood(t *testing.T) {
	at := newClock().Now()
	good := push.Result{Outcome: push.Accepted, Status: 200, At: at}
	gone := push.Result{Outcome: push.Gone, Status: 410, At: at}
	bad := push.Result{Outcome: push.BadToken, Status: 400, At: at}
	alien := push.Result{Outcome: push.WrongTopic, Status: 400, At: at}
	malformed := push.Result{Outcome: push.BadToken, At: at}
	retry := push.Result{Outcome: push.Retry, Status: 503, At: at}
	nextWeek := good
	nextWeek.At = at.Add(7 * 24 * time.Hour)

	type run struct {
		n    int
		r    push.Result
		last push.Verdict
	}
	tests := []struct {
		name string
		runs []run
	}{
		{"a bad token among good ones is believed", []run{{10, good, push.Believe}, {1, bad, push.Believe}}},
		{"nothing but bad ones is doubted, then alarms", []run{{19, bad, push.Doubt}, {1, bad, push.Alarm}}},
		{"wrong topics count too", []run{{10, alien, push.Doubt}, {10, bad, push.Alarm}}},
		{"twenty of twenty-five are doubted", []run{{5, good, push.Believe}, {19, bad, push.Believe}, {1, bad, push.Doubt}}},
		{"no flood alarms after a good one", []run{{1, good, push.Believe}, {1000, bad, push.Doubt}, {6, good, push.Believe}, {1, bad, push.Believe}}},
		{"nineteen of twenty-five do not", []run{{6, good, push.Believe}, {19, bad, push.Believe}, {5, good, push.Believe}}},
		{"a device that left shows the way to be right", []run{{1, gone, push.Believe}, {1, bad, push.Believe}}},
		{"malformed tokens are no evidence", []run{{100, malformed, push.Believe}, {1, good, push.Believe}}},
		{"no answer is no evidence", []run{{100, retry, push.Believe}, {1, bad, push.Doubt}}},
		{"an alarm stays", []run{{20, bad, push.Alarm}, {100, good, push.Alarm}}},
		{"old answers are forgotten", []run{{19, bad, push.Doubt}, {1, nextWeek, push.Believe}, {10, bad, push.Believe}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f push.Flood
			for i, run := range tt.runs {
				var got push.Verdict
				for range run.n {
					got = f.Judge(topic, run.r)
				}
				if got != run.last {
					t.Errorf("run %d: verdict %s, want %s", i, got, run.last)
				}
			}
		})
	}
}

func TestFloodKeepsTopicsApart(t *testing.T) {
	var f push.Flood
	good := push.Result{Outcome: push.Accepted, Status: 200}
	for range 20 {
		f.Judge("pass.wrong", push.Result{Outcome: push.BadToken, Status: 400})
	}
	if f.Judge("pass.wrong", good) != push.Alarm || f.Judge("pass.right", good) != push.Believe {
		t.Error("want an alarm for the flooded topic alone")
	}
	f.Reset("pass.wrong")
	if f.Judge("pass.wrong", good) != push.Believe {
		t.Error("the alarm outlives Reset")
	}
}
