package passtools

import (
	"pocketpass/server/issuer"
	"pocketpass/store"
)

// ticketView is a job as clients see it. It has its state under two spellings.
type ticketView struct {
	ID        clientID              `json:"ID"`
	Status    string                `json:"Status"`
	Again     string                `json:"status,omitempty"`
	Pass      clientID              `json:"passId,omitempty"`
	Details   string                `json:"details,omitempty"`
	CreatedAt string                `json:"createdAt"`
	Children  map[string]ticketView `json:"children"`
}

// mostChildren bounds how many passes a ticket names.
const mostChildren = 10_000

// The states of tickets.
const (
	ticketPending    = "PENDING"
	ticketProcessing = "PROCESSING"
	ticketCompleted  = "COMPLETED"
	ticketFailed     = "FAILED"
)

// getTicket handles GET /ticket/{ticketId}.
func (s *Service) getTicket(c *call) error {
	var out ticketView
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		j, err := r.Job(c.actor.Org, decimal(c.args["ticketId"]))
		if err != nil {
			return orMissing(err, "ticket", c.args["ticketId"])
		}
		out = ticketOf(j)
		return out.addChildren(r, j)
	})
	if err != nil {
		return err
	}
	return c.answer(out)
}

func ticketOf(j store.Job) ticketView {
	t := ticketView{ID: clientID(j.ID.Decimal()), Status: ticketPending, CreatedAt: legacyDate(j.Created), Children: make(map[string]ticketView)}
	switch {
	case j.State == store.JobDone && j.Failed == 0:
		t.Status = ticketCompleted
	case j.Ended():
		t.Status = ticketFailed
	case !j.Started.IsZero():
		t.Status = ticketProcessing
	}
	t.Again = t.Status
	return t
}

// addChildren adds a ticket for each pass of a change of many. It has the id of the pass.
func (t *ticketView) addChildren(r store.Reader, j store.Job) error {
	items, err := issuer.JobItems(r, j, mostChildren)
	for _, it := range items {
		p, err := r.AnyPass(it.Pass)
		if err != nil {
			return err
		}
		n := passNumber(p)
		one := ticketView{ID: n, Pass: n, Status: ticketPending, CreatedAt: t.CreatedAt, Children: make(map[string]ticketView)}
		switch {
		case it.Error != nil:
			one.Status, one.Details = ticketFailed, it.Error.Message
		case it.Done:
			one.Status = ticketCompleted
		}
		t.Children[string(n)] = one
	}
	return err
}
