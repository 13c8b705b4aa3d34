package passtools

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
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
	return c.file(d, "pass-"+p.ID.Decimal()+".pkpass")
}

// file answers with a sealed pass.
func (c *call) file(d issuer.Download, name string) error {
	h := c.ResponseWriter.Header()
	h.Set("Content-Type", pkpass.MediaType)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Length", strconv.Itoa(len(d.Data)))
	h.Set("Last-Modified", d.Modified.Format(http.TimeFormat))
	h.Set("Cache-Control", "no-store")
	_, err := c.ResponseWriter.Write(d.Data)
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
