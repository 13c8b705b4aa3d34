package api

import (
	"context"
	"net/http"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

type tagView struct {
	Name    string    `json:"name" example:"gold"`
	Passes  int64     `json:"passes" doc:"That have it"`
	Created time.Time `json:"created"`
}

func newTagView(t store.Tag) tagView { return tagView{t.Name, t.Passes, t.Created} }

type tagBody struct {
	Add    []string `json:"add,omitempty" doc:"Up to 15 tags of a pass, of up to 255 characters"`
	Remove []string `json:"remove,omitempty"`
}

type taggedView struct {
	Tags    []string `json:"tags"`
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
}

func (a *API) tagPass(ctx context.Context, r request[byID, tagBody]) (reply[taggedView], error) {
	p, added, removed, err := a.Issuer.Tag(ctx, r.Actor, r.params.ID.id, issuer.Tagging{Add: r.body.Add, Remove: r.body.Remove})
	v := taggedView{append([]string{}, p.Tags...), append([]string{}, added...), append([]string{}, removed...)}
	return reply[taggedView]{view: v, tag: etag(p.Edited)}, err
}

func (a *API) tags(ctx context.Context, r request[Page, none]) (reply[list[tagView]], error) {
	l, err := a.Issuer.Tags(ctx, r.Actor, r.params.page())
	return reply[list[tagView]]{view: listOf(l.Tags, l.Next, newTagView)}, err
}

type tagPath struct {
	Name string `path:"name"`
}

func (a *API) tag(ctx context.Context, r request[tagPath, none]) (reply[tagView], error) {
	t, err := a.Issuer.TagNamed(ctx, r.Actor, r.params.Name)
	return reply[tagView]{view: newTagView(t)}, err
}

type clearedView struct {
	Passes int      `json:"passes" doc:"That have lost it"`
	Job    *jobView `json:"job,omitempty" doc:"That takes it from all that have it"`
}

func (a *API) deleteTag(ctx context.Context, r request[tagPath, none]) (reply[clearedView], error) {
	c, err := a.Issuer.ClearTag(ctx, r.Actor, r.params.Name)
	if err != nil || c.Job == nil {
		return reply[clearedView]{view: clearedView{Passes: c.Passes}}, err
	}
	j := newJobView(*c.Job)
	return reply[clearedView]{view: clearedView{Job: &j}, status: http.StatusAccepted, location: "/jobs/" + c.Job.ID.Short()}, nil
}
