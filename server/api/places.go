package api

import (
	"context"
	"strconv"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// place and beacon have the names of pass.json, in bodies and answers alike.
type place struct {
	Latitude     *float64 `json:"latitude" required:"true" doc:"Degrees, -90 to 90"`
	Longitude    *float64 `json:"longitude" required:"true" doc:"Degrees, -180 to 180"`
	Altitude     *float64 `json:"altitude,omitempty" doc:"Metres"`
	RelevantText string   `json:"relevantText,omitempty" doc:"On the lock screen, up to 256 characters"`
}

type beacon struct {
	ProximityUUID string `json:"proximityUUID" example:"e2c56db5-dffb-48d2-b060-d0f5a71096e0"`
	Major         *int   `json:"major,omitempty" doc:"0 to 65535; any if there is none"`
	Minor         *int   `json:"minor,omitempty" doc:"0 to 65535; any if there is none"`
	RelevantText  string `json:"relevantText,omitempty" doc:"On the lock screen, up to 256 characters"`
}

type placesBody struct {
	Places  []place  `json:"places,omitempty" doc:"Up to 1000; of equal ones the first is kept"`
	Beacons []beacon `json:"beacons,omitempty" doc:"Up to 100; of equal ones the first is kept"`
}

type placesView struct {
	Places  []place  `json:"places"`
	Beacons []beacon `json:"beacons"`
}

func (b placesBody) record(campaign store.ID) (s store.Surroundings, err error) {
	s.Campaign = campaign
	for n, p := range b.Places {
		if p.Latitude == nil || p.Longitude == nil {
			return s, invalid(pointer("/places", strconv.Itoa(n)), "coordinates_missing", "a place needs a latitude and a longitude")
		}
		s.Places = append(s.Places, store.Place{Latitude: *p.Latitude, Longitude: *p.Longitude, Altitude: p.Altitude, Text: p.RelevantText})
	}
	for _, p := range b.Beacons {
		s.Beacons = append(s.Beacons, store.Beacon{UUID: p.ProximityUUID, Major: p.Major, Minor: p.Minor, Text: p.RelevantText})
	}
	return s, nil
}

func placesReply(s store.Surroundings, c store.Campaign) reply[placesView] {
	v := placesView{Places: make([]place, 0, len(s.Places)), Beacons: make([]beacon, 0, len(s.Beacons))}
	for _, p := range s.Places {
		v.Places = append(v.Places, place{&p.Latitude, &p.Longitude, p.Altitude, p.Text})
	}
	for _, b := range s.Beacons {
		v.Beacons = append(v.Beacons, beacon{b.UUID, b.Major, b.Minor, b.Text})
	}
	return reply[placesView]{view: v, tag: etag(c.Edited)}
}

func (a *API) places(ctx context.Context, r request[byID, none]) (reply[placesView], error) {
	s, c, err := a.Issuer.Surroundings(ctx, r.Actor, r.params.ID.id)
	return placesReply(s, c), err
}

func (a *API) setPlaces(ctx context.Context, r request[byID, placesBody]) (reply[placesView], error) {
	s, err := r.body.record(r.params.ID.id)
	if err != nil {
		return reply[placesView]{}, err
	}
	s, c, err := a.Issuer.SetSurroundings(ctx, r.Actor, s, r.ifMatch)
	return placesReply(s, c), err
}

// point is where a holder is at home.
type point struct {
	Latitude  *float64 `json:"latitude" required:"true" doc:"Degrees, -90 to 90"`
	Longitude *float64 `json:"longitude" required:"true" doc:"Degrees, -180 to 180"`
}

func newPoint(p store.Point) *point {
	if p == (store.Point{}) {
		return nil
	}
	latitude, longitude := float64(p.Latitude)/1e6, float64(p.Longitude)/1e6
	return &point{&latitude, &longitude}
}

// pointOf reads the member near. Without one, and for null, it is none.
func pointOf(m maybe[*point]) (store.Point, error) {
	p := m.value
	if p == nil {
		return store.Point{}, nil
	}
	if p.Latitude == nil || p.Longitude == nil {
		return store.Point{}, invalid("/near", "coordinates_missing", "a point needs a latitude and a longitude")
	}
	return issuer.PointAt("/near", *p.Latitude, *p.Longitude)
}
