package passworks_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pocketpass/server"
	"pocketpass/server/access"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// withChildren records answers without the passwords of children.
func (a *account) withChildren() compattest.Recorder {
	r := a.record
	r.Masks = append(slices.Clone(r.Masks), compattest.Mask{Pattern: regexp.MustCompile(`("api_password": ")[^"]+`), With: "$1<secret>"})
	return r
}

// of is the account that a child organisation's credentials lead to.
func (a *account) of(child members) *account {
	out := *a
	out.headers = []string{basic(child["api_username"].(string), child["api_password"].(string))}
	return &out
}

func TestOrganizations(t *testing.T) {
	a := newAccount(t)
	record := a.withChildren()
	made := object(t, record.Send(t, "organization-create", "POST", base+"/organizations", members{"name": "Finch Events"}).Status(t, 201))
	if made["api_username"] != "finch-events" || made["webhook_url"] != nil || made["users_count"] != 0.0 || made["locked_at"] != nil {
		t.Errorf("made %v", made)
	}
	a.of(made).send(t, "GET", "/certificates", nil).Status(t, 200)
	fails(t, a.of(made).send(t, "GET", "/organizations", nil), 403, "This account may not have organizations.", `{"organization":"This account may not have organizations."}`)

	path := "/organizations/" + made["id"].(string) + "/refresh_api_password"
	fresh := object(t, record.Send(t, "organization-refresh", "POST", base+path, members{}).Status(t, 200))
	if fresh["api_password"] == made["api_password"] || fresh["api_username"] != made["api_username"] {
		t.Errorf("refreshed %v", fresh)
	}
	a.of(made).send(t, "GET", "/certificates", nil).Status(t, 401)
	a.of(fresh).send(t, "GET", "/certificates", nil).Status(t, 200)
	all := list(t, record.Send(t, "organization-list", "GET", base+"/organizations/", nil).Status(t, 200))
	if len(all) != 1 || all[0]["api_password"] != fresh["api_password"] {
		t.Errorf("listed %v", all)
	}

	second := object(t, a.send(t, "POST", "/organizations", `{"organization": {"name": "Finch Events", "id": "x"}}`).Status(t, 201))
	if second["id"] == made["id"] || second["api_username"] == made["api_username"] {
		t.Errorf("the second of the name is %v", second)
	}
	page := a.send(t, "GET", "/organizations?page=2&per_page=1", nil).Status(t, 200)
	if got := list(t, page); len(got) != 1 || got[0]["id"] != second["id"] || page.Header.Get("X-Total") != "2" || page.Header.Values("X-Next-Page") != nil {
		t.Errorf("page 2 is %v with %v", got, page.Header)
	}
}

func TestOrganizationRefusals(t *testing.T) {
	a := newAccount(t, servertest.Config(func(c *server.Config) { c.Limits.ChildOrganisations = 1 }))
	for _, body := range []string{``, `{}`, `[]`, `null`, `{"name": " "}`, `{"name": null}`, `{"organization": []}`} {
		fails(t, a.send(t, "POST", "/organizations", body), 422, "Name can't be blank", `{"name":["can't be blank"]}`)
	}
	fails(t, a.send(t, "POST", "/organizations", `{"name": 5}`), 422, "Name must be a text", `{"name":["must be a text"]}`)
	fails(t, a.send(t, "POST", "/organizations", members{"name": strings.Repeat("x", 121)}), 422,
		"Name has more than 120 characters or control characters", `{"name":["has more than 120 characters or control characters"]}`)
	fails(t, a.as(t, store.Issuer).send(t, "GET", "/organizations", nil), 403, "This API key may not do that.", `{"base":"This API key may not do that."}`)
	made := object(t, a.send(t, "POST", "/organizations", members{"name": "x"}).Status(t, 201))
	fails(t, a.send(t, "POST", "/organizations", members{"name": "y"}), 412,
		"Organization has as many organizations as it may have", `{"organization":["has as many organizations as it may have"]}`)

	own := a.Actor.Org.UUID()
	for _, id := range []string{own, "nothing", "00000000-0000-4000-8000-000000000000"} {
		fails(t, a.send(t, "POST", "/organizations/"+id+"/refresh_api_password", nil), 404, "Organization not found.", `{"organization":"Organization not found."}`)
	}
	org, key, secret, err := a.Access.CreateOrganisation(t.Context(), "Stranger", access.Once{})
	if err != nil || org.ID == a.Actor.Org {
		t.Fatal(err)
	}
	stranger := *a
	stranger.headers = []string{basic(key.ID.Short(), secret)}
	fails(t, stranger.send(t, "POST", "/organizations/"+made["id"].(string)+"/refresh_api_password", nil), 404, "Organization not found.", `{"organization":"Organization not found."}`)
	if got := string(stranger.send(t, "GET", "/organizations", nil).Status(t, 200).Body); strings.TrimSpace(got) != "[]" {
		t.Errorf("a stranger sees %s", got)
	}
}

// TestHiddenPasswords are shown when they are new and at no other time.
func TestHiddenPasswords(t *testing.T) {
	a := newAccount(t, servertest.Config(func(c *server.Config) { c.Compat.HideChildPasswords = true }))
	made := object(t, a.send(t, "POST", "/organizations", members{"name": "x"}).Status(t, 201))
	a.of(made).send(t, "GET", "/certificates", nil).Status(t, 200)
	all := list(t, a.send(t, "GET", "/organizations", nil).Status(t, 200))
	if password, there := all[0]["api_password"]; !there || password != nil {
		t.Errorf("listed with the password %v", password)
	}
}

// TestLockedOrganization is refused with 403, and its parent sees since when.
func TestLockedOrganization(t *testing.T) {
	a := newAccount(t, compattest.AllowLoopback())
	made := object(t, a.send(t, "POST", "/organizations", members{"name": "Finch"}).Status(t, 201))
	child := a.of(made)
	child.webhook(t, "https://finch.example.org/hook", nil).Status(t, 201)
	id, ok := store.ParseUUID(made["id"].(string))
	if !ok {
		t.Fatalf("%v is no UUID", made["id"])
	}
	a.Patch(t, "/api/v1/organisations/"+id.Short(), members{"locked": true}).Status(t, 200)
	fails(t, child.send(t, "GET", "/certificates", nil), 403, "This account is locked.", `{"base":"This account is locked."}`)
	all := list(t, a.send(t, "GET", "/organizations", nil).Status(t, 200))
	if all[0]["locked_at"] == nil || all[0]["webhook_url"] != "https://finch.example.org/hook" {
		raw, _ := json.Marshal(all[0])
		t.Errorf("listed %s", raw)
	}
}
