package passworks

import (
	"crypto/x509"
	"time"

	"pocketpass/store"
)

func (s *Service) certificateRoutes() []route {
	return []route{
		{"GET", "/certificates", readers, s.listCertificates},
		{"GET", "/certificates/{id}", readers, s.getCertificate},
	}
}

// certificate is how a certificate is shown.
type certificate struct {
	ID                 string `json:"id"`
	TeamIdentifier     string `json:"team_identifier"`
	PassTypeIdentifier string `json:"pass_type_identifier"`
	IssuedTo           string `json:"issued_to"`
	ExpiresAt          string `json:"expires_at"`
}

func certificateOf(c store.Certificate) certificate {
	out := certificate{c.ID.UUID(), c.TeamIdentifier, c.PassTypeIdentifier, c.Name, seconds(c.NotAfter)}
	if leaf, err := x509.ParseCertificate(c.Leaf); err == nil && len(leaf.Subject.Organization) > 0 {
		out.IssuedTo = leaf.Subject.Organization[0]
	}
	return out
}

// seconds is a time without a fraction.
func seconds(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// listCertificates handles GET /certificates. An organisation has few.
func (s *Service) listCertificates(c call) error {
	all := []certificate{}
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		found, _, err := r.Certificates(c.actor.Org, store.Page{})
		for _, x := range found {
			if x.Ready() {
				all = append(all, certificateOf(x))
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.list(c.page(), len(all), cut(c.page(), all))
}

// getCertificate handles GET /certificates/{id}.
func (s *Service) getCertificate(c call) error {
	id, err := c.id("id", "certificate")
	if err != nil {
		return err
	}
	var found store.Certificate
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		found, err = r.Certificate(c.actor.Org, id)
		return err
	})
	if err == nil && !found.Ready() {
		err = store.ErrNotFound
	}
	if err != nil {
		return missing(err, "certificate")
	}
	return c.answer(200, certificateOf(found))
}
