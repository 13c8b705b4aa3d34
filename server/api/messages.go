package api

import (
	"context"
	"net/http"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// Message is a text for holders. It is exported because huma skips embedded structs
// that are not.
type Message struct {
	Text  string `json:"text" example:"Dear {{person.name|default:\"guest\"}}, we open at nine tomorrow" doc:"1 to 1000 characters; placeholders are filled for each pass when it is sent"`
	Again bool   `json:"again,omitempty" doc:"Announce it also on passes that show the same text already. Phones announce only what changes, so it gets a sign that nobody sees, or loses it"`
}

func (m Message) message() issuer.Message { return issuer.Message{Text: m.Text, Again: m.Again} }

type sendMessageBody struct{ Message }

func (a *API) sendMessage(ctx context.Context, r request[byID, sendMessageBody]) (reply[Forecast], error) {
	_, f, err := a.Issuer.SendMessage(ctx, r.Actor, r.params.ID.id, r.body.message(), r.once)
	return reply[Forecast]{view: newForecast(f)}, err
}

func (a *API) takeMessage(ctx context.Context, r request[byID, none]) (reply[none], error) {
	_, err := a.Issuer.TakeMessage(ctx, r.Actor, r.params.ID.id)
	return reply[none]{}, err
}

type sendMessagesBody struct {
	Message
	Campaign       narrow[string]   `json:"campaign,omitempty" doc:"To passes of this campaign"`
	Template       narrow[string]   `json:"template,omitempty" doc:"To passes from this template"`
	Tag            narrow[string]   `json:"tag,omitempty" doc:"To passes with this tag"`
	Filter         *jobFilter       `json:"filter,omitempty" doc:"Narrows the above. An empty one alone means all passes of the organisation"`
	IDs            narrow[[]string] `json:"ids,omitempty" maxItems:"50000" doc:"To these passes instead"`
	NotBefore      moment           `json:"notBefore,omitempty" doc:"Send then; until then it can be cancelled without a trace"`
	UndoWindow     int64            `json:"undoWindow,omitempty" doc:"Seconds to wait before the first pass is changed, up to a day"`
	Canary         int              `json:"canary,omitempty" doc:"Send to so many per cent of the passes first, picked from all of them alike; then the job is paused until it is resumed"`
	CanaryWait     int64            `json:"canaryWait,omitempty" doc:"Or goes on by itself after so many seconds, up to thirty days"`
	RegisteredOnly maybe[bool]      `json:"registeredOnly,omitzero" doc:"Skip passes that no device has; true if you do not say"`
	DryRun         bool             `json:"dryRun,omitempty" doc:"Say what is to be expected, send nothing, answer 200"`
}

func (b sendMessagesBody) job() (issuer.NewJob, error) {
	n, err := startJobBody{Campaign: b.Campaign, Template: b.Template, Tag: b.Tag, Filter: b.Filter, IDs: b.IDs, NotBefore: b.NotBefore}.job()
	n.Send = &issuer.Broadcast{
		Message: b.message(), Unregistered: b.RegisteredOnly.given && !b.RegisteredOnly.value,
		UndoWindow: seconds(b.UndoWindow), Canary: b.Canary, CanaryWait: seconds(b.CanaryWait),
	}
	return n, err
}

// seconds is a number of them, or one that is refused as too long.
func seconds(n int64) time.Duration {
	const longest = int64(1<<63-1) / int64(time.Second)
	return time.Duration(max(-longest, min(n, longest))) * time.Second
}

type messageView struct {
	ID             *ref       `json:"id,omitempty" doc:"Also of its job, which can be paused, resumed and cancelled as any other; missing of a dry run"`
	Text           string     `json:"text"`
	Again          bool       `json:"again,omitempty"`
	RegisteredOnly bool       `json:"registeredOnly"`
	UndoWindow     int64      `json:"undoWindow,omitempty" doc:"Seconds"`
	Canary         int        `json:"canary,omitempty" doc:"Per cent"`
	CanaryWait     int64      `json:"canaryWait,omitempty" doc:"Seconds"`
	Job            *jobView   `json:"job,omitempty" doc:"How far it is: done are the passes that it was put on, skipped those without a device or with this text already"`
	Undo           *ref       `json:"undo,omitempty" doc:"Job that takes it back"`
	Reach          *reachView `json:"reach,omitempty" doc:"Of a new message: whom it is for"`
	Samples        []Forecast `json:"samples,omitempty" doc:"Of a new message: what phones make of it, of up to five passes"`
	Silent         bool       `json:"silent,omitempty" doc:"No phone of the samples announces it"`
	Why            string     `json:"why,omitempty" doc:"Of a silent message"`
	Remedy         string     `json:"remedy,omitempty" doc:"What to do to have it announced"`
}

type reachView struct {
	Passes  int64 `json:"passes" doc:"Also those that no device has"`
	Devices int64 `json:"devices" doc:"Registrations: a phone with two of the passes counts twice"`
	AtLeast bool  `json:"atLeast,omitempty" doc:"There are more than were counted"`
}

func newMessageView(j store.Job) (messageView, error) {
	s, err := issuer.BroadcastOf(j)
	v := broadcastView(s)
	job := newJobView(j)
	v.ID, v.Job, v.Undo = refOf(j.ID), &job, refOf(j.Undo)
	return v, err
}

func broadcastView(s issuer.Broadcast) messageView {
	return messageView{Text: s.Text, Again: s.Again, RegisteredOnly: !s.Unregistered,
		UndoWindow: int64(s.UndoWindow.Seconds()), Canary: s.Canary, CanaryWait: int64(s.CanaryWait.Seconds())}
}

// expect adds what is to be expected of a new message.
func (v *messageView) expect(o issuer.Outlook) {
	reach := reachView(o.Reach)
	v.Reach, v.Samples = &reach, newForecasts(o.Samples)
	if s := o.Silence; s != nil {
		v.Silent, v.Why, v.Remedy = true, s.Reason, s.Remedy
	}
}

func (a *API) sendMessages(ctx context.Context, r request[none, sendMessagesBody]) (out reply[messageView], err error) {
	n, err := r.body.job()
	if err != nil {
		return out, err
	}
	if r.body.DryRun {
		o, err := a.Issuer.PreviewMessages(ctx, r.Actor, n)
		out = reply[messageView]{view: broadcastView(*n.Send), status: http.StatusOK}
		out.view.expect(o)
		return out, err
	}
	n.Idempotency = r.once
	j, o, err := a.Issuer.SendMessages(ctx, r.Actor, n)
	if err != nil {
		return out, err
	}
	out, err = messageReply(j, nil)
	out.location = "/messages/" + j.ID.Short()
	out.view.expect(o)
	return out, err
}

func messageReply(j store.Job, err error) (reply[messageView], error) {
	if err != nil {
		return reply[messageView]{}, err
	}
	v, err := newMessageView(j)
	return reply[messageView]{view: v}, err
}

func (a *API) messages(ctx context.Context, r request[Page, none]) (out reply[list[messageView]], err error) {
	all, next, err := a.Issuer.Messages(ctx, r.Actor, r.params.page())
	if err != nil {
		return out, err
	}
	out.view = listOf(all, next, func(j store.Job) messageView {
		v, failed := newMessageView(j)
		if failed != nil {
			err = failed
		}
		return v
	})
	return out, err
}

func (a *API) message(ctx context.Context, r request[byID, none]) (reply[messageView], error) {
	return messageReply(a.Issuer.MessageJob(ctx, r.Actor, r.params.ID.id))
}

func (a *API) undoMessage(ctx context.Context, r request[byID, none]) (reply[messageView], error) {
	return messageReply(a.Issuer.UndoMessage(ctx, r.Actor, r.params.ID.id))
}
