package issuer_test

import (
	"net/http"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// choosy is a form that has requests for creations alone and shows the name of a key.
type choosy struct{}

func (choosy) Fit(_ store.Reader, e *store.Endpoint) error {
	if len(e.Events) == 0 {
		e.Events = []string{"pass.created"}
	}
	if e.Events[0] != "pass.created" {
		return &issuer.Error{Kind: issuer.Invalid, Code: "event_unfit", Msg: "no request is for this"}
	}
	return nil
}

func (choosy) Write(r store.Reader, l issuer.Letter) ([]byte, http.Header, error) {
	k, err := r.AnyKey(l.Endpoint.Key)
	return []byte(k.Name), nil, err
}

func TestFormFitsItsEndpoints(t *testing.T) {
	c := &courier{}
	w := posts(t, c, choosy{})
	key := w.key(t, w.me.Org, "shop")
	e := w.endpoint(t, issuer.NewEndpoint{URL: "https://shop.example", Form: "form0", Key: key})
	if len(e.Events) != 1 || e.Events[0] != "pass.created" || e.Key != key {
		t.Errorf("made %+v", e)
	}
	p := w.issue(t)
	w.change(t, p, "stamps", 2)
	w.issue(t)
	c.wait(t, 2)
	if c.bodies[0] != "shop" || c.bodies[1] != "shop" {
		t.Errorf("sent %q", c.bodies)
	}
	unfit := []string{"pass.updated"}
	_, err := w.ChangeEndpoint(t.Context(), w.me, e.ID, issuer.EndpointChange{Events: &unfit})
	refusal(t, err, issuer.Invalid, "event_unfit")
	_, _, err = w.CreateEndpoint(t.Context(), w.me, issuer.NewEndpoint{URL: "https://shop.example", Form: "form0", Events: unfit})
	refusal(t, err, issuer.Invalid, "event_unfit")
}

func TestKeyOfAnEndpoint(t *testing.T) {
	w := newWorld(t, func(g *issuer.Config) { g.Courier = &courier{} })
	if e := w.endpoint(t, issuer.NewEndpoint{URL: "https://shop.example"}); e.Key != w.me.Key {
		t.Errorf("the key is %s, want that of the actor", e.Key)
	}
	_, _, err := w.CreateEndpoint(t.Context(), w.me, issuer.NewEndpoint{URL: "https://shop.example", Key: w.key(t, 77, "stranger")})
	refusal(t, err, issuer.Invalid, "unknown_key")
}

// key adds an API key.
func (w *world) key(t testing.TB, org store.ID, name string) (id store.ID) {
	t.Helper()
	must(t, w.db.Update(t.Context(), func(tx store.Tx) (err error) {
		if id, err = tx.NewID(); err != nil {
			return err
		}
		return tx.PutKey(store.Key{ID: id, Org: org, Name: name, Role: store.Issuer, Created: tx.Now})
	}))
	return id
}
