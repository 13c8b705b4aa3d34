package walletkit

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"pocketpass/signer/pkpass"
)

var locationSchema = newSchema("latitude|latittude|lattitude|lat", "longitude|longtitude|lng|lon", "altitude", "relevanttext")

// maxLocations is the rule of ten: more are refused, never cut off.
const maxLocations = 10

// readLocations reads a member of places: as they are kept, and as pass.json has them.
func readLocations(o object) (kept []json.RawMessage, out []pkpass.Location, err error) {
	all, err := o.list("location", "location")
	if err != nil {
		return nil, nil, err
	}
	if len(all) > maxLocations {
		return nil, nil, refuse(codeTooManyLocations, "location", "a pass has at most %d locations", maxLocations)
	}
	for n, raw := range all {
		at := fmt.Sprintf("location[%d]", n)
		l, _, err := locationSchema.read(raw, at)
		if err != nil {
			return nil, nil, err
		}
		place, err := readLocation(l, at)
		if err != nil {
			return nil, nil, err
		}
		kept, out = append(kept, locationSchema.write(l, "")), append(out, place)
	}
	return kept, out, nil
}

func readLocation(o object, at string) (l pkpass.Location, err error) {
	for _, c := range []struct {
		name string
		most float64
		to   **float64
	}{{"latitude", 90, &l.Latitude}, {"longitude", 180, &l.Longitude}, {"altitude", math.MaxFloat32, &l.Altitude}} {
		raw, ok := o.get(c.name)
		if !ok && c.name != "altitude" {
			return l, refuse(codeInvalidLocation, at+"."+c.name, "%s is required for %s", c.name, at)
		}
		if !ok {
			continue
		}
		text, _ := textOf(raw)
		number, err := strconv.ParseFloat(text, 64)
		if err != nil || !(math.Abs(number) <= c.most) {
			return l, refuse(codeInvalidLocation, at+"."+c.name, "%s of %s is out of range", c.name, at)
		}
		*c.to = &number
	}
	text, err := o.text("relevanttext", at+".relevanttext")
	l.RelevantText = escaped(text)
	return l, err
}
