package walletkit

import (
	"slices"
)

// style is what a pass_type allows (section "Limits per style" of the API's documents).
type style struct {
	header, primary, secondary, auxiliary int      // fields at most
	together                              int      // secondary and auxiliary ones at most; 0 where each has a limit
	images                                []string // that it shows
}

var styles = map[string]style{
	"boardingPass": {header: 3, primary: 2, secondary: 4, auxiliary: 5, images: []string{"icon", "logo", "footer"}},
	"eventTicket":  {header: 3, primary: 1, secondary: 4, auxiliary: 4, images: []string{"icon", "logo", "strip", "background", "thumbnail"}},
	"storeCard":    {header: 3, primary: 1, together: 4, images: []string{"icon", "logo", "strip"}},
	"coupon":       {header: 3, primary: 1, together: 4, images: []string{"icon", "logo", "strip"}},
	"generic":      {header: 3, primary: 1, together: 4, images: []string{"icon", "logo", "thumbnail"}},
}

var transitTypes = []string{"PKTransitTypeAir", "PKTransitTypeTrain", "PKTransitTypeBus", "PKTransitTypeBoat", "PKTransitTypeGeneric"}

// groups are the members that hold fields.
var groups = []string{"headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "backFields"}

// fits refuses more fields than the style has room for.
func (s style) fits(counts map[string]int) error {
	limits := map[string]int{"headerFields": s.header, "primaryFields": s.primary, "secondaryFields": s.secondary, "auxiliaryFields": s.auxiliary}
	if s.together > 0 {
		limits["secondaryFields"], limits["auxiliaryFields"] = s.together, s.together
		if counts["secondaryFields"]+counts["auxiliaryFields"] > s.together {
			return refuse(codeTooManyFields, "secondaryFields", "secondaryFields and auxiliaryFields have at most %d fields together for this pass_type", s.together)
		}
	}
	for _, group := range groups {
		if limit, limited := limits[group]; limited && counts[group] > limit {
			return refuse(codeTooManyFields, group, "%s has at most %d fields for this pass_type", group, limit)
		}
	}
	return nil
}

// shows says whether a pass has room for an image; a strip leaves none for others.
func (s style) shows(kind string, strip bool) bool {
	if strip && (kind == "background" || kind == "thumbnail") {
		return false
	}
	return slices.Contains(s.images, kind)
}
