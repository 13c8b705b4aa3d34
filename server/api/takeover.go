package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"pocketpass/server/issuer"
)

func (a *API) takeOver(ctx context.Context, r request[inCampaign, upload]) (reply[jobView], error) {
	return a.accepted(a.Issuer.TakeOver(ctx, r.Actor, issuer.NewTakeover{Campaign: r.params.Campaign.id, Idempotency: r.once}, &r.body))
}

type takeoverView struct {
	Imported   int64 `json:"imported"`
	Called     int64 `json:"called" doc:"Whose phones have registered or fetched the pass here"`
	Registered int64 `json:"registered" doc:"That a phone has registered for, now or before"`
	Never      int64 `json:"never" doc:"Of whose phones nothing was heard"`
}

func (a *API) takeover(ctx context.Context, r request[byID, none]) (reply[takeoverView], error) {
	n, err := a.Issuer.Takeover(ctx, r.Actor, r.params.ID.id)
	return reply[takeoverView]{view: takeoverView(n)}, err
}

func (a *API) silentTakeovers(ctx context.Context, r request[passPage, none]) (reply[list[passView]], error) {
	l, err := a.Issuer.SilentTakeovers(ctx, r.Actor, r.params.ID.id, r.params.page())
	if err != nil {
		return reply[list[passView]]{}, err
	}
	return a.passViews(ctx, l.Passes, l.Next)
}

// templateForm is a pass to make a template of.
type templateForm struct {
	file []byte
	name string
}

func (f *templateForm) part(name string, data []byte) bool {
	switch name {
	case "file":
		return setFile(&f.file, data)
	case "name":
		return setText(&f.name, data)
	}
	return false
}

func (*templateForm) schema() *huma.Schema {
	return formSchema([]string{"file", "name"}, map[string]*huma.Schema{
		"file": fileField("A .pkpass, or an archive with pass.json and pictures"),
		"name": textField("Of the template"),
	})
}

func (a *API) importTemplate(ctx context.Context, r request[inCampaign, templateForm]) (reply[templateView], error) {
	e, err := a.Issuer.ImportTemplate(ctx, r.Actor, issuer.NewTemplateImport{
		Campaign: r.params.Campaign.id, Name: r.body.name, Data: r.body.file, Idempotency: r.once,
	})
	if err != nil {
		return reply[templateView]{}, err
	}
	out := editedReply(e)
	out.location = "/templates/" + e.Template.ID.Short()
	return out, nil
}
