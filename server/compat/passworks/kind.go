package passworks

import "strings"

// kind is one of the five sorts of campaigns.
type kind struct {
	collection  string // in paths
	root        string // of bodies
	style       string // key in pass.json, and pass_type of templates
	maxDistance int    // metres
	android     bool   // gwallet_usage means something
}

var kinds = []kind{
	{"coupons", "coupon", "coupon", 100, true},
	{"store_cards", "store_card", "storeCard", 100, true},
	{"event_tickets", "event_ticket", "eventTicket", 1000, false},
	{"boarding_passes", "boarding_pass", "boardingPass", 1000, false},
	{"generics", "generic", "generic", 100, false},
}

// kindOf finds a kind by its style, in any case.
func kindOf(style string) *kind {
	for n := range kinds {
		if strings.EqualFold(kinds[n].style, style) {
			return &kinds[n]
		}
	}
	return nil
}

// cutType takes the part of a path that stands for the collections off it.
func cutType(path string) (before, rest string, found bool) {
	const name = "/{type}"
	rest, found = strings.CutPrefix(path, name)
	return name, rest, found
}
