package passkit_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/compat/passkit"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// called is one request to a receiver.
type called struct {
	*http.Request
	body []byte
}

// receiver is a client's own server. It keeps what it is called with.
type receiver struct {
	*httptest.Server

	mu      sync.Mutex
	answers []int // to the first calls, in turn; all others are answered 200
	calls   []called
}

func newReceiver(t *testing.T, answers ...int) *receiver {
	t.Helper()
	r := &receiver{answers: answers}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls = append(r.calls, called{q, body}); len(r.calls) <= len(r.answers) {
		w.Header().Set("Location", r.URL+"/elsewhere")
		w.WriteHeader(r.answers[len(r.calls)-1])
	}
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.calls)
}

// call waits for the n-th call.
func (r *receiver) call(t *testing.T, a *account, n int) called {
	t.Helper()
	a.Until(t, "a callback", func() bool { return r.count() >= n })
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[n-1]
}

// told makes a campaign that tells a receiver of everything, each kind at its own path,
// and a template of the same name.
func (a *account) told(t *testing.T, name string, r *receiver) {
	t.Helper()
	a.send(t, "POST", "/v2/campaigns", with(a.campaign(name), members{"callbackUrl": members{"onIssueCallbackUrl": r.URL + "/issue", "onUpdateCallbackUrl": r.URL + "/update",
		"onRegisterCallbackUrl": r.URL + "/register", "onDeregisterCallbackUrl": r.URL + "/deregister"}})).Status(t, 200)
	a.templated(t, name, card(name, name))
}

// TestCallbacks has a real receiver told of all that happens to a pass. Bodies are compared
// to the byte, with the pass as it can be read; a token opens the account, so the
// account's secret signed it.
func TestCallbacks(t *testing.T) {
	a, r := newAccount(t), newReceiver(t)
	a.told(t, "Told", r)
	id := ""
	phone := a.Phone(t)
	steps := []struct {
		record, event, wallet string
		do                    func()
	}{
		{"callback-issue", "issue", "", func() { id = a.issue(t, member("Told", "C-1")) }},
		{"callback-register", "register", `"wallet":"passbook",`, func() {
			if _, err := phone.Install(t.Context(), a.issued(id).URL); err != nil {
				t.Fatal(err)
			}
		}},
		{"callback-update", "update", "", func() {
			a.send(t, "PUT", "/v2/passes/"+id, members{"dynamicData": members{"beans": 13}}).Status(t, 200)
		}},
		{"callback-redeem", "update", "", func() { a.send(t, "PUT", "/v2/passes/"+id+"/redeem", nil).Status(t, 200) }},
		{"callback-deregister", "deregister", `"wallet":"passbook",`, func() {
			if err := phone.Remove(t.Context(), servertest.PassTypeIdentifier, id); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for n, step := range steps {
		a.Clock.Advance(time.Minute)
		step.do()
		got := r.call(t, a, n+1)
		a.record.Received(t, step.record, got.Request, got.body, "Content-Type", "Authorization")
		want := `{"event":"` + step.event + `","eventAt":"` + a.Clock.Now().Format(time.RFC3339) + `","id":"` + id + `","campaignName":"Told","templateName":"Told","userDefinedId":"C-1",` +
			step.wallet + `"pass":` + string(a.send(t, "GET", "/v2/passes/"+id, nil).Body) + `}`
		if string(got.body) != want || got.URL.Path != "/"+step.event || got.Method != "POST" {
			t.Errorf("%s %s %s, want %s", got.Method, got.URL, got.body, want)
		}
		a.Anonymous().Get(t, root+"/v2/campaigns", "Authorization: "+got.Header.Get("Authorization")).Status(t, 200)
	}
	a.send(t, "PUT", "/v2/passes/"+id, members{"dynamicData": members{"beans": 13}, "isVoided": false}).Status(t, 200) // which is so already
	a.send(t, "POST", "/v2/passesBatch", members{"passes": []any{member("Told", ""), members{"templateName": "None"}}}).Status(t, 400)
	a.send(t, "POST", "/v2/passesBatch", members{"passes": []any{member("Told", ""), member("Told", "")}}).Status(t, 200)
	r.call(t, a, len(steps)+2)
	for _, d := range a.deliveries(t, "Told", "onIssueCallbackUrl") {
		if d.State != store.DeliveryQueued && d.State != store.DeliveryDelivered {
			t.Errorf("%+v", d)
		}
	}
	if n := r.count(); n != len(steps)+2 {
		t.Errorf("%d calls, want %d: one for each new pass, none for what failed or changed nothing", n, len(steps)+2)
	}
}

// deliveries are the callbacks of one kind of a campaign, sent or not.
func (a *account) deliveries(t *testing.T, campaign, member string) (all []store.Delivery) {
	t.Helper()
	err := a.Store.View(t.Context(), func(r store.Reader) error {
		c, err := r.CampaignByFormer(a.Actor.Org, store.Former{Service: "passkit", ID: campaign})
		if err != nil {
			return err
		}
		all, _, err = r.Deliveries(c.Receivers[member], nil, store.Page{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestCallbackTries has a receiver refuse, also by a redirect, which is not followed, and
// by 410, which ends nothing: after five tries a callback is given up, and the next one of
// the pass has its turn.
func TestCallbackTries(t *testing.T) {
	pace := passkit.CallbackPace()
	if pace.Within != 10*time.Second || len(pace.Waits) != 4 || pace.Gone {
		t.Fatalf("the pace is %+v", pace)
	}
	a, r := newAccount(t), newReceiver(t, 200, 500, 302, 410, 404, 503)
	a.told(t, "Refused", r)
	id := a.issue(t, member("Refused", ""))
	r.call(t, a, 1)
	for n := range 2 {
		a.send(t, "PUT", "/v2/passes/"+id, members{"dynamicData": members{"beans": n}}).Status(t, 200)
	}
	for n, wait := range pace.Waits {
		a.Until(t, "the callback was tried", func() bool { return a.deliveries(t, "Refused", "onUpdateCallbackUrl")[0].Attempts == n+1 })
		a.Advance(t, wait*6/5)
	}
	a.Until(t, "the second is delivered", func() bool {
		all := a.deliveries(t, "Refused", "onUpdateCallbackUrl")
		return all[0].State == store.DeliveryFailed && all[1].State == store.DeliveryDelivered
	})
	a.Advance(t, 4*24*time.Hour)
	if n := r.count(); n != 7 {
		t.Errorf("%d calls, want 7", n)
	}
}

// TestCallbackAtTheEnd: the end of a campaign voids its passes, tells of each once, and
// phones; a later end brings none back.
func TestCallbackAtTheEnd(t *testing.T) {
	a, r := newAccount(t), newReceiver(t)
	a.told(t, "Ending", r)
	id := a.issue(t, member("Ending", ""))
	phone := a.Phone(t)
	if _, err := phone.Install(t.Context(), a.issued(id).URL); err != nil {
		t.Fatal(err)
	}
	r.call(t, a, 2)
	end := func(in time.Duration) {
		a.send(t, "PUT", "/v2/campaigns/Ending", members{"endDate": a.Clock.Now().Add(in).Format(time.RFC3339)}).Status(t, 200)
	}
	end(time.Hour)
	a.Advance(t, time.Hour+time.Second)
	got := decoded(t, r.call(t, a, 3).body)
	if got["event"] != "update" || got["id"] != id || got["pass"].(members)["isVoided"] != true {
		t.Errorf("%v", got)
	}
	phone.Until(t, "the phone shows the pass void", func() bool {
		return phone.Shows(t, compattest.Record(t, a.Server, a.issued(id))).Document.Voided != nil
	})
	end(time.Hour)
	a.Advance(t, 2*time.Hour)
	if a.pass(t, id)["isVoided"] != true || r.count() != 3 {
		t.Errorf("%d calls, want 3", r.count())
	}
}

// TestCallbackAddresses sets, shows, changes and takes away the addresses of a campaign.
func TestCallbackAddresses(t *testing.T) {
	a, r := newAccount(t), newReceiver(t)
	a.told(t, "Addressed", r)
	shown := func() members {
		return decoded(t, a.send(t, "GET", "/v2/campaigns/Addressed", nil).Body)["callbackUrl"].(members)
	}
	if got := shown(); len(got) != 4 || got["onDeregisterCallbackUrl"] != r.URL+"/deregister" {
		t.Errorf("%v", got)
	}
	a.send(t, "PUT", "/v2/campaigns/Addressed", members{"callbackUrl": members{"onIssueCallbackUrl": "", "onUpdateCallbackUrl": r.URL + "/new"}}).Status(t, 200)
	if got := shown(); len(got) != 3 || got["onUpdateCallbackUrl"] != r.URL+"/new" {
		t.Errorf("%v", got)
	}
	for address, want := range map[string]string{
		"ftp://x": "onIssueCallbackUrl must be an absolute http or https address", "/hook": "onIssueCallbackUrl must be an absolute http or https address",
	} {
		fails(t, a.send(t, "PUT", "/v2/campaigns/Addressed", members{"callbackUrl": members{"onIssueCallbackUrl": address}}), 400, "Invalid value for field callbackUrl: "+want)
	}
	inner := "http://10.1.2.3/hook"
	if got := a.send(t, "PUT", "/v2/campaigns/Addressed", members{"callbackUrl": members{"onIssueCallbackUrl": inner}}); got.Code != 400 {
		t.Errorf("an inner address is answered %d %s", got.Code, got.Body)
	}
	if got := shown(); len(got) != 3 {
		t.Errorf("%v", got)
	}
}
