package passkit

import (
	"cmp"
	"errors"
	"net/http"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// certificateView is a certificate as clients read it.
type certificateView struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	PassType    string `json:"passTypeId"`
	Team        string `json:"teamId"`
	IssuedAt    string `json:"issuedAt"`
	ExpiredAt   string `json:"expiredAt"`
	CreatedAt   string `json:"createdAt"`
}

func viewCertificate(c store.Certificate) certificateView {
	return certificateView{ID: c.ID.Short(), Name: c.Name, Description: c.Note, PassType: c.PassTypeIdentifier, Team: c.TeamIdentifier,
		IssuedAt: writeTime(c.NotBefore), ExpiredAt: writeTime(c.NotAfter), CreatedAt: writeTime(c.Created)}
}

// requestCertificate handles POST /v2/passbookCsrs. The answer is the request as text.
func (s *Service) requestCertificate(c call) error {
	organisation, err := s.Issuer.OrganisationName(c.Context(), c.actor)
	if err != nil {
		return err
	}
	made, err := s.Issuer.RequestCertificate(c.Context(), c.actor, issuer.CertificateRequest{Name: "PassKit request", CommonName: cut(organisation, 64)})
	if err != nil {
		return err
	}
	c.ResponseWriter.Header().Set("Content-Type", "text/plain; charset=utf-8")
	c.WriteHeader(http.StatusOK)
	_, err = c.ResponseWriter.Write(made.Request)
	return err
}

func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// importCertificate handles POST /v2/passbookCerts.
func (s *Service) importCertificate(c call) error {
	f, err := c.form()
	if err != nil {
		return err
	}
	o, err := topObject(f.json)
	if err != nil {
		return err
	}
	file := f.files["passbookcer"]
	if file == nil {
		return missingField("passbookCER")
	}
	n := issuer.CertificateImport{Files: [][]byte{file}}
	if err := errors.Join(o.setText("name", &n.Name), o.setText("description", &n.Note)); err != nil {
		return err
	}
	made, _, err := s.Issuer.ImportCertificate(c.Context(), c.actor, n)
	if e := issuer.Public(err); err != nil && e.Kind != issuer.Internal {
		return &failure{http.StatusBadRequest, "Invalid value for field passbookCER: " + cmp.Or(e.Msg, "it is no certificate for an open request"), err}
	}
	if err != nil {
		return err
	}
	return c.answer(created{made.ID.Short()})
}

// listCertificates handles GET /v2/passbookCerts.
func (s *Service) listCertificates(c call) error {
	return s.show(c, func(r store.Reader) (any, error) {
		out := []certificateView{}
		err := store.EachPage(func(p store.Page) (store.ID, error) {
			all, next, err := r.Certificates(c.actor.Org, p)
			for _, cert := range all {
				if cert.Ready() {
					out = append(out, viewCertificate(cert))
				}
			}
			return next, err
		})
		return out, err
	})
}

// getCertificate handles GET /v2/passbookCerts/{id}.
func (s *Service) getCertificate(c call) error {
	return s.show(c, func(r store.Reader) (any, error) {
		text := c.PathValue("id")
		id, _ := store.ParseShort(text)
		cert, err := r.Certificate(c.actor.Org, id)
		if errors.Is(err, store.ErrNotFound) || err == nil && !cert.Ready() {
			return nil, notFound("Certificate", text)
		}
		return viewCertificate(cert), err
	})
}
