package issuer_test

import (
	"bytes"
	"testing"
	"time"

	"pocketpass/push"
	"pocketpass/store/kv"
)

// damage flips a bit in each record of a table whose key holds part, beneath the
// store, and returns what repairs them.
func (w *world) damage(t *testing.T, table kv.Table, part string) (repair func()) {
	t.Helper()
	flip := func() {
		must(t, w.engine.Engine.Update(t.Context(), func(tx kv.Writer) error {
			keys, values := [][]byte{}, [][]byte{}
			err := tx.Scan(table, kv.Range{}, func(key, value []byte) error {
				if bytes.Contains(key, []byte(part)) {
					keys, values = append(keys, bytes.Clone(key)), append(values, bytes.Clone(value))
				}
				return nil
			})
			if len(keys) == 0 {
				t.Errorf("no record of %s to damage", table)
			}
			for n, value := range values {
				value[len(value)-1] ^= 1
				must(t, tx.Put(table, keys[n], value))
			}
			return err
		}))
	}
	flip()
	return flip
}

// TestDamagedRecordStopsNoOtherPush: the push that it is about is tried again later.
func TestDamagedRecordStopsNoOtherPush(t *testing.T) {
	for _, table := range []kv.Table{"device", "push"} {
		t.Run(string(table), func(t *testing.T) {
			running(t, func(t *testing.T, w *world) {
				p := w.issue(t)
				for k := range 10 {
					w.register(t, p, phoneNumber(k))
				}
				answer := make(chan struct{})
				w.push.script(func(push.Notification) push.Result {
					<-answer
					return push.Result{Outcome: push.Accepted, Status: 200}
				})
				w.change(t, p, "stamps", 1)
				w.pushed(t, 10)
				key := phoneNumber(3).library
				if table == "push" {
					key = phoneNumber(3).token
				}
				repair := w.damage(t, table, key)
				close(answer)
				time.Sleep(30 * time.Minute)
				w.pushed(t, 10)
				if n := w.log.count("settle push"); n != 1 {
					t.Errorf("the damage was told %d times in half an hour", n)
				}
				q := w.issue(t)
				w.register(t, q, phone{"later", "0000ffff"})
				w.change(t, q, "stamps", 1)
				w.pushed(t, 11)
				repair()
				time.Sleep(time.Hour)
				w.pushed(t, 12)
				w.wantQueued(t, 0)
			})
		})
	}
}

// TestFanOutPassesOverDamage: what cannot be read keeps nobody else from being
// told, neither in this fan-out nor in the next.
func TestFanOutPassesOverDamage(t *testing.T) {
	tests := []struct {
		table       kv.Table
		key         string
		first, both int // pushes after one publication and after two
		told        int // lines of log after the first
	}{
		{"registration", phoneNumber(3).library, 9, 18, 1},
		{"device", phoneNumber(3).library, 9, 18, 1},
		{"fanout", "", 0, 10, 0},
	}
	for _, tt := range tests {
		t.Run(string(tt.table), func(t *testing.T) {
			w := newWorld(t)
			for k := range 10 {
				w.register(t, w.issue(t), phoneNumber(k))
			}
			w.republish(t, newer)
			repair := w.damage(t, tt.table, tt.key)
			w.deliver(t)
			if n := w.push.count(); n != tt.first {
				t.Errorf("%d pushes, want %d", n, tt.first)
			}
			if n := w.log.count("passed over"); n != tt.told {
				t.Errorf("%d registrations were told, want %d", n, tt.told)
			}
			w.clock.add(time.Minute)
			w.republish(t, document)
			w.deliver(t)
			if n := w.push.count(); n != tt.both {
				t.Errorf("%d pushes after the next publication, want %d", n, tt.both)
			}
			repair()
		})
	}
}
