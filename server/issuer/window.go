package issuer

import (
	"time"

	"pocketpass/store"
)

// windowAt is the stretch of the calendar in which t lies: from its beginning up to, not
// including, its end. A day on which clocks change is longer or shorter.
func windowAt(w store.Window, t time.Time, zone *time.Location) (from, to time.Time) {
	t = t.In(zone)
	year, month, day := t.Date()
	switch w {
	case store.PerHour:
		from = t.Add(-time.Duration(t.Minute())*time.Minute - time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond()))
		return from, from.Add(time.Hour)
	case store.PerWeek:
		day -= (int(t.Weekday()) + 6) % 7
		return date(year, month, day, zone), date(year, month, day+7, zone)
	case store.PerMonth:
		return date(year, month, 1, zone), date(year, month+1, 1, zone)
	}
	return date(year, month, day, zone), date(year, month, day+1, zone)
}

// date is the first moment of a day. Where clocks jump over midnight that is the moment
// of the jump: time.Date then returns one of the day before in some zones.
func date(year int, month time.Month, day int, zone *time.Location) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if t.Hour() > 12 {
		_, t = t.ZoneBounds()
	}
	return t
}
