package crashtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// design is the campaign's template, which one client publishes now and then: that
// changes every pass at once.
type design struct {
	id        string
	content   map[string]any // as the API gave it
	edition   int            // of the draft, in the description
	published int            // number of the revision in force

	drafting, publishing bool // under way
}

type templateView struct {
	ID        string
	Published int
	Design    map[string]any
}

// readDesign finds the template.
func readDesign(w *wire, campaign string) (*design, error) {
	a, ok := w.ask(request{method: "GET", path: "/api/v1/campaigns/" + campaign + "/templates"}, http.StatusOK)
	var all struct{ Items []templateView }
	if err := json.Unmarshal(a.body, &all); !ok || err != nil || len(all.Items) != 1 {
		return nil, fmt.Errorf("templates: %s", a.body)
	}
	d := &design{id: all.Items[0].ID}
	v, ok := d.read(w)
	if !ok {
		return nil, fmt.Errorf("template %s cannot be read", d.id)
	}
	d.content, d.published = v.Design, v.Published
	return d, nil
}

func (d *design) read(w *wire) (v templateView, ok bool) {
	a, ok := w.ask(request{method: "GET", path: "/api/v1/templates/" + d.id}, http.StatusOK)
	if ok && json.Unmarshal(a.body, &v) != nil {
		w.report.wrong("template: %s", a.body)
		return v, false
	}
	return v, ok
}

// describe writes the edition into the draft.
func (d *design) describe(edition int) []byte {
	d.content["document"].(map[string]any)["description"] = fmt.Sprint("Stamp card, edition ", edition)
	body, err := json.Marshal(map[string]any{"design": d.content})
	if err != nil {
		panic(err)
	}
	return body
}

// editionOf reads it back, 0 if there is none.
func editionOf(content map[string]any) (n int) {
	document, _ := content["document"].(map[string]any)
	text, _ := document["description"].(string)
	fmt.Sscanf(text, "Stamp card, edition %d", &n)
	return n
}

func (c *client) publish() bool {
	d := c.design
	if d == nil {
		return true
	}
	d.drafting = true
	if _, ok := c.wire.write(request{method: "PATCH", path: "/api/v1/templates/" + d.id, body: d.describe(d.edition + 1)}, http.StatusOK); !ok {
		return false
	}
	d.drafting = false
	d.edition++
	d.publishing = true
	if _, ok := c.wire.write(request{method: "POST", path: "/api/v1/templates/" + d.id + "/publish"}, http.StatusOK); !ok {
		return false
	}
	d.publishing = false
	d.published++
	return true
}

// verifyDesign compares the template with what was acknowledged.
func (c *client) verifyDesign() {
	d := c.design
	v, ok := d.read(c.wire)
	if !ok {
		return
	}
	edition := editionOf(v.Design)
	if edition != d.edition && !(d.drafting && edition == d.edition+1) {
		c.report.lose("the draft is edition %d, acknowledged was %d", edition, d.edition)
	}
	if v.Published != d.published && !(d.publishing && v.Published == d.published+1) {
		c.report.lose("revision %d is in force, acknowledged was %d", v.Published, d.published)
	}
	d.edition, d.published, d.drafting, d.publishing = edition, v.Published, false, false
}
