package store

import (
	"encoding/json"
	"errors"
)

// Place is a place near which passes show on the lock screen. Coordinates are
// degrees, as given: places are told apart by equal numbers.
type Place struct {
	Latitude  float64  `json:"latitude"`
	Longitude float64  `json:"longitude"`
	Altitude  *float64 `json:"altitude,omitempty"` // metres
	Text      string   `json:"text,omitempty"`     // on the lock screen
}

// Beacon is a Bluetooth beacon near which passes show on the lock screen.
type Beacon struct {
	UUID  string `json:"uuid"`
	Major *int   `json:"major,omitempty"` // nil means any
	Minor *int   `json:"minor,omitempty"` // nil means any
	Text  string `json:"text,omitempty"`
}

// Surroundings are the places and beacons that the passes of a campaign share. They
// are a record of their own, for a campaign is read at every download.
type Surroundings struct {
	Campaign ID       `json:"campaign"`
	Places   []Place  `json:"places,omitempty"`
	Beacons  []Beacon `json:"beacons,omitempty"`
}

var surroundings = table[Surroundings]{
	name: "campaign_places",
	key:  func(s *Surroundings) []byte { return s.Campaign.key() },
}

// Surroundings returns the places and beacons of a campaign, none if nothing was
// stored. They are shared and must not be changed.
func (r Reader) Surroundings(campaign ID) (Surroundings, error) {
	s, err := copied(r.memo.surroundings.get(r.kv, campaign.key()))
	if errors.Is(err, ErrNotFound) {
		return Surroundings{Campaign: campaign}, nil
	}
	return s, err
}

// PutSurroundings replaces the places and beacons of a campaign.
func (tx Tx) PutSurroundings(s Surroundings) error { return surroundings.put(tx.kv, &s) }

// metadata is what clients keep with a campaign and nobody else reads.
type metadata struct {
	Campaign ID              `json:"campaign"`
	Meta     json.RawMessage `json:"meta"`
}

var campaignMeta = table[metadata]{
	name: "campaign_meta",
	key:  func(m *metadata) []byte { return m.Campaign.key() },
}

// CampaignMeta returns what clients keep with a campaign, a JSON object, nil if
// there is none.
func (r Reader) CampaignMeta(campaign ID) (json.RawMessage, error) {
	m, err := campaignMeta.get(r.kv, campaign.key())
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return m.Meta, err
}

// PutCampaignMeta replaces what clients keep with a campaign; nil removes it.
func (tx Tx) PutCampaignMeta(campaign ID, meta json.RawMessage) error {
	if meta == nil {
		return campaignMeta.remove(tx.kv, campaign.key())
	}
	return campaignMeta.put(tx.kv, &metadata{Campaign: campaign, Meta: meta})
}
