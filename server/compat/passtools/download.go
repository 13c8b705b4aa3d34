package passtools

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// downloadPass handles GET /pass/{passId}/download, whatever the client accepts.
func (s *Service) downloadPass(c *call) error {
	p, err := s.findPass(c)
	if err != nil {
		return err
	}
	d, err := s.Issuer.Download(c.Context(), c.actor, p.ID)
	if err != nil {
		return err
	}
	return c.file(d, "pass-"+string(passNumber(p))+".pkpass")
}

// file answers with a sealed pass.
func (c *call) file(d issuer.Download, name string) error {
	h := c.ResponseWriter.Header()
	h.Set("Content-Type", pkpass.MediaType)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Length", strconv.Itoa(len(d.Data)))
	h.Set("Last-Modified", d.Modified.Format(http.TimeFormat))
	_, err := c.ResponseWriter.Write(d.Data)
	return err
}

// mostSeveral bounds the passes of one archive, as Wallet does.
const mostSeveral = 10

// downloadSeveral handles GET /pass/download?passIds=1,2,3.
func (s *Service) downloadSeveral(c *call) error {
	ids := strings.FieldsFunc(c.param("passIds"), func(r rune) bool { return r == ',' || r == ' ' })
	if len(ids) == 0 || len(ids) > mostSeveral {
		return badRequest("passIds must be 1 to %d numbers", mostSeveral)
	}
	var all []pkpass.NamedPass
	for _, id := range ids {
		if !isDigits(id) {
			return badRequest("passIds must be numbers")
		}
		var p store.Pass
		err := s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
			p, err = numbered(c.actor.Org, id, r.PassByFormer, r.Pass)
			return err
		})
		if err != nil {
			return orMissing(err, "pass", id)
		}
		d, err := s.Issuer.Download(c.Context(), c.actor, p.ID)
		if err != nil {
			return orMissing(err, "pass", id)
		}
		all = append(all, pkpass.NamedPass{Name: "pass-" + id + ".pkpass", Data: d.Data})
	}
	data, err := pkpass.Multi(all)
	if err != nil {
		return badRequest("passIds cannot be in one archive: %v", err)
	}
	h := c.ResponseWriter.Header()
	h.Set("Content-Type", pkpass.BundleMediaType)
	h.Set("Content-Disposition", `attachment; filename="passes.pkpasses"`)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	_, err = c.ResponseWriter.Write(data)
	return err
}

// viewPass handles GET /pass/{passId}/viewJSONPass.
func (s *Service) viewPass(c *call) error {
	p, err := s.findPass(c)
	if err != nil {
		return err
	}
	doc, _, err := s.Issuer.Document(c.Context(), c.actor, p.ID)
	if err != nil {
		return err
	}
	return c.answer(doc)
}

// pushTime is how long devices may take to be told.
const pushTime = 10 * time.Second

// pushPass handles PUT /pass/{passId}/push.
func (s *Service) pushPass(c *call) error {
	p, err := s.findPass(c)
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(c.Context(), pushTime)
	defer stop()
	n, err := s.Issuer.PushNow(ctx, c.actor, p.ID)
	if err != nil {
		return err
	}
	return c.answer(struct {
		Sent   int `json:"numberOfDevicesPushWasSentTo"`
		Failed int `json:"numberOfDevicesPushFailed"`
	}{n.Sent, n.Failed})
}
