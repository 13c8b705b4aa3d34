package issuer_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
	"pocketpass/store/kv"
)

// watched is an engine that notes which tables transactions that write look into.
type watched struct {
	kv.Engine
	read map[kv.Table]int
}

func (e watched) Update(ctx context.Context, fn func(kv.Writer) error) error {
	return e.Engine.Update(ctx, func(w kv.Writer) error { return fn(watchedWriter{w, e.read}) })
}

type watchedWriter struct {
	kv.Writer
	read map[kv.Table]int
}

func (w watchedWriter) Get(t kv.Table, key []byte) ([]byte, bool, error) {
	w.read[t]++
	return w.Writer.Get(t, key)
}

func (w watchedWriter) Scan(t kv.Table, r kv.Range, fn func(key, value []byte) error) error {
	w.read[t]++
	return w.Writer.Scan(t, r, fn)
}

// TestRulesCostWhatTheyAre: whoever has no rules does not pay for them.
func TestRulesCostWhatTheyAre(t *testing.T) {
	w := newWorld(t)
	spy := watched{w.engine, make(map[kv.Table]int)}
	db, err := store.Open(t.Context(), spy, w.clock.Now)
	must(t, err)
	config := w.config
	config.DB = db
	w.Issuer = issuer.New(config)
	clear(spy.read)
	w.issue(t)
	plain := maps.Clone(spy.read)
	for _, table := range []kv.Table{"code", "code_text", "pass_code", "campaign_places", "campaign_meta", "setting", "person", "pass_holder"} {
		if plain[table] > 0 {
			t.Errorf("%s is read; all: %v", table, plain)
		}
	}
	if plain["counter"] != 2 || plain["campaign"] == 0 {
		t.Errorf("read %v of %v, want the two counters that are counted", plain["counter"], slices.Sorted(maps.Keys(plain)))
	}
}
