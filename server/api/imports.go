package api

import (
	"context"
	"net/http"

	"pocketpass/server/issuer"
	"pocketpass/server/sheet"
	"pocketpass/store"
)

type importView struct {
	ID       ref             `json:"id" doc:"Also of the job that it becomes"`
	State    string          `json:"state" doc:"receiving until it is started, then as of a job"`
	Campaign ref             `json:"campaign"`
	Template *ref            `json:"template,omitempty"`
	Bytes    int64           `json:"bytes" doc:"Of the table as CSV"`
	Workbook *workbookView   `json:"workbook,omitempty" doc:"What it was converted from"`
	Format   formatView      `json:"format"`
	Mapping  []columnBody    `json:"mapping" doc:"A proposal until it is started"`
	Targets  []string        `json:"targets" doc:"That columns can be mapped to, beside person.attribute.NAME, message and deleted"`
	Rows     []importRowView `json:"rows" doc:"The first ones, as they would fare with the mapping"`
}

type workbookView struct {
	Sheet  string `json:"sheet" doc:"That was read"`
	Sheets int    `json:"sheets" doc:"That it has; all but one are left out"`
}

type formatView struct {
	Encoding  string   `json:"encoding" example:"utf-8"`
	Delimiter string   `json:"delimiter" example:";"`
	Quote     string   `json:"quote"`
	LineEnd   string   `json:"lineEnd" enum:"lf,cr"`
	Header    bool     `json:"header" doc:"The first row names the columns"`
	Names     []string `json:"names" doc:"The cells of that row"`
	Columns   int      `json:"columns"`
}

type columnBody struct {
	Name   string `json:"name,omitempty" doc:"Of the column, as its header has it" example:"Kundennummer"`
	Number int    `json:"number,omitempty" doc:"Of the column, from 1; wins over name"`
	Target string `json:"target" doc:"What it holds. message sends its text to the holder of a pass that is there, deleted withdraws those with yes: both only where a mapping says so" example:"externalId"`
}

type importRowView struct {
	Line  int64        `json:"line"`
	Cells []string     `json:"cells"`
	Fault *failureView `json:"fault,omitempty" doc:"Why the row would fail"`
}

func newImportView(m issuer.Import) importView {
	f := m.Format
	v := importView{ID: ref{m.Job.ID}, State: string(m.Job.State), Campaign: ref{m.Job.Campaign}, Template: refOf(m.Job.Template), Bytes: m.Job.Source.Size,
		Format:  formatView{Encoding: string(f.Encoding), Delimiter: f.Delimiter, Quote: f.Quote, LineEnd: string(f.LineEnd), Header: f.Header, Names: f.Names, Columns: f.Columns},
		Targets: m.Targets, Mapping: []columnBody{}, Rows: []importRowView{}}
	if m.Workbook != nil {
		v.Workbook = &workbookView{m.Workbook.Sheet, m.Workbook.Sheets}
	}
	if v.Format.Names == nil {
		v.Format.Names = []string{}
	}
	for _, c := range m.Mapping {
		v.Mapping = append(v.Mapping, columnBody(c))
	}
	for _, r := range m.Rows {
		row := importRowView{Line: r.Line, Cells: r.Cells}
		if row.Cells == nil {
			row.Cells = []string{}
		}
		if r.Fault != nil {
			fault := newFailureView(*r.Fault)
			row.Fault = &fault
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

type receiveImportQuery struct {
	Campaign  ref    `query:"campaign" required:"true" doc:"That the passes belong to"`
	Template  ref    `query:"template" doc:"That new passes are issued from, without a column for it; else the campaign's default"`
	Encoding  string `query:"encoding" enum:"utf-8,utf-16le,utf-16be,windows-1252" doc:"Instead of a guess, as the next three"`
	Delimiter string `query:"delimiter" doc:"One of , ; | and a tab"`
	Quote     string `query:"quote" doc:"A double or single quote"`
	Header    string `query:"header" enum:"true,false" doc:"Whether the first row names the columns"`
	Start     bool   `query:"start" doc:"Start at once with the guessed mapping"`
	UpsertBy  string `query:"upsertBy" enum:"externalId,serialNumber,none" doc:"With start: as of startImport, as the next two"`
	OnError   string `query:"onError" enum:"skip,stop"`
	DryRun    bool   `query:"dryRun"`
}

func (q receiveImportQuery) wish() sheet.Wish {
	w := sheet.Wish{Encoding: sheet.Encoding(q.Encoding), Delimiter: q.Delimiter, Quote: q.Quote}
	if q.Header != "" {
		header := q.Header == "true"
		w.Header = &header
	}
	return w
}

func (a *API) receiveImport(ctx context.Context, r request[receiveImportQuery, upload]) (reply[importView], error) {
	q := r.params
	m, err := a.Issuer.ReceiveImport(ctx, r.Actor, issuer.NewImport{Campaign: q.Campaign.id, Template: q.Template.id, Wish: q.wish(), Idempotency: r.once}, &r.body)
	if err != nil {
		return reply[importView]{}, err
	}
	if q.Start && m.Job.State == store.JobReceiving {
		m.Job, err = a.Issuer.StartImport(ctx, r.Actor, m.Job.ID, issuer.ImportStart{UpsertBy: q.UpsertBy, OnError: q.OnError, DryRun: q.DryRun})
	}
	return reply[importView]{view: newImportView(m), location: "/imports/" + m.Job.ID.Short()}, err
}

func (a *API) importOf(ctx context.Context, r request[byID, none]) (reply[importView], error) {
	m, err := a.Issuer.Import(ctx, r.Actor, r.params.ID.id)
	if err != nil {
		return reply[importView]{}, err
	}
	return answer(newImportView(m))
}

type startImportBody struct {
	Mapping  []columnBody `json:"mapping,omitempty" doc:"What the columns hold; missing means the proposed one"`
	Format   *wishBody    `json:"format,omitempty" doc:"How the file is written, where the guess was wrong"`
	UpsertBy string       `json:"upsertBy,omitempty" enum:"externalId,serialNumber,none" doc:"What tells that there is a pass for a row already, which is then changed; missing means externalId if a column holds it. With none every row makes a pass"`
	OnError  string       `json:"onError,omitempty" enum:"skip,stop" doc:"skip, the default, leaves out rows that are broken; stop looks at all rows first and writes nothing if one is"`
	DryRun   bool         `json:"dryRun,omitempty" doc:"Go through all rows and change nothing; done counts what would be made or changed"`
}

type wishBody struct {
	Encoding  string `json:"encoding,omitempty" enum:"utf-8,utf-16le,utf-16be,windows-1252"`
	Delimiter string `json:"delimiter,omitempty"`
	Quote     string `json:"quote,omitempty"`
	LineEnd   string `json:"lineEnd,omitempty" enum:"lf,cr"`
	Header    *bool  `json:"header,omitempty"`
}

func (a *API) startImport(ctx context.Context, r request[byID, startImportBody]) (reply[jobView], error) {
	b := r.body
	s := issuer.ImportStart{UpsertBy: b.UpsertBy, OnError: b.OnError, DryRun: b.DryRun}
	for _, c := range b.Mapping {
		s.Mapping = append(s.Mapping, sheet.Column(c))
	}
	if f := b.Format; f != nil {
		s.Wish = sheet.Wish{Encoding: sheet.Encoding(f.Encoding), Delimiter: f.Delimiter, Quote: f.Quote, LineEnd: sheet.LineEnd(f.LineEnd), Header: f.Header}
	}
	out, err := a.accepted(a.Issuer.StartImport(ctx, r.Actor, r.params.ID.id, s))
	out.status = http.StatusAccepted
	return out, err
}
