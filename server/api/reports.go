package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"strconv"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

type reportQuery struct {
	Campaign ref    `query:"campaign" doc:"About this campaign"`
	Template ref    `query:"template" doc:"About passes from this template"`
	Key      ref    `query:"key" doc:"About what was done with this key"`
	Tag      string `query:"tag" doc:"About passes with this tag"`
	From     string `query:"from" example:"2026-06-01" doc:"First day"`
	To       string `query:"to" example:"2026-06-30" doc:"Last day"`
}

func (a *API) readReport(ctx context.Context, r request[reportQuery, none]) (issuer.Report, error) {
	q := issuer.ReportQuery{Campaign: r.params.Campaign.id, Template: r.params.Template.id, Key: r.params.Key.id, Tag: r.params.Tag}
	var err error
	if q.To, err = reportDay("query.to", r.params.To); err != nil {
		return issuer.Report{}, err
	}
	if q.From, err = reportDay("query.from", r.params.From); err != nil {
		return issuer.Report{}, err
	}
	return a.Issuer.Report(ctx, r.Actor, q)
}

func reportDay(path, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, invalid(path, "day", "%q is no day; write it like 2026-12-31", text)
	}
	return day, nil
}

type reportView struct {
	From   string           `json:"from" format:"date"`
	To     string           `json:"to" format:"date"`
	Days   []dayView        `json:"days"`
	Totals map[string]int64 `json:"totals" doc:"Sums of these days"`
	Active int64            `json:"active" doc:"Installations now, of a campaign"`
}

type dayView struct {
	Day    string           `json:"day" format:"date"`
	Counts map[string]int64 `json:"counts"`
}

func countsView(c store.Counts) map[string]int64 {
	out := make(map[string]int64, len(c))
	for m, n := range c {
		out[issuer.MetricNames[m]] = n
	}
	return out
}

func date(d store.Day) string { return d.Time().Format(time.DateOnly) }

func (a *API) report(ctx context.Context, r request[reportQuery, none]) (reply[reportView], error) {
	found, err := a.readReport(ctx, r)
	if err != nil {
		return reply[reportView]{}, err
	}
	v := reportView{From: date(found.From), To: date(found.To), Days: []dayView{}, Totals: countsView(found.Totals), Active: found.Active}
	for _, d := range found.Days {
		v.Days = append(v.Days, dayView{date(d.Day), countsView(d.Counts)})
	}
	return answer(v)
}

func (a *API) reportTable(ctx context.Context, r request[reportQuery, none]) (reply[file], error) {
	found, err := a.readReport(ctx, r)
	if err != nil {
		return reply[file]{}, err
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Write(append([]string{"day"}, issuer.MetricNames[:]...)) // a Buffer takes everything
	for _, d := range found.Days {
		row := []string{date(d.Day)}
		for _, n := range d.Counts {
			row = append(row, strconv.FormatInt(n, 10))
		}
		w.Write(row)
	}
	w.Flush()
	return answer(file{data: out.Bytes(), header: attachment("report.csv")})
}
