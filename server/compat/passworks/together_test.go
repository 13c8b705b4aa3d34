package passworks_test

import (
	"fmt"
	"sync"
	"testing"

	"pocketpass/server/servertest"
)

// TestTogether: clients of this service name no version of what they change, so of several
// that change one pass or one campaign at the same time each has its way.
func TestTogether(t *testing.T) {
	t.Parallel()
	const clients = 8
	a := newAccount(t, servertest.Unsynced())
	var all []any
	for n := range clients {
		all = append(all, members{"key": fmt.Sprint("k", n), "label": "L", "value": "old", "behaviour": "dynamic"})
	}
	campaign := "/generics/" + a.campaign(t, "generics", members{"name": t.Name(), "header_fields": all})
	pass := campaign + "/passes/" + id(t, a.send(t, "POST", campaign+"/passes", nil).Status(t, 201))
	for path, root := range map[string]string{pass: "pass", campaign: "generic"} {
		var wait sync.WaitGroup
		for n := range clients {
			wait.Go(func() {
				body := members{root: members{"header_fields": []any{members{"key": fmt.Sprint("k", n), "value": fmt.Sprint("new ", n)}}}}
				if got := a.send(t, "PATCH", path, body); got.Code != 200 {
					t.Errorf("change %d of a %s is %d %s", n, root, got.Code, got.Body)
				}
			})
		}
		wait.Wait()
		got := object(t, a.send(t, "GET", path, nil).Status(t, 200))
		for n := range clients {
			if text := field(t, got, "header_fields", fmt.Sprint("k", n)); text != fmt.Sprint("L=new ", n) {
				t.Errorf("field %d of the %s is %s", n, root, text)
			}
		}
	}
}
