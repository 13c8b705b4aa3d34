package walletkit_test

import (
	"net/http"
	"testing"

	"pocketpass/server/compat/compattest"
)

func BenchmarkIssue(bench *testing.B) {
	b := newBrand(bench)
	id := b.template(bench, b.concert())
	campaign := compattest.Record(bench, b.Server, b.pass(bench, id, nil).issued()).Campaign.Short()
	compattest.Compare(bench,
		func() {
			b.Post(bench, "/api/v1/campaigns/"+campaign+"/passes", `{"values": {"seat": "C 17", "door": 3}}`).Status(bench, 201)
		},
		func() {
			b.send(bench, http.MethodPost, templates+"/"+id, `{"keys": [{"key": "seat", "value": "C 17"}, {"key": "door", "value": 3}]}`).Status(bench, 200)
		})
}

func BenchmarkGet(bench *testing.B) {
	b := newBrand(bench)
	id := b.template(bench, b.concert())
	compattest.Compare(bench,
		func() { b.Get(bench, "/api/v1/templates/"+id).Status(bench, 200) },
		func() { b.send(bench, http.MethodGet, templates+"/"+id, nil).Status(bench, 200) })
}
