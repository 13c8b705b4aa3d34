package passkit_test

import (
	"fmt"
	"net/http"
	"testing"

	"pocketpass/server/compat/compattest"
)

func BenchmarkIssue(b *testing.B) {
	a := newAccount(b)
	a.prepared(b, "Bench")
	record := compattest.Record(b, a.Server, a.issued(a.issue(b, members{"templateName": "Bench"})))
	header := a.authorization()
	compattest.Compare(b,
		func() {
			a.Post(b, "/api/v1/campaigns/"+record.Campaign.Short()+"/passes", `{"values": {"beans": 12, "holder": "Ana Sol", "cardNo": "77001044"}}`).Status(b, 201)
		},
		func() {
			a.Anonymous().Send(b, http.MethodPost, root+"/v2/passes", `{"templateName": "Bench", "dynamicData": {"beans": 12, "holder": "Ana Sol", "cardNo": "77001044"}}`, header).Status(b, 200)
		})
}

func BenchmarkGet(b *testing.B) {
	a := newAccount(b)
	a.prepared(b, "Bench")
	id := a.issue(b, member("Bench", ""))
	record := compattest.Record(b, a.Server, a.issued(id))
	header := a.authorization()
	compattest.Compare(b,
		func() { a.Get(b, "/api/v1/passes/"+record.ID.Short()).Status(b, 200) },
		func() { a.Anonymous().Get(b, root+"/v2/passes/"+id, header).Status(b, 200) })
}

// BenchmarkList reads a page of 25 from the middle of as many passes as -short leaves.
func BenchmarkList(b *testing.B) {
	a := newAccount(b)
	a.prepared(b, "Bench")
	for range 20 {
		batch := make([]any, 25)
		for n := range batch {
			batch[n] = members{"templateName": "Bench", "dynamicData": members{"beans": n}}
		}
		a.send(b, "POST", "/v2/passesBatch", members{"passes": batch}).Status(b, 200)
	}
	record := compattest.Record(b, a.Server, a.issued(a.issue(b, members{"templateName": "Bench"})))
	header := a.authorization()
	compattest.Compare(b,
		func() {
			a.Get(b, "/api/v1/passes?campaign="+record.Campaign.Short()+"&limit=25").Status(b, 200)
		},
		func() {
			a.Anonymous().Send(b, http.MethodPost, root+"/v1/passes", `{"size": 25, "from": 250, "passFilter": {"campaignName": "Bench"}}`, header).Status(b, 200)
		})
}

func BenchmarkRedeem(b *testing.B) {
	a := newAccount(b)
	a.prepared(b, "Bench")
	header := a.authorization()
	next := func() string { return a.issue(b, members{"templateName": "Bench"}) }
	var native, own []string
	for range 200 {
		native = append(native, compattest.Record(b, a.Server, a.issued(next())).ID.Short())
		own = append(own, next())
	}
	compattest.Compare(b,
		func() {
			if len(native) > 0 {
				a.Post(b, "/api/v1/redemptions", fmt.Sprintf(`{"pass": %q}`, native[0])).Status(b, 201)
				native = native[1:]
			}
		},
		func() {
			if len(own) > 0 {
				a.Anonymous().Send(b, http.MethodPut, root+"/v2/passes/"+own[0]+"/redeem", nil, header).Status(b, 200)
				own = own[1:]
			}
		})
}
