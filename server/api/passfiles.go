package api

import (
	"context"
	"fmt"
	"net/http"

	"pocketpass/signer/pkpass"
)

// Media types.
const (
	mediaForm   = "multipart/form-data"
	mediaPass   = pkpass.MediaType
	mediaPasses = pkpass.BundleMediaType
	mediaPKCS10 = "application/pkcs10"
	mediaPNG    = "image/png"
	mediaJSON   = "application/json"
	mediaCSV    = "text/csv"
)

// attachment has browsers keep a file under name, which is plain ASCII.
func attachment(name string) http.Header {
	return http.Header{"Content-Disposition": {`attachment; filename="` + name + `"`}}
}

func (a *API) download(ctx context.Context, r request[byID, none]) (reply[file], error) {
	d, err := a.Issuer.Download(ctx, r.Actor, r.params.ID.id)
	if err != nil {
		return reply[file]{}, err
	}
	h := attachment(d.Name)
	h.Set("Last-Modified", d.Modified.Format(http.TimeFormat))
	return answer(file{data: d.Data, header: h})
}

type severalPasses struct {
	ID []string `query:"id,explode" required:"true" minItems:"1" maxItems:"10" doc:"Ids of up to 10 passes: id=…&id=…"`
}

func (a *API) downloadSeveral(ctx context.Context, r request[severalPasses, none]) (reply[file], error) {
	var all []pkpass.NamedPass
	for n, text := range r.params.ID {
		id, err := bodyID("query.id", text)
		if err != nil {
			return reply[file]{}, err
		}
		d, err := a.Issuer.Download(ctx, r.Actor, id)
		if err != nil {
			return reply[file]{}, err
		}
		all = append(all, pkpass.NamedPass{Name: fmt.Sprintf("pass-%d.pkpass", n+1), Data: d.Data})
	}
	data, err := pkpass.Multi(all)
	if err != nil {
		return reply[file]{}, fmt.Errorf("bundle passes: %w", err)
	}
	return answer(file{data: data, header: attachment("passes.pkpasses")})
}

func (a *API) passDocument(ctx context.Context, r request[byID, none]) (reply[file], error) {
	doc, _, err := a.Issuer.Document(ctx, r.Actor, r.params.ID.id)
	if err != nil {
		return reply[file]{}, err
	}
	text, err := doc.Encode()
	return reply[file]{view: file{data: text}}, err
}

func (a *API) findings(ctx context.Context, r request[byID, none]) (reply[list[pkpass.Finding]], error) {
	_, found, err := a.Issuer.Document(ctx, r.Actor, r.params.ID.id)
	return reply[list[pkpass.Finding]]{view: listOf(found, 0, func(f pkpass.Finding) pkpass.Finding { return f })}, err
}
