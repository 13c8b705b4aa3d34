package api

import "pocketpass/store"

// formerID is what an old service called a record, as it comes in and goes out.
type formerID struct {
	Service string `json:"service" example:"passworks" doc:"Name of the service, in small letters and digits"`
	ID      string `json:"id" example:"981b4e6d-4439-46a9-8df7-3ca55840f039" doc:"Up to 128 characters, as that service spelt it"`
}

func newFormerID(f store.Former) *formerID {
	if f.ID == "" {
		return nil
	}
	return &formerID{f.Service, f.ID}
}

// former is the zero Former of a body without the member.
func (f *formerID) former() store.Former {
	if f == nil {
		return store.Former{}
	}
	return store.Former{Service: f.Service, ID: f.ID}
}
