package passworks

import (
	"net/http"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

func (s *Service) reportRoutes() []route {
	return []route{
		{"GET", "/{type}/{campaign}/reports", readers, s.dailyReport},
		{"GET", "/{type}/{campaign}/reports/totals", readers, s.totals},
	}
}

// counts are the numbers that both reports have.
type counts struct {
	Installs     int64 `json:"installs_count"`
	Uninstalls   int64 `json:"uninstalls_count"`
	Redeems      int64 `json:"redeems_count"`
	Fetches      int64 `json:"fetches_count"`
	Downloads    int64 `json:"downloads_count"`
	Views        int64 `json:"views_count"`
	Creates      int64 `json:"creates_count"`
	Expires      int64 `json:"expires_count"`
	Pushes       int64 `json:"pushes_count"`
	Updates      int64 `json:"updates_count"`
	Webhooks     int64 `json:"webhooks_count"`
	Calls        int64 `json:"api_calls_count"`
	Distribution int64 `json:"distribution_updates_count"`
}

// countsOf translates what the engine counts; it tells apart what changes a pass.
func countsOf(c store.Counts) counts {
	return counts{Installs: c[store.Installs], Uninstalls: c[store.Uninstalls], Redeems: c[store.Redeems], Fetches: c[store.Fetches],
		Downloads: c[store.Downloads], Views: c[store.Views], Creates: c[store.Creates], Expires: c[store.Expires], Pushes: c[store.Pushes],
		Updates:  c[store.Updates] + c[store.Redeems] + c[store.Undone] + c[store.Voids],
		Webhooks: c[store.Webhooks], Calls: c[store.Calls], Distribution: c[store.LinkChanges]}
}

// presence is how many devices have passes of those that ever had.
type presence struct {
	Active  int64 `json:"active_count"`
	Removed int64 `json:"removed_count"`
}

func presenceOf(c store.Counts) presence {
	return presence{c[store.Installs] - c[store.Uninstalls], c[store.Uninstalls]}
}

// systems are numbers by the system of a phone.
type systems struct {
	IOS     int64 `json:"ios"`
	Android int64 `json:"android"`
	WP      int64 `json:"wp"`
}

// daily is what happened on one day.
type daily struct {
	counts
	I systems `json:"i"`
	U systems `json:"u"`
	presence
}

func dailyOf(c store.Counts) daily {
	return daily{countsOf(c),
		systems{c[store.InstallsApple], c[store.InstallsAndroid], c[store.InstallsOther]},
		systems{c[store.UninstallsApple], c[store.UninstallsAndroid], c[store.UninstallsOther]}, presenceOf(c)}
}

// family is one sort of wallets.
type family struct {
	Installs   int64 `json:"installs_count"`
	Uninstalls int64 `json:"uninstalls_count"`
}

// everything is what happened since a campaign was made.
type everything struct {
	Apple   family `json:"apple"`
	Android family `json:"android"`
	counts
	presence
}

// dailyReport handles GET /{type}/{campaign}/reports.
func (s *Service) dailyReport(c call) error {
	campaign, err := s.reported(c)
	if err != nil {
		return err
	}
	from, to, err := c.period(s.Now())
	if err != nil {
		return err
	}
	found, err := s.Issuer.Report(c.Context(), c.actor, issuer.ReportQuery{Campaign: campaign.ID, From: from, To: to})
	if err != nil {
		return missing(err, "campaign")
	}
	days := make(map[string]daily, len(found.Days))
	for _, d := range found.Days {
		days[d.Day.Time().Format(time.DateOnly)] = dailyOf(d.Counts)
	}
	return c.answer(http.StatusOK, struct {
		Campaign string           `json:"campaign_id"`
		From     string           `json:"start_date"`
		To       string           `json:"end_date"`
		Report   map[string]daily `json:"report"` // written in the order of the days
	}{campaign.ID.UUID(), from.Format(time.DateOnly), to.Format(time.DateOnly), days})
}

// period is the first and the last day that are asked for.
func (c call) period(now time.Time) (from, to time.Time, err error) {
	q := c.URL.Query()
	today := now.UTC().Truncate(24 * time.Hour)
	if to, err = day(q.Get("end_date"), "end_date", today); err != nil {
		return from, to, err
	}
	if from, err = day(q.Get("start_date"), "start_date", monthBefore(today)); err != nil {
		return from, to, err
	}
	switch {
	case to.Before(from):
		err = malformed("end_date", "must not be before start_date")
	case to.Sub(from) > longestReport:
		err = malformed("start_date", "must not be more than ten years before end_date")
	}
	return from, to, err
}

// longestReport is how far a report goes back.
const longestReport = 3660 * 24 * time.Hour

func day(text, name string, usual time.Time) (time.Time, error) {
	if text == "" {
		return usual, nil
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil || at.Year() < 1970 {
		return at, malformed(name, "must be a date like 2024-12-31")
	}
	return at, nil
}

// monthBefore is the same day of the month before, or its last if it has no such day.
func monthBefore(t time.Time) time.Time {
	back := t.AddDate(0, -1, 0)
	if back.Day() != t.Day() {
		back = back.AddDate(0, 0, -back.Day())
	}
	return back
}

// totals handles GET /{type}/{campaign}/reports/totals.
func (s *Service) totals(c call) error {
	campaign, err := s.reported(c)
	if err != nil {
		return err
	}
	now := s.Now()
	from := now.Add(-longestReport)
	if campaign.Created.After(from) {
		from = campaign.Created
	}
	found, err := s.Issuer.Report(c.Context(), c.actor, issuer.ReportQuery{Campaign: campaign.ID, From: from, To: now})
	if err != nil {
		return missing(err, "campaign")
	}
	n := found.Totals
	return c.answer(http.StatusOK, struct {
		Campaign string     `json:"campaign_id"`
		Report   everything `json:"report"`
	}{campaign.ID.UUID(), everything{family{n[store.InstallsApple], n[store.UninstallsApple]},
		family{n[store.InstallsAndroid], n[store.UninstallsAndroid]}, countsOf(n), presenceOf(n)}})
}

// reported is the campaign that a report is about.
func (s *Service) reported(c call) (found store.Campaign, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		found, err = s.campaign(r, c)
		return err
	})
	return found, err
}
