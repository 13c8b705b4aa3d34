package passtools_test

import (
	"net/url"
	"testing"

	"pocketpass/server/compat/compattest"
)

// benched is an account with a template and passes of it.
func benched(bench *testing.B, passes int) (a *account, template string, native string, last sent) {
	a = newAccount(bench)
	body := voucher()
	template = a.template(bench, body)
	for range max(1, passes) {
		last = a.pass(bench, template, members{"fields": offer("3 for 2")})
	}
	record := compattest.Record(bench, a.Server, compattest.Issued{SerialNumber: last.SerialNumber})
	return a, template, record.Campaign.Short(), last
}

func BenchmarkIssue(bench *testing.B) {
	a, template, campaign, _ := benched(bench, 1)
	body := "json=" + url.QueryEscape(`{"fields":{"offer":{"value":"3 for 2"}}}`) + "&api_key=" + a.key
	compattest.Compare(bench,
		func() {
			a.Caller.Post(bench, "/api/v1/campaigns/"+campaign+"/passes", `{"values": {"offer": "3 for 2"}}`).Status(bench, 201)
		},
		func() {
			a.Anonymous().Post(bench, base+"/pass/"+template, body, formType, rev12).Status(bench, 200)
		})
}

func BenchmarkGet(bench *testing.B) {
	a, _, _, p := benched(bench, 1)
	record := compattest.Record(bench, a.Server, compattest.Issued{SerialNumber: p.SerialNumber})
	compattest.Compare(bench,
		func() { a.Caller.Get(bench, "/api/v1/passes/"+record.ID.Short()).Status(bench, 200) },
		func() { a.Anonymous().Get(bench, base+"/pass/"+p.ID+"?api_key="+a.key, rev12).Status(bench, 200) })
}

func BenchmarkList(bench *testing.B) {
	a, _, _, _ := benched(bench, 60)
	compattest.Compare(bench,
		func() { a.Caller.Get(bench, "/api/v1/passes?limit=25").Status(bench, 200) },
		func() {
			a.Anonymous().Get(bench, base+"/pass?pageSize=25&page=2&api_key="+a.key, rev12).Status(bench, 200)
		})
}
