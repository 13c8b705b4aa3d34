package api

import (
	"context"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// Event is a line of what happened. It is exported because huma skips embedded structs
// that are not.
type Event struct {
	ID     ref               `json:"id"`
	At     time.Time         `json:"at"`
	Type   string            `json:"type" example:"pass.updated"`
	By     string            `json:"by,omitempty" doc:"Name of the key that did it"`
	Detail map[string]string `json:"detail,omitempty"`
}

func newEvent(e store.Event) Event {
	return Event{ID: ref{e.ID}, At: e.At(), Type: e.Type, By: e.By, Detail: e.Detail}
}

type passPage struct {
	ID ref `path:"id"`
	Page
}

func (a *API) history(ctx context.Context, r request[passPage, none]) (reply[list[Event]], error) {
	events, next, err := a.Issuer.History(ctx, r.Actor, r.params.ID.id, r.params.page())
	return reply[list[Event]]{view: listOf(events, next, newEvent)}, err
}

// Registration is one installation. Neither the device's whole identifier nor its push
// token are shown: whoever has them can speak for the device. It is exported because huma
// skips embedded structs that are not.
type Registration struct {
	Device          string     `json:"device" example:"3f9a1c…" doc:"Beginning of the device's identifier"`
	Registered      time.Time  `json:"registered"`
	Listed          time.Time  `json:"listed,omitzero" doc:"Last time that the device asked for what is new"`
	Fetched         time.Time  `json:"fetched,omitzero" doc:"Last time that the device asked for the pass"`
	FetchedStatus   int        `json:"fetchedStatus,omitempty" doc:"HTTP status that it got"`
	FetchedRevision uint64     `json:"fetchedRevision,omitempty"`
	Pushed          *pushView  `json:"pushed,omitempty" doc:"The last push"`
	Log             *deviceLog `json:"log,omitempty" doc:"The last thing that the device complained of"`
}

type pushView struct {
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome" example:"accepted"`
	Reason  string    `json:"reason,omitempty" doc:"Apple's word"`
	Status  int       `json:"status,omitempty"`
	Attempt int       `json:"attempt,omitempty"`
}

type deviceLog struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

func newRegistration(i issuer.Installed) Registration {
	v := Registration{
		Device: beginning(i.Library), Registered: i.Created, Listed: i.Device.Listed,
		Fetched: i.Fetched, FetchedStatus: i.FetchedStatus, FetchedRevision: i.FetchedRevision,
	}
	if p := i.Device.Pushed; !p.At.IsZero() {
		v.Pushed = &pushView{At: p.At, Outcome: p.Outcome, Reason: p.Reason, Status: p.Status, Attempt: p.Attempt}
	}
	if l := i.Log; !l.At.IsZero() {
		v.Log = &deviceLog{l.At, l.Text}
	}
	return v
}

func beginning(library string) string {
	const shown = 6
	if len(library) <= shown {
		return library
	}
	return library[:shown] + "…"
}

func (a *API) registrations(ctx context.Context, r request[byID, none]) (reply[list[Registration]], error) {
	all, err := a.Issuer.Registrations(ctx, r.Actor, r.params.ID.id)
	return reply[list[Registration]]{view: listOf(all, 0, newRegistration)}, err
}

type diagnosisView struct {
	Revision uint64       `json:"revision" doc:"What a phone should show now"`
	Changed  time.Time    `json:"changed" doc:"When that came about"`
	Verdict  verdictView  `json:"verdict" doc:"Of the pass as a whole"`
	Devices  []deviceView `json:"devices"`
}

type verdictView struct {
	Code     string `json:"code" example:"not_asked" enum:"cannot_sign,certificate_expired,certificate_missing,certificate_not_yet_valid,date_ignored,fetched_by_one,no_push,not_asked,not_fetched,not_installed,not_on_phone,push_failed,push_retrying,push_waiting,removed,server_error,token_refused,told_nothing_new,unchanged,unexpected_answer,up_to_date,update_refused"`
	Sentence string `json:"sentence" doc:"What was observed"`
	Next     string `json:"next" doc:"What to do"`
}

type deviceView struct {
	Registration
	Verdict verdictView `json:"verdict"`
}

func (a *API) diagnosis(ctx context.Context, r request[byID, none]) (reply[diagnosisView], error) {
	d, err := a.Issuer.Diagnose(ctx, r.Actor, r.params.ID.id)
	v := diagnosisView{Revision: d.Revision, Changed: d.Changed, Verdict: verdictView(d.Verdict), Devices: []deviceView{}}
	for _, one := range d.Devices {
		v.Devices = append(v.Devices, deviceView{newRegistration(one.Installed), verdictView(one.Verdict)})
	}
	return reply[diagnosisView]{view: v}, err
}
