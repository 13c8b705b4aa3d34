package api_test

import (
	"strings"
	"testing"

	"pocketpass/server/access"
	"pocketpass/store"
)

func TestKeys(t *testing.T) {
	a := newApp(t)
	w := a.do("POST", "/keys", `{"name": "Shop", "role": "issuer"}`).is(201)
	id, token := w.text("id"), w.text("token")
	contains(t, string(a.as(token, "GET", "/me").is(200).body), `"role":"issuer"`, `"name":"default"`, `"operator":false`)
	if list := string(a.do("GET", "/keys", nil).is(200).body); strings.Contains(list, "token") || !strings.Contains(list, id) {
		t.Errorf("list %s", list)
	}
	rotated := a.do("POST", "/keys/"+id+"/rotate", nil).is(200).text("token")
	a.as(token, "GET", "/me").fails(401, "key_refused")
	a.as(rotated, "GET", "/me").is(200)
	a.do("DELETE", "/keys/"+id, nil).is(204)
	a.as(rotated, "GET", "/me").fails(401, "key_refused")
	a.do("POST", "/keys/"+id+"/rotate", nil).fails(409, "key_revoked")
	a.do("DELETE", "/keys/"+id, nil).is(204)
}

// as makes a request of another key.
func (a *app) as(token, method, path string) answer {
	a.Helper()
	r := a.request(method, path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return a.call(r)
}

func TestOrganisations(t *testing.T) {
	a := newApp(t)
	w := a.do("POST", "/organisations", `{"name": "Other"}`).is(201)
	first := decode[struct{ Key struct{ Token string } }](w).Key.Token
	contains(t, string(a.as(first, "GET", "/me").is(200).body), `"name":"Other"`, `"role":"admin"`)
	a.as(first, "GET", "/organisations").fails(403, "role")
	contains(t, string(a.do("GET", "/organisations", nil).is(200).body), `"name":"Other"`, `"name":"default"`)
}

func TestChildren(t *testing.T) {
	a := newApp(t)
	w := a.do("POST", "/organisation/children", `{"name": "Finch Events"}`).is(201)
	id, token := w.text("id"), w.text("token")
	contains(t, string(a.as(token, "GET", "/me").is(200).body), `"name":"Finch Events"`, `"role":"admin"`, `"parent":`)
	a.as(token, "GET", "/organisation/children").fails(403, "no_children")
	if list := string(a.do("GET", "/organisation/children", nil).is(200).body); strings.Contains(list, token) || !strings.Contains(list, `"username":"finch-events"`) {
		t.Errorf("list %s", list)
	}
	fresh := a.do("POST", "/organisation/children/"+id+"/refresh", nil).is(200).text("token")
	a.as(token, "GET", "/me").fails(401, "key_refused")
	a.do("PATCH", "/organisations/"+id, `{"locked": true}`).is(200)
	a.as(fresh, "GET", "/me").fails(403, "organisation_locked")
	a.do("PATCH", "/organisations/"+id, `{"locked": false}`).is(200)
	a.as(fresh, "GET", "/me").is(200)
	a.do("PATCH", "/organisations/"+a.org.Short(), `{"locked": true}`).fails(409, "own_organisation")
	a.access.MaxChildren = 1
	a.do("POST", "/organisation/children", `{"name": "Finch Events"}`).fails(409, "child_limit")
}

// An admin of the operator's organisation would become the operator by taking
// over its key.
func TestOperatorKeyIsForTheOperator(t *testing.T) {
	a := newApp(t)
	operator, err := a.access.Token(t.Context(), adminKey)
	must(t, err)
	path := "/keys/" + operator.Key.Short()
	admin := a.key(a.org, store.Admin)
	a.as(admin, "POST", path+"/rotate").fails(403, "operator_key")
	a.as(admin, "DELETE", path).fails(403, "operator_key")
	a.do("GET", "/me", nil).is(200)
}

func TestScannerLooksUpOnly(t *testing.T) {
	s := newShop(t)
	id := s.issue(`{"externalId": "c-1"}`)
	scanner := s.key(s.org, store.Scanner)
	s.as(scanner, "GET", "/passes/"+id).is(200)
	contains(t, string(s.as(scanner, "GET", "/passes?externalId=c-1").is(200).body), id)
	s.as(scanner, "GET", "/passes?campaign="+s.campaign).fails(403, "role")
	s.as(scanner, "GET", "/passes/"+id+"/history").fails(403, "role")
}

func TestRevokedKeyHasNoSecret(t *testing.T) {
	a := newApp(t)
	k, _, err := a.access.Create(t.Context(), access.NewKey{Org: a.org, Name: "x", Role: store.Viewer})
	must(t, err)
	must(t, a.access.Revoke(t.Context(), access.Caller{Org: a.org}, k.ID))
	if _, secret, err := a.access.Rotate(t.Context(), access.Caller{Org: a.org}, k.ID); err == nil || secret != "" {
		t.Errorf("secret %q, error %v", secret, err)
	}
}
