package api_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/access"
	"pocketpass/store"
)

// state is a hash of the whole database.
func (a *app) state() string {
	a.Helper()
	sum := sha256.New()
	must(a, a.db.Engine().Snapshot(context.Background(), sum))
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// stage is a database with one of everything, and who may come to it.
type stage struct {
	path    string            // of the database file
	ids     map[string]string // operation's tag, or a parameter, to an id
	callers map[string]string // who to token
}

// setStage fills a database and closes it, so that every case starts from a copy.
func setStage(t *testing.T) stage {
	t.Helper()
	g := stage{path: filepath.Join(t.TempDir(), "stage.db")}
	t.Run("set the stage", func(t *testing.T) {
		s := furnish(openApp(t, g.path, nil))
		w := s.do("POST", "/certificates/requests", `{"name": "x"}`).is(201)
		key := s.do("POST", "/keys", `{"name": "x", "role": "viewer"}`).is(201)
		hook := s.do("POST", "/webhooks", `{"url": "https://shop.example.com/passes"}`).is(201).text("id")
		pass := s.issue(`{"externalId": "customer-1", "tags": ["gold"]}`)
		sent := decode[page](s.do("GET", "/webhooks/"+hook+"/deliveries", nil).is(200)).Items[0].ID
		person := s.do("POST", "/people", `{"name": "Ada"}`).is(201)
		job := s.do("POST", "/jobs", map[string]any{"kind": "void", "campaign": s.campaign}).is(202)
		message := s.do("POST", "/messages", map[string]any{"text": "Hello", "campaign": s.campaign}).is(202)
		redemption := s.do("POST", "/passes/"+pass+"/redemptions", `{}`).is(201).text("id")
		table := s.do("POST", "/imports?campaign="+s.campaign, form("file", "externalId,stamps\na,1\n")).is(201)
		g.ids = map[string]string{
			"certificates": w.text("id"), "assets": s.icon, "campaigns": s.campaign, "campaign": s.campaign,
			"templates": s.template, "passes": pass, "keys": key.text("id"), "jobs": job.text("id"), "redemptions": redemption,
			"webhooks": hook, "delivery": sent,
			"messages": message.text("id"),
			"links":    s.do("POST", "/campaigns/"+s.campaign+"/links", `{}`).is(201).text("id"),
			"children": s.do("POST", "/organisation/children", `{"name": "Child"}`).is(201).text("id"),
			"image":    "1.png", "number": "1", "externalId": "customer-1",
			"passTypeIdentifier": passType, "people": person.text("id"), "imports": table.text("id"), "name": "gold",
		}
		revoked, secret, err := s.access.Create(t.Context(), access.NewKey{Org: s.org, Name: "x", Role: store.Admin})
		must(t, err)
		must(t, s.access.Revoke(t.Context(), access.Caller{Org: s.org}, revoked.ID))
		made := s.do("POST", "/organisations", `{"name": "Other"}`).is(201)
		other := decode[struct{ Key struct{ Token string } }](made).Key.Token
		g.ids["organisations"] = made.text("id")
		g.callers = map[string]string{
			"nobody": "", "garbage": "x.y", "revoked": revoked.ID.Short() + "." + secret,
			"viewer": s.key(s.org, store.Viewer), "scanner": s.key(s.org, store.Scanner), "issuer": s.key(s.org, store.Issuer),
			"admin": s.key(s.org, store.Admin), "operator": adminKey, "stranger": other,
		}
	})
	return g
}

// TestWhoMayDoWhat walks every operation of the description with every kind of caller.
func TestWhoMayDoWhat(t *testing.T) {
	g := setStage(t)
	spec := newApp(t).spec
	n := 0
	for _, verbs := range spec.Paths {
		for _, o := range verbs {
			n++
			t.Run(o.OperationID, func(t *testing.T) { g.walk(t, o) })
		}
	}
	if n < 40 {
		t.Errorf("only %d operations", n)
	}
}

func (g stage) walk(t *testing.T, o *operation) {
	t.Parallel()
	var refused, allowed []string
	for who := range g.callers {
		if g.expected(o, who) == 0 {
			allowed = append(allowed, who)
		} else {
			refused = append(refused, who)
		}
	}
	if len(allowed) == 0 || len(refused) < 3 {
		t.Fatalf("allowed %v, refused %v", allowed, refused)
	}
	a := openApp(t, copyDatabase(t, g.path), nil)
	before := a.state()
	for _, who := range refused {
		w := a.call(g.request(a, o, who))
		if want := g.expected(o, who); w.status != want || w.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s got %d %s, want %d", who, w.status, w.body, want)
		}
		if g.expected(o, who) == http.StatusNotFound && decode[problem](w).Code != "not_found" {
			t.Errorf("%s is told more than that there is nothing: %s", who, w.body)
		}
	}
	if a.state() != before {
		t.Error("a refused call changed something")
	}
	for _, who := range allowed {
		if o.method != http.MethodGet { // what one caller does must not be in the way of the next
			a = openApp(t, copyDatabase(t, g.path), nil)
		}
		if w := a.call(g.request(a, o, who)); w.status/100 != 2 && !slices.Contains(mayFail[o.OperationID], w.status) {
			t.Errorf("%s got %d %s", who, w.status, w.body)
		}
	}
}

// mayFail lists what a caller that is let through still meets in this test.
var mayFail = map[string][]int{
	"importCertificate": {422}, // "x" is no certificate
	"keepIntermediates": {422},
	"addAsset":          {422}, // nor a picture
	"takeOverPasses":    {422}, // nor a pass
	"keepPassFile":      {422},

	"keepPushCertificate":   {422},
	"getPushCertificate":    {404}, // there is none
	"deletePushCertificate": {404},

	"importTemplate": {422},
	"retryJob":       {409}, // of a job that did not begin
	"createCampaign": {422}, // in an organisation without a certificate
	"addCodes":       {409}, // the campaign takes none
	"sendPass":       {503}, // there is no mail server
	"undoRedemption": {403}, // of somebody else, by a scanner
}

// expected is the status that who is refused with, 0 if who is let through.
func (g stage) expected(o *operation, who string) int {
	role := map[string]string{"operator": "admin", "stranger": "admin"}[who]
	if role == "" {
		role = who
	}
	switch {
	case who == "nobody", who == "garbage", who == "revoked":
		return http.StatusUnauthorized
	case !slices.Contains(o.Roles, role), o.Operator && who != "operator":
		return http.StatusForbidden
	case who == "scanner" && o.OperationID == "listPasses": // without saying which
		return http.StatusForbidden
	case who == "stranger" && (strings.Contains(o.path, "{") || queries[o.OperationID] != nil || slices.Contains(namesPass, o.OperationID)):
		return http.StatusNotFound
	}
	return 0
}

// namesPass lists the operations that name a pass in their body.
var namesPass = []string{"redeem", "lookUpRedemption"}

// request makes a request of o that would do something, with the body that the description shows.
func (g stage) request(a *app, o *operation, who string) *http.Request {
	a.Helper()
	segments := strings.Split(strings.TrimPrefix(o.path, "/api/v1"), "/")
	for n, s := range segments {
		switch {
		case s == "{id}":
			segments[n] = g.ids[segments[n-1]]
		case strings.HasPrefix(s, "{"):
			segments[n] = g.ids[strings.Trim(s, "{}")]
		}
		if segments[n] == "" && n > 0 {
			a.Fatalf("no example for %s in %s", s, o.path)
		}
	}
	r := a.request(o.method, strings.Join(segments, "/"), g.body(o))
	if q, ok := queries[o.OperationID]; ok {
		r.URL.RawQuery = q[0] + "=" + g.ids[q[1]]
	}
	r.Header.Del("Authorization")
	if token := g.callers[who]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

// queries name what an operation is about that has no path for it.
var queries = map[string][]string{
	"receiveImport": {"campaign", "campaigns"}, "downloadPasses": {"id", "passes"}, "getReport": {"campaign", "campaigns"}, "downloadReport": {"campaign", "campaigns"},
}

// bodies are for operations whose example names nothing that is on the stage.
var bodies = map[string]any{
	"requestCertificate": `{"name": "y"}`,
	"importCertificate":  form("file", "x"),
	"keepIntermediates":  form("file", "x"),
	"takeOverPasses":     form("file", "x"),
	"keepPassFile":       form("file", "x"),

	"keepPushCertificate": form("file", "x", "passTypeIdentifier", passType),

	"importTemplate":     form("name", "x", "file", "x"),
	"addAsset":           form("kind", "icon", "file", "x"),
	"createCampaign":     `{"name": "y", "passTypeIdentifier": "` + passType + `"}`,
	"changeCampaign":     `{"name": "y"}`,
	"addCodes":           `["A7K2"]`,
	"receiveImport":      form("file", "externalId\nb\n"),
	"createKey":          `{"name": "y", "role": "viewer"}`,
	"createOrganisation": `{"name": "y"}`,
	"createChild":        `{"name": "y"}`,
	"lockOrganisation":   `{"locked": true}`,
}

func (g stage) body(o *operation) any {
	if b, ok := bodies[o.OperationID]; ok {
		return b
	}
	for _, c := range o.RequestBody.Content {
		return string(c.Example)
	}
	return nil
}

// TestRolesAreThoseOfTheTable holds the list of operations against the roles' meaning.
func TestRolesAreThoseOfTheTable(t *testing.T) {
	forAdmins := []string{"keys", "organisations", "certificates", "webhooks"}
	adminsOnly := []string{"exportPerson", "erasePerson"}
	forScanners := []string{"listPasses", "getPass", "getMe", "redeem", "redeemPass", "lookUpRedemption", "undoRedemption", "listCodeKeys", "listRevokedCodes"}
	for _, verbs := range newApp(t).spec.Paths {
		for _, o := range verbs {
			reads := o.method == http.MethodGet
			secret := o.Tags[0] == "keys" && o.OperationID != "getMe" || o.Tags[0] == "organisations"
			want := map[string]bool{
				"admin":   true,
				"issuer":  reads && !secret || !slices.Contains(forAdmins, o.Tags[0]),
				"viewer":  reads && !secret,
				"scanner": slices.Contains(forScanners, o.OperationID),
			}
			if slices.Contains(adminsOnly, o.OperationID) {
				want["issuer"], want["viewer"] = false, false
			}
			for role, may := range want {
				if slices.Contains(o.Roles, role) != may {
					t.Errorf("%s: %s may: %v, want %v", o.OperationID, role, !may, may)
				}
			}
		}
	}
}
