package api

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"pocketpass/server/issuer"
	"pocketpass/server/sheet"
	"pocketpass/store"
)

type failureView struct {
	Row        uint64 `json:"row" doc:"Which of the job's items, from 1"`
	Line       int64  `json:"line,omitempty" doc:"Of the file"`
	Column     string `json:"column,omitempty" doc:"Of the file, or a JSON pointer into the order"`
	Pass       *ref   `json:"pass,omitempty"`
	ExternalID string `json:"externalId,omitempty"`
	Code       string `json:"code" example:"not_found" doc:"As of a problem"`
	Message    string `json:"message"`
}

func newFailureView(e store.JobError) failureView {
	return failureView{Row: e.Row, Line: e.Line, Column: e.Column, Pass: refOf(e.Pass), ExternalID: e.ExternalID, Code: e.Code, Message: e.Message}
}

type jobErrorsQuery struct {
	ID     ref `path:"id"`
	Cursor ref `query:"cursor" doc:"nextCursor of the page before"`
	Limit  int `query:"limit" default:"50" minimum:"1" maximum:"200" doc:"How many items to return"`
}

func (a *API) jobErrors(ctx context.Context, r request[jobErrorsQuery, none]) (reply[list[failureView]], error) {
	p := store.Page{After: r.params.Cursor.id, Limit: r.params.Limit}
	all, next, err := a.Issuer.JobErrors(ctx, r.Actor, r.params.ID.id, p)
	return reply[list[failureView]]{view: listOf(all, next, newFailureView)}, err
}

// jobErrorsFile reads the errors a page at a time, so that neither the memory nor a
// transaction has to hold them all.
func (a *API) jobErrorsFile(ctx context.Context, r request[byID, none]) (reply[file], error) {
	id := r.params.ID.id
	if _, err := a.Issuer.Job(ctx, r.Actor, id); err != nil {
		return reply[file]{}, err
	}
	return answer(file{header: attachment("errors-" + id.Short() + ".csv"), stream: func(w io.Writer) error {
		return a.writeJobErrors(ctx, w, r.Actor, id)
	}})
}

// errorsAtOnce is how many errors are read in a transaction.
const errorsAtOnce = 1000

func (a *API) writeJobErrors(ctx context.Context, w io.Writer, actor issuer.Actor, id store.ID) error {
	out, err := sheet.NewWriter(w, sheet.WriteOptions{})
	if err != nil {
		return err
	}
	out.Write([]string{"row", "line", "column", "pass", "externalId", "code", "message"}) // an error stays in out
	for p := (store.Page{Limit: errorsAtOnce}); ; {
		all, next, err := a.Issuer.JobErrors(ctx, actor, id, p)
		if err != nil {
			return fmt.Errorf("write errors of a job: %w", err)
		}
		for _, e := range all {
			out.Write(errorCells(e))
		}
		if err := out.Flush(); next == 0 || err != nil {
			return err
		}
		p.After = next
	}
}

func errorCells(e store.JobError) []string {
	line, pass := "", ""
	if e.Line != 0 {
		line = strconv.FormatInt(e.Line, 10)
	}
	if e.Pass != 0 {
		pass = e.Pass.Short()
	}
	return []string{strconv.FormatUint(e.Row, 10), line, e.Column, pass, e.ExternalID, e.Code, e.Message}
}
