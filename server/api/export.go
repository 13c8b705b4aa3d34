package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/sheet"
	"pocketpass/store"
)

type exportQuery struct {
	Campaign ref    `query:"campaign" doc:"Of this campaign"`
	Template ref    `query:"template" doc:"From this template"`
	Tag      string `query:"tag" doc:"With this tag"`
	Voided   string `query:"voided" enum:"true,false" doc:"Void ones only, or none of them"`

	Delimiter string `query:"delimiter" doc:"Between cells: a comma, or one of ; | and a tab"`
}

func (q exportQuery) filter(org store.ID) store.PassFilter {
	return passesQuery{Campaign: q.Campaign, Template: q.Template, Tag: q.Tag, Voided: q.Voided}.filter(org)
}

// passTable streams passes as rows that an import reads back.
func (a *API) passTable(ctx context.Context, r request[exportQuery, none]) (reply[file], error) {
	f := r.params.filter(r.Org)
	keys, err := a.Issuer.ExportKeys(ctx, r.Actor, f)
	if err != nil {
		return reply[file]{}, err
	}
	return table("passes.csv", r.params.Delimiter, passHeader(keys), func(write func([]string) error) error {
		return a.Issuer.ExportPasses(ctx, r.Actor, f, func(p issuer.ExportedPass) error { return write(passCells(p, keys)) })
	})
}

// table answers with a file that is written row by row, safe to be opened in a
// spreadsheet.
func table(name, delimiter string, header []string, rows func(write func([]string) error) error) (reply[file], error) {
	if _, err := sheet.NewWriter(io.Discard, sheet.WriteOptions{Delimiter: delimiter}); err != nil {
		return reply[file]{}, invalid("query.delimiter", "invalid_parameter", "%v", err)
	}
	return answer(file{header: attachment(name), stream: func(w io.Writer) error {
		out, err := sheet.NewWriter(w, sheet.WriteOptions{Delimiter: delimiter, BOM: true})
		if err != nil {
			return err
		}
		if err := out.Write(header); err != nil {
			return err
		}
		if err := rows(out.Write); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		return out.Flush()
	}})
}

func passHeader(keys []string) []string {
	out := []string{"id", "externalId", "serialNumber", "code", "campaign", "template", "tags", "voided", "created", "updated", "expires", "registrations",
		"account.balance", "account.total", "account.uses", "account.rewards",
		"person.externalId", "person.name", "person.email", "person.phone", "person.language"}
	for _, key := range keys {
		out = append(out, "values."+key)
	}
	return out
}

func passCells(p issuer.ExportedPass, keys []string) []string {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	out := []string{p.ID.Short(), p.ExternalID, p.SerialNumber, p.Code, p.Campaign.Short(), p.Template.Short(), issuer.JoinTags(p.Tags),
		strconv.FormatBool(!p.Voided.IsZero()), timeCell(p.Created), timeCell(p.Updated), timeCell(p.Expires), strconv.Itoa(p.Registrations),
		number(p.Account.Balance), number(p.Account.Total), number(p.Account.Uses), number(p.Account.Rewards),
		p.Person.ExternalID, p.Person.Name, p.Person.Email, p.Person.Phone, p.Person.Language}
	for _, key := range keys {
		out = append(out, valueCell(p.Values[key]))
	}
	return out
}

func timeCell(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// valueCell is a value as people write it: texts without quotes.
func valueCell(raw json.RawMessage) string {
	var text string
	if len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// peopleTable streams people as rows.
func (a *API) peopleTable(ctx context.Context, r request[peopleTableQuery, none]) (reply[file], error) {
	header := []string{"id", "externalId", "name", "email", "phone", "language", "attributes", "created", "updated"}
	return table("people.csv", r.params.Delimiter, header, func(write func([]string) error) error {
		for p := (store.Page{Limit: 500}); ; {
			l, err := a.Issuer.People(ctx, r.Actor, store.PersonFilter{}, p)
			if err != nil {
				return err
			}
			for _, one := range l.People {
				if err := write(personCells(one)); err != nil {
					return err
				}
			}
			if p.After = l.Next; p.After == 0 {
				return nil
			}
		}
	})
}

type peopleTableQuery struct {
	Delimiter string `query:"delimiter" doc:"Between cells: a comma, or one of ; | and a tab"`
}

func personCells(p store.Person) []string {
	attributes := ""
	if len(p.Attributes) > 0 {
		text, _ := json.Marshal(p.Attributes) // texts always can be
		attributes = string(text)
	}
	return []string{p.ID.Short(), p.ExternalID, p.Name, p.Email, p.Phone, p.Language, attributes, timeCell(p.Created), timeCell(p.Updated)}
}
