package passworks_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/server/access"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/compat/passworks"
	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// receiver is where webhooks go.
type receiver struct {
	*httptest.Server
	got    chan received
	status int // of its answers
}

type received struct {
	*http.Request
	body []byte
}

func newReceiver(t testing.TB) *receiver {
	t.Helper()
	r := &receiver{got: make(chan received, 20), status: http.StatusNoContent}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		r.got <- received{req, body}
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

// next waits for a webhook and returns it with its members.
func (r *receiver) next(t testing.TB) (received, members) {
	t.Helper()
	select {
	case got := <-r.got:
		var in members
		if err := json.Unmarshal(got.body, &in); err != nil {
			t.Fatalf("%v: %s", err, got.body)
		}
		return got, in
	case <-time.After(20 * time.Second):
		t.Fatal("no webhook came")
	}
	panic("not reached")
}

// webhook makes an endpoint of the account, as an admin does.
func (a *account) webhook(t testing.TB, url string, more members) *servertest.Answer {
	t.Helper()
	user, password := a.userAndPassword(t)
	return a.Anonymous().Send(t, "POST", "/api/v1/webhooks", with(members{"url": url, "form": "passworks"}, more), "Authorization: Bearer "+user+"."+password)
}

// userAndPassword are what the account comes with.
func (a *account) userAndPassword(t testing.TB) (user, password string) {
	t.Helper()
	r := http.Request{Header: http.Header{}}
	name, value, _ := strings.Cut(a.headers[0], ": ")
	r.Header.Set(name, value)
	user, password, ok := r.BasicAuth()
	if !ok {
		t.Fatal("the account has no credentials")
	}
	return user, password
}

// TestWebhooks lets a pass have everything happen to it that webhooks tell of.
func TestWebhooks(t *testing.T) {
	a := newAccount(t, compattest.AllowLoopback())
	to := newReceiver(t)
	a.webhook(t, to.URL+"/hook", nil).Status(t, 201)
	_, password := a.userAndPassword(t)
	a.record.Secrets = append(a.record.Secrets, password)

	p := a.Issue(t, store.Campaign{}, nil)
	recorded := make(map[string]bool)
	want := func(events ...string) (last members) {
		t.Helper()
		for range events {
			got, in := to.next(t)
			event := in["event"].(string)
			if !slices.Contains(events, event) {
				t.Fatalf("told of %v, want %v", event, events)
			}
			if h := got.Header.Get("Authorization"); h != password {
				t.Errorf("%s: Authorization is %q, want the bare key", event, h)
			}
			if extra, ip := in["event_extra"].(members), "127.0.0.1"; !slices.Contains([]string{"created", "redeemed"}, event) && extra["ip"] != ip {
				t.Errorf("%s from %v, want %s", event, extra["ip"], ip)
			}
			if !recorded[event] {
				a.record.Received(t, "webhook-"+event, got.Request, got.body, "Authorization", "Content-Type")
			}
			recorded[event] = true
			if event == events[0] {
				last = in
			}
		}
		return last
	}
	if in := want("created"); in["pass_id"] != p.ID.UUID() || in["campaign_id"] != p.Campaign.UUID() || in["serial_number"] != p.SerialNumber {
		t.Errorf("told of %v", in)
	}
	phone := a.Phone(t, p)
	a.flush(t)
	installed := want("installed", "downloaded") // what was seen may be told before what was done
	phone.WantUpdates(t, a.Change(t, p, servertest.Values{"stamps": 3}), 1)
	a.flush(t)
	if in := want("fetched"); in["last_fetched_at"] != in["event_at"] {
		t.Errorf("fetched at %v, last at %v", in["event_at"], in["last_fetched_at"])
	}
	if _, err := a.Issuer.Redeem(t.Context(), a.Actor, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}, Note: "till 2"}); err != nil {
		t.Fatal(err)
	}
	if in := want("redeemed"); in["redeemed_count"] != 1.0 || in["redeemed_at"] != in["event_at"] || in["event_extra"].(members)["comment"] != "till 2" {
		t.Errorf("told of %v", in)
	}
	if err := phone.Remove(t.Context(), p.PassTypeIdentifier, p.SerialNumber); err != nil {
		t.Fatal(err)
	}
	gone := want("uninstalled")
	if x, y := installed["event_extra"].(members), gone["event_extra"].(members); x["registration_id"] != y["registration_id"] {
		t.Errorf("installed as %v and gone as %v", x, y)
	}
}

// TestWebhookTries has a receiver refuse: it is tried five more times, also after 410.
func TestWebhookTries(t *testing.T) {
	a, r := newAccount(t, compattest.AllowLoopback()), newReceiver(t)
	r.status = http.StatusGone
	var made struct{ ID string }
	a.webhook(t, r.URL, members{"events": []string{"pass.created"}}).Status(t, 201).JSON(t, &made)
	endpoint, ok := store.ParseShort(made.ID)
	if !ok {
		t.Fatalf("the webhook is %q", made.ID)
	}
	delivery := func() (d store.Delivery) {
		err := a.Store.View(t.Context(), func(tx store.Reader) error {
			all, _, err := tx.Deliveries(endpoint, nil, store.Page{})
			if len(all) > 0 {
				d = all[0]
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	pace := passworks.Callback{}.Pace()
	if pace.Within != 10*time.Second || len(pace.Waits) != 5 || !slices.IsSorted(pace.Waits) {
		t.Fatalf("the pace is %+v", pace)
	}
	a.pass(t, "coupons", a.campaign(t, "coupons", loaf()), nil)
	for n, wait := range append(pace.Waits, 4*24*time.Hour) {
		r.next(t)
		a.Until(t, "the attempt is noted", func() bool { return delivery().Attempts == n+1 })
		a.Advance(t, wait*6/5)
	}
	if d := delivery(); d.State != store.DeliveryFailed || len(r.got) > 0 {
		t.Errorf("the delivery is %+v, with %d more attempts", d, len(r.got))
	}
}

// flush has what was seen written, which the server does each second.
func (a *account) flush(t testing.TB) {
	t.Helper()
	if err := a.Issuer.FlushSeen(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestWebhookIsFitted wants a key whose secret the receiver may see, and events that the
// service had.
func TestWebhookIsFitted(t *testing.T) {
	a := newAccount(t, compattest.AllowLoopback())
	to := newReceiver(t)
	var made struct {
		ID     string
		Form   string
		Events []string

		Addresses bool
	}
	a.webhook(t, to.URL, members{"events": []string{"pass.created"}}).Status(t, 201)
	a.webhook(t, to.URL, nil).Status(t, 201).JSON(t, &made)
	if made.Form != "passworks" || len(made.Events) != 6 || !slices.Contains(made.Events, "pass.uninstalled") || !made.Addresses {
		t.Errorf("made %+v", made)
	}
	a.webhook(t, to.URL, members{"events": []string{"pass.updated"}}).Fails(t, 422, "form_unfit")
	a.webhook(t, to.URL, members{"events": []string{"pass.*"}}).Fails(t, 422, "form_unfit")
	a.Post(t, "/api/v1/webhooks", members{"url": to.URL, "form": "passworks"}).Fails(t, 422, "form_unfit") // the operator's key
	user, _ := a.userAndPassword(t)
	a.Post(t, "/api/v1/webhooks", members{"url": to.URL, "form": "passworks", "key": user}).Status(t, 201)
	a.Post(t, "/api/v1/webhooks/"+made.ID+"/test", nil).Status(t, 200)
	if _, in := to.next(t); in["event"] != "test" {
		t.Errorf("tried out with %v", in)
	}
	adopted, _, err := a.Access.Create(t.Context(), access.NewKey{Name: "old", Role: store.Admin, Token: "token-of-another-service"})
	if err != nil {
		t.Fatal(err)
	}
	a.Post(t, "/api/v1/webhooks", members{"url": to.URL, "form": "passworks", "key": adopted.ID.Short()}).Fails(t, 422, "form_unfit")
}

// TestWebhookAddresses that are not told: declined, or of a pass that is deleted.
func TestWebhookAddresses(t *testing.T) {
	a, to := newAccount(t, compattest.AllowLoopback()), newReceiver(t)
	a.webhook(t, to.URL, members{"events": []string{"pass.downloaded"}, "addresses": false}).Status(t, 201)
	a.webhook(t, to.URL, members{"events": []string{"pass.uninstalled"}}).Status(t, 201)
	wantNone := func(event string) {
		t.Helper()
		_, in := to.next(t)
		if ip, told := in["event_extra"].(members)["ip"]; in["event"] != event || ip != nil || !told {
			t.Errorf("told of %v, want %s from null", in, event)
		}
	}
	p := a.Issue(t, store.Campaign{}, nil)
	phone := a.Phone(t, p)
	a.flush(t)
	wantNone("downloaded")
	if err := a.Issuer.Delete(t.Context(), a.Actor, p.ID, nil); err != nil {
		t.Fatal(err)
	}
	if err := phone.Remove(t.Context(), p.PassTypeIdentifier, p.SerialNumber); err != nil {
		t.Fatal(err)
	}
	wantNone("uninstalled")
}

// TestWebhookOfARevokedKey is not sent, with the reason in the delivery.
func TestWebhookOfARevokedKey(t *testing.T) {
	a := newAccount(t, compattest.AllowLoopback())
	to := newReceiver(t)
	var made struct{ ID string }
	a.webhook(t, to.URL, nil).Status(t, 201).JSON(t, &made)
	user, _ := a.userAndPassword(t)
	a.Delete(t, "/api/v1/keys/"+user).Status(t, 204)
	var tried struct {
		Taken bool
		Error string
	}
	a.Post(t, "/api/v1/webhooks/"+made.ID+"/test", nil).Status(t, 200).JSON(t, &tried)
	if tried.Taken || !strings.Contains(tried.Error, "was not revoked") {
		t.Errorf("tried out: %+v", tried)
	}
}
