package issuer

import (
	"pocketpass/store"
)

// callKey names what an authenticated call of an API was about, and who made it.
type callKey struct{ org, campaign, key store.ID }

// Called counts an authenticated call of an API: of the key, and of the campaign that it was
// about, if it was about one; without one, of that which Counted found out. Calls are kept
// in memory and written with what else was observed.
func (i *Issuer) Called(a Actor, campaign store.ID) {
	if campaign == 0 && a.about != nil {
		campaign = *a.about
	}
	o := &i.seen
	o.mu.Lock()
	defer o.mu.Unlock()
	k := callKey{a.Org, campaign, a.Key}
	put(&o.calls, k, o.calls[k]+1, maxSeen)
}

func (o *observations) addCalls(before map[callKey]int64) {
	for k, n := range before {
		put(&o.calls, k, o.calls[k]+n, maxSeen)
	}
}

func writeCalls(tx store.Tx, calls map[callKey]int64) {
	for k, n := range calls {
		if k.campaign != 0 {
			tx.Tally(store.Calls, n, store.Scope{Org: k.org, ID: k.campaign})
		}
		if k.key != 0 {
			tx.Tally(store.Calls, n, store.Scope{Org: k.org, ID: k.key})
		}
	}
}
