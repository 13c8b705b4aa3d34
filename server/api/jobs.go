package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

type jobView struct {
	ID        *ref          `json:"id,omitempty" doc:"Missing of a dry run"`
	Kind      string        `json:"kind" enum:"update,void,unvoid,delete,tag,merge,issue,untag,end,import,takeover,message,recall"`
	State     string        `json:"state" enum:"receiving,waiting,running,paused,cancelled,done,failed,dryRun"`
	Reason    string        `json:"reason,omitempty" doc:"Why the job as a whole failed, or what it waits for"`
	Why       string        `json:"why,omitempty" doc:"Of a new job: why it will change nothing"`
	Remedy    string        `json:"remedy,omitempty" doc:"What to do then"`
	Campaign  *ref          `json:"campaign,omitempty"`
	Template  *ref          `json:"template,omitempty"`
	Tag       string        `json:"tag,omitempty"`
	Counts    jobCounts     `json:"counts"`
	Rate      float64       `json:"rate,omitempty" doc:"Items per second of work"`
	Remaining int64         `json:"remainingSeconds,omitempty" doc:"An estimate"`
	Parent    *ref          `json:"parent,omitempty" doc:"Job whose failures this one tries again"`
	Retry     *ref          `json:"retry,omitempty" doc:"Job that tries the failures of this one again"`
	By        string        `json:"by,omitempty" doc:"Name of the key that asked"`
	NotBefore time.Time     `json:"notBefore,omitzero"`
	Created   time.Time     `json:"created,omitzero"`
	Started   time.Time     `json:"started,omitzero"`
	Finished  time.Time     `json:"finished,omitzero"`
	Updated   time.Time     `json:"updated,omitzero"`
	Samples   []Forecast    `json:"samples,omitempty" doc:"Of a dry run: what phones would make of it, of up to five passes that would be changed"`
	Errors    []failureView `json:"errors,omitempty" doc:"Of a dry run: the first of what would fail"`
}

type jobCounts struct {
	Total   int64 `json:"total,omitempty" doc:"Items in all, as far as known"`
	Seen    int64 `json:"seen" doc:"Items dealt with; of a dry run, those that were looked at"`
	Done    int64 `json:"done" doc:"Changed or made"`
	Skipped int64 `json:"skipped" doc:"There was nothing to do for"`
	Failed  int64 `json:"failed"`
}

func newJobView(j store.Job) jobView {
	v := jobView{
		ID: refOf(j.ID), Kind: j.Kind, State: string(j.State), Reason: j.Reason, Campaign: refOf(j.Campaign), Template: refOf(j.Template), Tag: j.Source.Tag,
		Counts: jobCounts{Total: j.Total, Seen: j.Seen(), Done: j.Done, Skipped: j.Skipped, Failed: j.Failed},
		Parent: refOf(j.Parent), Retry: refOf(j.Retry), By: j.By,
		NotBefore: j.NotBefore, Created: j.Created, Started: j.Started, Finished: j.Finished, Updated: j.Updated,
	}
	if j.Worked > 0 {
		v.Rate = float64(j.Seen()) * 1000 / float64(j.Worked)
	}
	if left := j.Total - j.Seen(); left > 0 && v.Rate > 0 && !j.Ended() {
		v.Remaining = int64(float64(left)/v.Rate) + 1
	}
	return v
}

func previewView(kind string, p issuer.JobPreview) jobView {
	v := jobView{Kind: kind, State: "dryRun",
		Counts: jobCounts{Total: p.Total, Seen: p.Checked, Done: p.Change, Skipped: p.Skip, Failed: p.Fail}}
	v.Samples = newForecasts(p.Samples)
	for _, e := range p.Errors {
		v.Errors = append(v.Errors, newFailureView(e))
	}
	return v
}

// refOf is nil for no id.
func refOf(id store.ID) *ref {
	if id == 0 {
		return nil
	}
	return &ref{id}
}

type startJobBody struct {
	Kind      string           `json:"kind" enum:"update,void,unvoid,delete,tag,merge,issue" example:"update" doc:"merge moves pinned passes to the template's revision in force"`
	Campaign  narrow[string]   `json:"campaign,omitempty" doc:"Passes of this campaign; of issue, the campaign that issues"`
	Template  narrow[string]   `json:"template,omitempty" doc:"Passes from this template; of issue, what passes are issued from"`
	Tag       narrow[string]   `json:"tag,omitempty" doc:"Passes with this tag"`
	Filter    *jobFilter       `json:"filter,omitempty" doc:"Narrows the above. An empty one alone means all passes of the organisation"`
	IDs       narrow[[]string] `json:"ids,omitempty" maxItems:"50000" doc:"These passes instead"`
	Change    *changePassBody  `json:"change,omitempty" doc:"Of update: what to change of each pass"`
	Tags      *tagBody         `json:"tags,omitempty" doc:"Of tag"`
	Passes    []issueBody      `json:"passes,omitempty" maxItems:"1000" doc:"Of issue: the orders"`
	NotBefore moment           `json:"notBefore,omitempty" doc:"Begin then; until then it can be cancelled without a trace"`
	DryRun    bool             `json:"dryRun,omitempty" doc:"Judge the first items, change nothing, answer 200"`
}

type jobFilter struct {
	Voided *bool  `json:"voided,omitempty" doc:"Void ones only, or none of them"`
	Values values `json:"values,omitempty" doc:"Of update: those that show all of these when their turn comes, their own or else the template's; up to 20"`
}

func (b startJobBody) job() (n issuer.NewJob, err error) {
	n = issuer.NewJob{Kind: b.Kind}
	if err = b.narrows(); err != nil {
		return n, err
	}
	n.Tag = b.Tag.value
	if n.NotBefore, err = b.NotBefore.time("/notBefore"); err != nil {
		return n, err
	}
	if n.Campaign, err = bodyID("/campaign", b.Campaign.value); err != nil {
		return n, err
	}
	if n.Template, err = bodyID("/template", b.Template.value); err != nil {
		return n, err
	}
	if b.Filter != nil {
		n.Everything, n.Voided = true, b.Filter.Voided
		if n.Shows, err = b.Filter.shows(); err != nil {
			return n, err
		}
	}
	if b.Tags != nil {
		n.Tagging = &issuer.Tagging{Add: b.Tags.Add, Remove: b.Tags.Remove}
	}
	if b.Change != nil {
		ch, err := b.Change.change()
		if err != nil {
			return n, under("/change", err)
		}
		n.Change = &ch
	}
	if n.IDs, err = b.ids(); err != nil {
		return n, err
	}
	n.Orders, err = b.orders(n.Campaign)
	return n, err
}

// narrows refuses what is there and empty, or null: whoever has no tag or no id at hand does
// not want a job for all the passes that it would have narrowed down.
func (b startJobBody) narrows() error {
	for _, one := range []struct {
		name  string
		empty bool
	}{
		{"campaign", b.Campaign.given && b.Campaign.value == ""}, {"template", b.Template.given && b.Template.value == ""},
		{"tag", b.Tag.given && b.Tag.value == ""}, {"ids", b.IDs.given && len(b.IDs.value) == 0},
	} {
		if one.empty {
			return invalid("/"+one.name, "filter_empty", "%s is empty: give it a value, or leave it out if the job is not to be narrowed by it", one.name)
		}
	}
	return nil
}

// shows are the values that a filter asks for, as passes show them.
func (f jobFilter) shows() ([]issuer.FieldText, error) {
	var out []issuer.FieldText
	for _, key := range slices.Sorted(maps.Keys(f.Values)) {
		var v pkpass.Value
		if err := v.UnmarshalJSON(f.Values[key]); err != nil {
			return nil, invalid(pointer("/filter/values", key), "value_type", "the filter looks for texts and numbers; write one")
		}
		out = append(out, issuer.FieldText{Key: key, Text: v.String()})
	}
	return out, nil
}

func (b startJobBody) ids() ([]store.ID, error) {
	ids := make([]store.ID, len(b.IDs.value))
	for n, text := range b.IDs.value {
		id, ok := parseID(text)
		if !ok {
			return nil, invalid(pointer("/ids", strconv.Itoa(n)), "id_malformed", "%q is no id of a pass; ids have eleven characters, as they were returned", text)
		}
		ids[n] = id
	}
	return ids, nil
}

func (b startJobBody) orders(campaign store.ID) ([]issuer.Order, error) {
	orders := make([]issuer.Order, len(b.Passes))
	for n, one := range b.Passes {
		o, err := one.order(campaign)
		if err != nil {
			return nil, under(pointer("/passes", strconv.Itoa(n)), err)
		}
		orders[n] = o
	}
	return orders, nil
}

func (a *API) startJob(ctx context.Context, r request[none, startJobBody]) (reply[jobView], error) {
	n, err := r.body.job()
	if err != nil {
		return reply[jobView]{}, err
	}
	out, err := a.startOrPreview(ctx, r, n)
	if err != nil {
		return out, err
	}
	idle, err := a.Issuer.Untagged(ctx, r.Actor, n.Tag)
	if idle != nil {
		out.view.Why, out.view.Remedy = idle.Reason, idle.Remedy
	}
	return out, err
}

func (a *API) startOrPreview(ctx context.Context, r request[none, startJobBody], n issuer.NewJob) (reply[jobView], error) {
	if r.body.DryRun {
		p, err := a.Issuer.PreviewJob(ctx, r.Actor, n)
		return reply[jobView]{view: previewView(n.Kind, p), status: http.StatusOK}, err
	}
	n.Idempotency = r.once
	return a.accepted(a.Issuer.StartJob(ctx, r.Actor, n))
}

func (a *API) mergeTemplate(ctx context.Context, r request[byID, none]) (reply[jobView], error) {
	return a.accepted(a.Issuer.MergeTemplate(ctx, r.Actor, r.params.ID.id, r.once))
}

func (a *API) mergeCampaign(ctx context.Context, r request[byID, none]) (reply[jobView], error) {
	return a.accepted(a.Issuer.MergeCampaign(ctx, r.Actor, r.params.ID.id, r.once))
}

func (a *API) accepted(j store.Job, err error) (reply[jobView], error) {
	return reply[jobView]{view: newJobView(j), location: "/jobs/" + j.ID.Short()}, err
}

func (a *API) jobs(ctx context.Context, r request[Page, none]) (reply[list[jobView]], error) {
	all, next, err := a.Issuer.Jobs(ctx, r.Actor, r.params.page())
	return reply[list[jobView]]{view: listOf(all, next, newJobView)}, err
}

func (a *API) job(ctx context.Context, r request[byID, none]) (reply[jobView], error) {
	j, err := a.Issuer.Job(ctx, r.Actor, r.params.ID.id)
	return reply[jobView]{view: newJobView(j)}, err
}

func (a *API) cancelJob(ctx context.Context, r request[byID, none]) (reply[jobView], error) {
	j, err := a.Issuer.CancelJob(ctx, r.Actor, r.params.ID.id)
	return reply[jobView]{view: newJobView(j)}, err
}

func (a *API) pauseJob(ctx context.Context, r request[byID, none]) (reply[jobView], error) {
	j, err := a.Issuer.PauseJob(ctx, r.Actor, r.params.ID.id)
	return reply[jobView]{view: newJobView(j)}, err
}

func (a *API) resumeJob(ctx context.Context, r request[byID, none]) (reply[jobView], error) {
	j, err := a.Issuer.ResumeJob(ctx, r.Actor, r.params.ID.id)
	return reply[jobView]{view: newJobView(j)}, err
}

func (a *API) retryJob(ctx context.Context, r request[byID, none]) (reply[jobView], error) {
	return a.accepted(a.Issuer.RetryJob(ctx, r.Actor, r.params.ID.id, r.once))
}
