package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pocketpass/server/web"
)

const mediaText = "text/plain"

// codesBody is a list of codes: a JSON array, a line each, or the first column of
// comma- or semicolon-separated values.
type codesBody struct{ codes []string }

func (b *codesBody) content() map[string]*huma.MediaType {
	text := &huma.Schema{Type: "string"}
	return map[string]*huma.MediaType{
		mediaJSON: {Schema: &huma.Schema{Type: "array", Items: text, Description: "Codes, each of 1 to 128 characters"}, Example: []string{"A7K2", "A7K3"}},
		mediaText: {Schema: &huma.Schema{Type: "string", Description: "A code in each line; empty lines are passed over"}, Example: "A7K2\nA7K3\n"},
		mediaCSV:  {Schema: &huma.Schema{Type: "string", Description: "Codes in the first column, which may be headed code; separated by commas or semicolons"}, Example: "code\nA7K2\nA7K3\n"},
	}
}

func (b *codesBody) read(media string, text []byte) (err error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	switch media {
	case mediaText:
		b.codes = lines(string(text))
	case mediaCSV:
		b.codes, err = firstColumn(text)
	default:
		b.codes, err = web.DecodeJSON[[]string](text)
	}
	return err
}

func lines(text string) (out []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func firstColumn(text []byte) (out []string, err error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	if first, _, _ := bytes.Cut(text, []byte("\n")); bytes.ContainsRune(first, ';') {
		r.Comma = ';'
	}
	rows, err := r.ReadAll()
	if bad, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, refuse(http.StatusBadRequest, "invalid_csv", "", "line %d, column %d: %v", bad.Line, bad.Column, bad.Err)
	}
	for n, row := range rows {
		code := strings.TrimSpace(row[0])
		if code != "" && !(n == 0 && strings.EqualFold(code, "code")) {
			out = append(out, code)
		}
	}
	return out, err
}

type addedCodesView struct {
	Added int   `json:"added" doc:"New on the list"`
	Known int   `json:"known" doc:"Passed over: repeated, on the list before, or of a pass"`
	Free  int64 `json:"free" doc:"On the list now"`
}

func (a *API) addCodes(ctx context.Context, r request[byID, codesBody]) (reply[addedCodesView], error) {
	n, err := a.Issuer.AddCodes(ctx, r.Actor, r.params.ID.id, r.body.codes)
	return reply[addedCodesView]{view: addedCodesView(n)}, err
}
