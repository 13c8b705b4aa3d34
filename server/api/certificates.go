package api

import (
	"context"
	"crypto/x509"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

type certificateView struct {
	ID                 ref              `json:"id"`
	Name               string           `json:"name" example:"Coffee card"`
	State              string           `json:"state" enum:"requested,active,expiring,expired,demo"`
	PassTypeIdentifier string           `json:"passTypeIdentifier,omitempty" example:"pass.com.example.coffee"`
	TeamIdentifier     string           `json:"teamIdentifier,omitempty" example:"A1B2C3D4E5"`
	NotBefore          time.Time        `json:"notBefore,omitzero"`
	NotAfter           time.Time        `json:"notAfter,omitzero"`
	Days               *int             `json:"days,omitempty" doc:"Whole days until it expires, negative afterwards"`
	Warning            *int             `json:"warning,omitempty" doc:"Reminder in force: 60, 30, 14, 7 or 1 days before it expires, 0 afterwards"`
	NFC                bool             `json:"nfc" doc:"Whether it may sign passes with nfc"`
	Demo               bool             `json:"demo" doc:"Signs, but no phone trusts it"`
	Created            time.Time        `json:"created"`
	Request            string           `json:"request,omitempty" doc:"Certificate request in PEM, to be uploaded at Apple's portal"`
	Findings           []pkpass.Finding `json:"findings,omitempty" doc:"What is to be said of an import"`
}

func newCertificateView(c issuer.CertificateState) certificateView {
	v := certificateView{
		ID: ref{c.ID}, Name: c.Name, State: string(c.State),
		PassTypeIdentifier: c.PassTypeIdentifier, TeamIdentifier: c.TeamIdentifier,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, NFC: c.NFC, Demo: c.Demo, Created: c.Created,
	}
	if c.State != issuer.Requested {
		v.Days = &c.Days
	}
	if c.Warn {
		v.Warning = &c.Warning
	}
	return v
}

type certificateRequestBody struct {
	Name       string `json:"name" example:"Coffee card" doc:"Your name for it, up to 120 characters"`
	CommonName string `json:"commonName,omitempty" doc:"Of the request's subject, up to 64 characters; Apple replaces it"`
	Email      string `json:"email,omitempty" example:"passes@example.com" doc:"Of the request's subject"`
	Renews     string `json:"renews,omitempty" doc:"Id of the certificate to be renewed: one for another pass type identifier or team is refused when it is imported"`
}

func (a *API) requestCertificate(ctx context.Context, r request[none, certificateRequestBody]) (reply[certificateView], error) {
	renews, err := bodyID("/renews", r.body.Renews)
	if err != nil {
		return reply[certificateView]{}, err
	}
	c, err := a.Issuer.RequestCertificate(ctx, r.Actor, issuer.CertificateRequest{
		Name: r.body.Name, CommonName: r.body.CommonName, Email: r.body.Email, Renews: renews, Idempotency: r.once,
	})
	if err != nil {
		return reply[certificateView]{}, err
	}
	return a.createdCertificate(ctx, r.Actor, c, nil)
}

func (a *API) createdCertificate(ctx context.Context, by issuer.Actor, c store.Certificate, found []pkpass.Finding) (reply[certificateView], error) {
	state, err := a.Issuer.Certificate(ctx, by, c.ID)
	if err != nil {
		return reply[certificateView]{}, err
	}
	v := newCertificateView(state)
	v.Request, v.Findings = string(c.Request), found
	return reply[certificateView]{view: v, location: "/certificates/" + c.ID.Short()}, nil
}

// certificateForm is what Apple or a colleague handed over.
type certificateForm struct {
	files          [][]byte
	name, password string
}

func (f *certificateForm) part(name string, data []byte) bool {
	switch name {
	case "file":
		f.files = append(f.files, data)
		return true
	case "name":
		return setText(&f.name, data)
	case "password":
		return setText(&f.password, data)
	}
	return false
}

func (*certificateForm) schema() *huma.Schema {
	most := 8
	return formSchema([]string{"file"}, map[string]*huma.Schema{
		"file":     {Type: "array", MaxItems: &most, Items: fileField(""), Description: ".cer, .p7b, .p12 or PEM; 1 to 8 files that together have certificate and key, unless the key was requested here"},
		"name":     textField("Your name for it; the pass type identifier if there is none"),
		"password": textField("Of the .p12"),
	})
}

func (a *API) importCertificate(ctx context.Context, r request[none, certificateForm]) (reply[certificateView], error) {
	c, found, err := a.Issuer.ImportCertificate(ctx, r.Actor, issuer.CertificateImport{Name: r.body.name, Files: r.body.files, Password: r.body.password})
	if err != nil {
		return reply[certificateView]{}, err
	}
	return a.createdCertificate(ctx, r.Actor, c, found)
}

// intermediateForm is one file with intermediates.
type intermediateForm struct{ file []byte }

func (f *intermediateForm) part(name string, data []byte) bool {
	return name == "file" && setFile(&f.file, data)
}

func (*intermediateForm) schema() *huma.Schema {
	return formSchema([]string{"file"}, map[string]*huma.Schema{"file": fileField("Certificate of a WWDR intermediate, DER or PEM")})
}

type intermediateView struct {
	Subject  string    `json:"subject"`
	NotAfter time.Time `json:"notAfter"`
}

func (a *API) keepIntermediates(ctx context.Context, r request[none, intermediateForm]) (reply[list[intermediateView]], error) {
	kept, err := a.Issuer.KeepIntermediate(ctx, r.Actor, r.body.file)
	if err != nil {
		return reply[list[intermediateView]]{}, err
	}
	return answer(listOf(kept, 0, func(c *x509.Certificate) intermediateView {
		return intermediateView{Subject: c.Subject.String(), NotAfter: c.NotAfter.UTC()}
	}))
}

func (a *API) certificates(ctx context.Context, r request[Page, none]) (reply[list[certificateView]], error) {
	all, next, err := a.Issuer.Certificates(ctx, r.Actor, r.params.page())
	if err != nil {
		return reply[list[certificateView]]{}, err
	}
	return answer(listOf(all, next, newCertificateView))
}

func (a *API) certificate(ctx context.Context, r request[byID, none]) (reply[certificateView], error) {
	c, err := a.Issuer.Certificate(ctx, r.Actor, r.params.ID.id)
	return reply[certificateView]{view: newCertificateView(c)}, err
}

func (a *API) certificateRequest(ctx context.Context, r request[byID, none]) (reply[file], error) {
	c, err := a.Issuer.Certificate(ctx, r.Actor, r.params.ID.id)
	if err != nil {
		return reply[file]{}, err
	}
	if len(c.Request) == 0 {
		return reply[file]{}, refuse(http.StatusNotFound, "request_missing", "", "the certificate was not requested here, so there is no request of it")
	}
	return answer(file{data: c.Request, header: attachment(c.ID.Short() + ".csr")})
}

func (a *API) deleteCertificate(ctx context.Context, r request[byID, none]) (reply[none], error) {
	return reply[none]{}, a.Issuer.DeleteCertificate(ctx, r.Actor, r.params.ID.id)
}
