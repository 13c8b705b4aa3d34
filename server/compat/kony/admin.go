package kony

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/signer/pkpass"
)

// uploadCertificate handles POST /admin/upload/passtypes/PassBook/{bundle}/certificate.
func (s *Service) uploadCertificate(r *http.Request, a issuer.Actor, u upload) error {
	_, err := s.Issuer.KeepPushCertificate(r.Context(), a, issuer.PushKey{
		PassTypeIdentifier: r.PathValue("bundle"), Data: u.file, Password: u.password(),
	})
	return err
}

// passBook has the segment PassBook in any case, and no other in its place.
func passBook(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.EqualFold(r.PathValue("kind"), "PassBook") {
			fail(w, r, &web.Problem{Status: http.StatusNotFound})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// uploadPass handles POST /admin/upload/passes/{bundle}/{serial}.
func (s *Service) uploadPass(r *http.Request, a issuer.Actor, u upload) error {
	k, err := s.Issuer.KeepPassFile(r.Context(), a, issuer.PassFile{
		PassTypeIdentifier: r.PathValue("bundle"), SerialNumber: r.PathValue("serial"), Data: u.file, Verified: s.Verified,
		IsKey: func(token string) (bool, error) { return s.isKey(r.Context(), token) },
	})
	if err == nil && (k.Created || k.Changed) {
		s.warn(r.Context(), k)
	}
	return err
}

// warn logs what a file lacks: the answer has no room for it.
func (s *Service) warn(ctx context.Context, k issuer.KeptFile) {
	var codes []string
	for _, f := range k.Findings {
		if f.Severity != pkpass.Note && !slices.Contains(codes, f.Code) {
			codes = append(codes, f.Code)
		}
	}
	if len(codes) > 0 {
		s.Log.WarnContext(ctx, "an uploaded pass may give trouble", "pass", k.Pass.ID.Short(), "findings", codes)
	}
}
