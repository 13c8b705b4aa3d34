package placeholder

import (
	"strconv"
	"strings"
	"time"

	"pocketpass/signer/pkpass"
)

// Shown is the value of a field as Wallet writes it in a language: an amount with its
// currency, a number or a date in the style that the field asks for, and everything
// else as it is. Dates are those of zone, unless the field keeps to its own.
func Shown(f pkpass.Field, language string, zone *time.Location) string {
	l := newLocale(language)
	n, isNumber := f.Value.Number()
	switch {
	case isNumber && f.CurrencyCode != "":
		return l.amount(n.String(), f.CurrencyCode)
	case isNumber:
		return l.styled(n.String(), f.NumberStyle)
	case f.IsDate():
		return l.stamped(f, zone)
	}
	return f.Value.String()
}

// amount writes a number of the currency's own units.
func (l *locale) amount(number, code string) string {
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return number
	}
	minor := strings.Replace(strconv.FormatFloat(n, 'f', digits(code), 64), ".", "", 1)
	return l.money(minor, strings.ToUpper(code))
}

// styled writes a number as a constant of Wallet says; what it spells out or gives an
// exponent is left as it is.
func (l *locale) styled(number, style string) string {
	n, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil:
		return number
	case style == "PKNumberStyleDecimal":
		return l.number(n, -1)
	case style == "PKNumberStylePercent":
		return l.number(n*100, 0) + "%"
	}
	return number
}

// stamped writes a date and a time in the styles of a field. A text that is no date
// stays as it is.
func (l *locale) stamped(f pkpass.Field, zone *time.Location) string {
	at, err := pkpass.ParseDate(f.Value.String())
	if err != nil {
		return f.Value.String()
	}
	if f.IgnoresTimeZone == nil || !*f.IgnoresTimeZone {
		at = at.In(zone)
	}
	var parts []string
	if style, ok := walletStyles[f.DateStyle]; ok {
		parts = append(parts, l.date(at, style))
	}
	if style, ok := walletStyles[f.TimeStyle]; ok {
		parts = append(parts, l.time(at, timeStyles[style]))
	}
	if len(parts) == 0 {
		return f.Value.String()
	}
	return strings.Join(parts, l.calendar.join)
}

// timeStyles are those of times: the longer ones only add the zone's name.
var timeStyles = map[string]string{"short": "short", "medium": "medium", "long": "medium", "full": "medium"}

// walletStyles are the constants of Wallet that show something.
var walletStyles = map[string]string{
	"PKDateStyleShort": "short", "PKDateStyleMedium": "medium", "PKDateStyleLong": "long", "PKDateStyleFull": "full",
}
