package issuer

import (
	"context"
	"fmt"
	"time"

	"pocketpass/store"
)

// MetricNames are the words for the metrics, in their order.
var MetricNames = [store.Metrics]string{
	store.Creates: "creates", store.Views: "views", store.Downloads: "downloads", store.Installs: "installs", store.Uninstalls: "uninstalls",
	store.Fetches: "fetches", store.Updates: "updates", store.Pushes: "pushes", store.Redeems: "redeems", store.Undone: "undone", store.Voids: "voids",
	store.Expires: "expires", store.Removes: "removes", store.Messages: "messages", store.Deliveries: "deliveries", store.Webhooks: "webhooks", store.Calls: "calls",
	store.InstallsApple: "installsApple", store.InstallsAndroid: "installsAndroid", store.InstallsOther: "installsOther",
	store.UninstallsApple: "uninstallsApple", store.UninstallsAndroid: "uninstallsAndroid", store.UninstallsOther: "uninstallsOther",
	store.LinkChanges: "linkChanges",
}

// The longest stretch of a report, and that of one that does not say, in days.
const (
	maxReport   = 3660
	usualReport = 30
)

// ReportQuery says what a report is about: exactly one of campaign, template, key
// and tag, and which days, both included: until today if there is no To, thirty if
// there is no From.
type ReportQuery struct {
	Campaign, Template, Key store.ID
	Tag                     string
	From, To                time.Time
}

// Report is what happened by the day. Days on which nothing happened are left out.
type Report struct {
	From, To store.Day
	Days     []store.Tally
	Totals   store.Counts // of these days
	Active   int64        // installations now, of a campaign
}

// Report reads days, however many passes there are. What does not belong to the
// actor's organisation is NotFound.
func (i *Issuer) Report(ctx context.Context, a Actor, q ReportQuery) (out Report, err error) {
	if q.To.IsZero() {
		q.To = i.cfg.Now()
	}
	if q.From.IsZero() {
		q.From = q.To.AddDate(0, 0, 1-usualReport)
	}
	out.From, out.To = store.DayOf(q.From), store.DayOf(q.To)
	if q.To.Before(q.From) || q.To.Sub(q.From) > maxReport*24*time.Hour {
		return out, invalid("query.to", "report_range", "a report ends on or after the day that it begins with, and has up to %d days", maxReport)
	}
	err = i.db.View(ctx, func(r store.Reader) error {
		s, err := q.scope(r, a)
		if err != nil {
			return err
		}
		if out.Days, err = r.Tallies(s, out.From, out.To); err != nil {
			return err
		}
		for _, d := range out.Days {
			for m, n := range d.Counts {
				out.Totals[m] += n
			}
		}
		if q.Campaign != 0 {
			out.Active, err = r.Counter(q.Campaign, store.CountRegistered)
		}
		return err
	})
	if err != nil {
		return Report{}, fmt.Errorf("report: %w", err)
	}
	return out, nil
}

// scope is what the query is about, if it is the organisation's.
func (q ReportQuery) scope(r store.Reader, a Actor) (s store.Scope, err error) {
	s.Org = a.Org
	named := 0
	for _, id := range []store.ID{q.Campaign, q.Template, q.Key} {
		if id != 0 {
			named, s.ID = named+1, id
		}
	}
	if q.Tag != "" {
		named, s.Tag = named+1, q.Tag
	}
	if named != 1 {
		return s, invalid("query.campaign", "report_scope", "a report is about one thing: give campaign, template, key or tag")
	}
	switch {
	case q.Campaign != 0:
		_, err = r.Campaign(a.Org, q.Campaign)
	case q.Template != 0:
		_, err = r.Template(a.Org, q.Template)
	case q.Key != 0:
		_, err = r.Key(a.Org, q.Key)
	default:
		_, err = r.TagNamed(a.Org, q.Tag)
	}
	return s, err
}
