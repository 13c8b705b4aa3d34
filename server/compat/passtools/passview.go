package passtools

import (
	"pocketpass/store"
)

// passView is a pass in the shape of every revision: what a revision has not stays empty.
type passView struct {
	ID         string   `json:"id"` // a text, which Java clients ask for
	PassID     clientID `json:"passId,omitempty"`
	TemplateID string   `json:"templateId"`
	ExternalID string   `json:"externalId,omitempty"`
	Serial     string   `json:"serialNumber,omitempty"`
	Status     string   `json:"status,omitempty"`
	Installed  string   `json:"installedAt,omitempty"`
	CreatedAt  string   `json:"createdAt"`
	UpdatedAt  string   `json:"updatedAt,omitempty"`
	URL        string   `json:"url"`

	Tags      *[]tagView  `json:"tags,omitempty"`
	Headers   *entries    `json:"headers,omitempty"`
	Fields    *entries    `json:"fields,omitempty"`
	Locations *[]place    `json:"locations,omitempty"`
	Beacons   []beacon    `json:"beacons,omitempty"`
	Public    *publicView `json:"publicUrl,omitempty"`

	PassFields entries    `json:"passFields"`
	Around     passPlaces `json:"passLocationFields"`
}

// passPlaces are the locations of a pass and those that it has of its template.
type passPlaces struct {
	Pass     []place `json:"passLevel"`
	Template []place `json:"templateLevel"`
}

// view shows a pass to a client of a revision.
func (s *Service) view(r revision, v shown) passView {
	p := v.pass
	out := passView{ID: string(passNumber(p)), TemplateID: string(v.template), CreatedAt: legacyDate(p.Created), URL: s.passURL(p),
		PassFields: make(entries), Around: passPlaces{append([]place{}, v.own.Places...), withoutIDs(v.own.Inherited)}}
	heads, fields := make(entries), make(entries)
	for key, e := range v.headers {
		heads[key] = r.attributes(key, e)
		out.PassFields[key] = heads[key]
	}
	for key, e := range v.fields {
		fields[key] = r.attributes(key, e)
		out.PassFields[key] = fields[key]
	}
	if r == 0 {
		return out
	}
	out.CreatedAt, out.ExternalID, out.Serial = isoDate(p.Created), p.ExternalID, p.SerialNumber
	out.Tags, out.Headers, out.Fields, out.Locations = &v.tags, &heads, &fields, &out.Around.Pass
	if r == 1 {
		return out
	}
	out.UpdatedAt, out.Status = isoDate(p.Updated), status(p, v.installed)
	if at := p.Devices.FirstAdded; !at.IsZero() {
		out.Installed = isoDate(at)
	}
	out.Beacons = v.own.Beacons
	if v.own.Public != nil {
		out.Public = s.publicView(p, *v.own.Public)
	}
	return out
}

// The words for where a pass is.
const (
	statusNever   = "not_been_installed"
	statusIs      = "installed"
	statusWas     = "uninstalled"
	statusIsOrWas = "been_installed" // of a filter
)

func status(p store.Pass, installed bool) string {
	switch {
	case installed:
		return statusIs
	case p.Devices.FirstAdded.IsZero():
		return statusNever
	}
	return statusWas
}

// passURL is where the file of a pass is, for clients with a key.
func (s *Service) passURL(p store.Pass) string {
	return s.BaseURL + base + "/pass/" + string(passNumber(p)) + "/download"
}
