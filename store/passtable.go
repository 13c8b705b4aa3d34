package store

import (
	"slices"

	"pocketpass/store/kv"
)

var passes = table[Pass]{
	name:   "pass",
	fields: (*Pass).fields,
	key:    func(p *Pass) []byte { return p.ID.key() },
	unmoved: func(p, q *Pass) bool {
		return p.Org == q.Org && p.Campaign == q.Campaign && p.Template == q.Template && p.Holder == q.Holder &&
			p.PassTypeIdentifier == q.PassTypeIdentifier && p.SerialNumber == q.SerialNumber &&
			p.PublicID == q.PublicID && p.ExternalID == q.ExternalID && p.Code == q.Code &&
			slices.Equal(p.Tags, q.Tags) && slices.Equal(p.Scans, q.Scans) &&
			p.Deleted.Equal(q.Deleted) && p.Expires.Equal(q.Expires) && p.Revoked() == q.Revoked() && p.Sent == q.Sent &&
			p.Former == q.Former && p.LocalID == q.LocalID && p.Created.Equal(q.Created)
	},
	indexes: []index[Pass]{
		{name: passBySerial, unique: true, keys: func(p *Pass) [][]byte {
			return [][]byte{join(p.PassTypeIdentifier, p.SerialNumber)}
		}},
		{name: passByPublicID, unique: true, keys: func(p *Pass) [][]byte { return visible(p, p.PublicID) }},
		{name: passByExternalID, unique: true, keys: func(p *Pass) [][]byte {
			if p.ExternalID == "" {
				return nil
			}
			return visible(p, p.Org, p.ExternalID)
		}},
		{name: passByFormer, unique: true, keys: func(p *Pass) [][]byte {
			if !p.Deleted.IsZero() {
				return nil
			}
			return p.Former.keys(p.Org)
		}},
		{name: passByOrganisation, bare: true, keys: func(p *Pass) [][]byte { return visible(p, p.Org, p.ID) }},
		{name: passByCampaign, keys: func(p *Pass) [][]byte { return visible(p, p.Campaign, p.ID) }},
		{name: passByTemplate, keys: func(p *Pass) [][]byte { return visible(p, p.Template, p.ID) }},
		{name: passByCreation, bare: true, keys: creationKeys},
		{name: passByArrival, bare: true, keys: arrivalKeys},
		{name: passByTag, keys: tagKeys},
		{name: passByScan, keys: scanKeys},
		{name: passByHolder, bare: true, keys: func(p *Pass) [][]byte {
			if p.Holder == 0 {
				return nil
			}
			return visible(p, p.Holder, p.ID)
		}},
		{name: passByExpiry, bare: true, keys: func(p *Pass) [][]byte {
			if p.Expires.IsZero() {
				return nil
			}
			return visible(p, uint64(p.Expires.UnixMilli()), p.ID)
		}},
		{name: passByRevocation, bare: true, keys: func(p *Pass) [][]byte {
			if !p.Revoked() {
				return nil
			}
			return [][]byte{join(p.Org, p.ID)}
		}},
		{name: passByMessage, bare: true, keys: func(p *Pass) [][]byte {
			if p.Sent == 0 {
				return nil
			}
			return visible(p, p.Sent, p.ID)
		}},
		{name: passByLocalID, unique: true, keys: func(p *Pass) [][]byte {
			if p.LocalID == "" {
				return nil
			}
			return visible(p, p.Campaign, p.LocalID)
		}},
		{name: passByCode, unique: true, keys: func(p *Pass) [][]byte {
			if p.Code == "" {
				return nil
			}
			return visible(p, p.Campaign, p.Code)
		}},
	},
}

const (
	passByOrganisation kv.Table = "pass_organisation"
	passBySerial       kv.Table = "pass_serial"
	passByPublicID     kv.Table = "pass_public"
	passByExternalID   kv.Table = "pass_external"
	passByCampaign     kv.Table = "pass_campaign"
	passByTemplate     kv.Table = "pass_template"
	passByTag          kv.Table = "pass_tag"
	passByScan         kv.Table = "pass_scan"
	passByHolder       kv.Table = "pass_holder"
	passByExpiry       kv.Table = "pass_expiry"
	passByRevocation   kv.Table = "pass_revoked"
	passByCode         kv.Table = "pass_code"
	passByMessage      kv.Table = "pass_message"
	passByLocalID      kv.Table = "pass_local"
)

// visible is an index key that a deleted pass does not have.
func visible(p *Pass, parts ...any) [][]byte {
	if !p.Deleted.IsZero() {
		return nil
	}
	return [][]byte{join(parts...)}
}

func tagKeys(p *Pass) [][]byte {
	var out [][]byte
	for _, t := range p.Tags {
		out = append(out, visible(p, p.Org, t, p.ID)...)
	}
	return out
}

// scanKeys are the texts that find a pass at a till: its code and those of its own
// barcodes. Several passes may have the same.
func scanKeys(p *Pass) [][]byte {
	out := make([][]byte, 0, 1+len(p.Scans))
	if p.Code != "" {
		out = visible(p, p.Org, p.Code, p.ID)
	}
	for _, text := range p.Scans {
		if text != p.Code {
			out = append(out, visible(p, p.Org, text, p.ID)...)
		}
	}
	return out
}
