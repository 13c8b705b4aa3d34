package api_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestFormerID makes a campaign, a template and a pass under the ids that they had
// elsewhere, which every answer shows and nobody else gets.
func TestFormerID(t *testing.T) {
	s := newShop(t)
	const former = `"formerId": {"service": "passtools", "id": "90412"}`
	campaign := `{"name": "Moved", "passTypeIdentifier": "` + passType + `", ` + former + `}`
	template := `{"name": "Moved", ` + former + `, "design": {"document": {"description": "x", "organizationName": "x", "storeCard": {}}}}`
	pass := `{` + former + `, "serialNumber": "A 1", "authenticationToken": "0123456789/abcdef", "publicId": "kT4mZ8qLw2VbNc"}`
	made := func(path, body string) string {
		var out struct{ ID string }
		a := s.do("POST", path, body).is(201)
		if err := json.Unmarshal(a.body, &out); err != nil || !strings.Contains(string(a.body), `"formerId":{"service":"passtools","id":"90412"}`) {
			t.Errorf("%s: %s, %v", path, a.body, err)
		}
		s.do("POST", path, body).fails(409, "former_id_taken")
		return out.ID
	}
	id := made("/campaigns", campaign)
	for _, path := range []string{"/campaigns/" + id, "/templates/" + made("/campaigns/"+id+"/templates", template), "/passes/" + made(s.passes(), pass)} {
		contains(t, string(s.do("GET", path, nil).is(200).body), `"formerId":{"service":"passtools","id":"90412"}`)
	}
}
