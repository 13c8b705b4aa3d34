package walletkit

import "net/http"

func (s *Service) createTemplate(c call) error            { return notFound }
func (s *Service) listTemplates(c call) error             { return c.answer([]string{}) }
func (s *Service) getTemplate(c call) error               { return notFound }
func (s *Service) deleteTemplate(c call) error            { return notFound }
func (s *Service) postToTemplate(c call) error            { return notFound }
func (s *Service) updatePasses(c call) error              { return notFound }
func (s *Service) registerLinks(mux *http.ServeMux) error { return nil }
