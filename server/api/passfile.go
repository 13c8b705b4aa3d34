package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pocketpass/server/access"
	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// passFileForm is a pass that was sealed elsewhere.
type passFileForm struct{ file []byte }

func (f *passFileForm) part(name string, data []byte) bool {
	return name == "file" && setFile(&f.file, data)
}

func (*passFileForm) schema() *huma.Schema {
	return formSchema([]string{"file"}, map[string]*huma.Schema{"file": fileField(".pkpass, up to 10 MiB, which is served byte for byte")})
}

type passFileView struct {
	Pass     passView         `json:"pass"`
	Changed  bool             `json:"changed" doc:"Whether the pass is new or has other bytes than before; devices are told only then"`
	Findings []pkpass.Finding `json:"findings" doc:"What Wallet may object to, and what keeps phones from asking here"`
}

func (a *API) keepPassFile(ctx context.Context, r request[none, passFileForm]) (out reply[passFileView], err error) {
	k, err := a.Issuer.KeepPassFile(ctx, r.Actor, issuer.PassFile{Data: r.body.file, IsKey: func(token string) (bool, error) { return a.isKey(ctx, token) }})
	if err != nil {
		return out, err
	}
	if out.view.Pass, err = a.passView(ctx, k.Pass); err != nil {
		return out, err
	}
	out.view.Changed, out.view.Findings = k.Created || k.Changed, append([]pkpass.Finding{}, k.Findings...)
	if !k.Created {
		out.status = http.StatusOK
	}
	return out, nil
}

// isKey says whether a token in a pass is an API key that hands passes over.
func (a *API) isKey(ctx context.Context, token string) (bool, error) {
	who, err := a.Access.Token(ctx, token)
	if errors.Is(err, access.ErrDenied) {
		return false, nil
	}
	return who.May(issuers...), err
}

// pushCertificateForm is what passes of a type are to be announced with.
type pushCertificateForm struct {
	file               []byte
	password, passType string
}

func (f *pushCertificateForm) part(name string, data []byte) bool {
	switch name {
	case "file":
		return setFile(&f.file, data)
	case "password":
		return setText(&f.password, data)
	case "passTypeIdentifier":
		return setText(&f.passType, data)
	}
	return false
}

func (*pushCertificateForm) schema() *huma.Schema {
	return formSchema([]string{"file", "passTypeIdentifier"}, map[string]*huma.Schema{
		"file":               fileField(".p12 with the certificate and its key"),
		"password":           textField("Of the .p12"),
		"passTypeIdentifier": textField("That of the passes"),
	})
}

type pushCertificateView struct {
	PassTypeIdentifier string    `json:"passTypeIdentifier" example:"pass.com.example.coffee"`
	NotBefore          time.Time `json:"notBefore"`
	NotAfter           time.Time `json:"notAfter"`
	Created            time.Time `json:"created"`
}

func newPushCertificateView(c store.PushCertificate) pushCertificateView {
	return pushCertificateView{c.PassTypeIdentifier, c.NotBefore, c.NotAfter, c.Created}
}

func (a *API) keepPushCertificate(ctx context.Context, r request[none, pushCertificateForm]) (reply[pushCertificateView], error) {
	c, err := a.Issuer.KeepPushCertificate(ctx, r.Actor, issuer.PushKey{PassTypeIdentifier: r.body.passType, Data: r.body.file, Password: r.body.password})
	return reply[pushCertificateView]{view: newPushCertificateView(c)}, err
}

type byPassType struct {
	PassTypeIdentifier string `path:"passTypeIdentifier"`
}

func (a *API) pushCertificate(ctx context.Context, r request[byPassType, none]) (reply[pushCertificateView], error) {
	c, err := a.Issuer.PushCertificate(ctx, r.Actor, r.params.PassTypeIdentifier)
	return reply[pushCertificateView]{view: newPushCertificateView(c)}, err
}

func (a *API) deletePushCertificate(ctx context.Context, r request[byPassType, none]) (reply[none], error) {
	return reply[none]{}, a.Issuer.DeletePushCertificate(ctx, r.Actor, r.params.PassTypeIdentifier)
}
