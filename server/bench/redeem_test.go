package bench_test

import (
	"encoding/binary"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"

	"go.etcd.io/bbolt"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// stampCards is how many cards the tills of BenchmarkRedeem64 see.
const stampCards = 20_000

// BenchmarkRedeem64 stamps cards over HTTP from 64 tills: found by external id, entered in the
// ledger, with the pass, its version, history and numbers of the day. The base is that of
// BenchmarkIssue64: bbolt's own Batch, each time to put the bytes of one pass record.
func BenchmarkRedeem64(b *testing.B) {
	a := start(b, folder(b))
	bolt := rawBolt(b)
	record := a.writesOf(b, 1)[0].record()
	rules := store.Redemption{Kind: store.Stamps, Goal: 10}
	_, err := a.Issuer.ChangeCampaign(b.Context(), a.actor, a.campaign.ID, issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Redemption: &rules}})
	must(b, err)
	cards := a.fill(b, stampCards, stampCards)
	tills := clients(b, a.addr, writers)
	own := func() run {
		return crowd(b, writers, func(w int) error {
			return tills[w].send(stampOrder(cards[rand.N(len(cards))]), http.StatusCreated)
		})
	}
	var serial atomic.Uint64
	base := func() run {
		return crowd(b, writers, func(int) error {
			n := serial.Add(1)
			return bolt.Batch(func(tx *bbolt.Tx) error {
				return put(tx, "pass", binary.BigEndian.AppendUint64(nil, n), record)
			})
		})
	}
	compare(b, base, own, "redemptions/s")
}

func stampOrder(p store.Pass) []byte {
	return post("/api/v1/redemptions", []byte(`{"externalId": "`+p.ExternalID+`", "place": "Till 2"}`), bearer)
}
