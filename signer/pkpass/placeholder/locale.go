package placeholder

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// locale is how a language writes values. It is shared and never changed.
type locale struct {
	tag      language.Tag
	base     string // "pt" of pt-BR
	calendar *calendar
}

// newLocale takes a language tag. An empty or unknown one is English.
func newLocale(tag string) *locale {
	t, err := language.Parse(tag)
	if err != nil || tag == "" {
		t = language.English
	}
	base, _ := t.Base()
	l := &locale{tag: t, base: base.String(), calendar: calendars[base.String()]}
	region, _ := t.Region()
	switch {
	case l.calendar == nil:
		l.calendar = &numeric
	case l.base == "en" && region.String() != "US":
		l.calendar = &british
	}
	return l
}

// number writes n with the language's signs; places behind the point, as many as
// are needed and at most three if it is negative.
func (l *locale) number(n float64, places int) string {
	options := []number.Option{number.MaxFractionDigits(3)}
	if places >= 0 {
		options = []number.Option{number.Scale(places)}
	}
	return message.NewPrinter(l.tag).Sprint(number.Decimal(n, options...))
}

// symbolFirst is what stands between the symbol of a currency and an amount, in
// languages that put the symbol first. All others put it behind a blank.
var symbolFirst = map[string]string{"en": "", "ja": "", "ko": "", "zh": "", "nl": "\u00a0", "pt": "\u00a0"}

// money writes an amount in minor units.
func (l *locale) money(minor, code string) string {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return minor
	}
	places := digits(code)
	unsigned, negative := strings.CutPrefix(minor, "-")
	n, _ := strconv.ParseFloat(major(unsigned, places), 64)
	amount := l.number(n, places)
	symbol := message.NewPrinter(l.tag).Sprint(currency.Symbol(unit))
	between, first := symbolFirst[l.base]
	if region, _ := l.tag.Region(); l.base == "pt" && region.String() == "PT" {
		first = false
	}
	switch {
	case first && between == "" && len(symbol) == 3 && symbol == code:
		between = "\u00a0" // letters would run into the digits
		fallthrough
	case first:
		amount = symbol + between + amount
	default:
		amount += "\u00a0" + symbol
	}
	if negative {
		amount = "-" + amount
	}
	return amount
}

// truths are yes and no.
var truths = map[string][2]string{
	"de": {"ja", "nein"}, "fr": {"oui", "non"}, "es": {"sí", "no"}, "pt": {"sim", "não"}, "it": {"sì", "no"}, "nl": {"ja", "nee"},
}

func (l *locale) truth(yes bool) string {
	words, ok := truths[l.base]
	if !ok {
		words = [2]string{"yes", "no"}
	}
	if yes {
		return words[0]
	}
	return words[1]
}

func (l *locale) date(t time.Time, style string) string {
	return l.calendar.write(l.calendar.dates[style], t)
}

func (l *locale) time(t time.Time, style string) string {
	return l.calendar.write(l.calendar.times[style], t)
}
