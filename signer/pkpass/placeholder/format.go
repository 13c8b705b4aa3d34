package placeholder

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/currency"

	"pocketpass/signer/pkpass"
)

// formatKind is a format by its name: what its arguments may be, checked when a
// text is parsed, and what it makes of a value.
type formatKind struct {
	check func(args []string) string // what is wrong with them, or empty
	apply func(c context, v Value, args []string) (Value, error)
}

// context is what formats depend on.
type context struct {
	locale *locale
	zone   *time.Location
}

var formats = map[string]formatKind{
	"bar":      {checkBar, formatBar},
	"date":     {oneOf(dateStyles...), formatDate},
	"datetime": {oneOf(dateStyles...), formatDatetime},
	"default":  {checkDefault, formatDefault},
	"lower": {none, func(c context, v Value, _ []string) (Value, error) {
		return Word(cases.Lower(c.locale.tag).String(c.show(v))), nil
	}},
	"money":  {checkMoney, formatMoney},
	"number": {checkNumber, formatNumber},
	"time":   {oneOf("short", "medium"), formatTime},
	"upper": {none, func(c context, v Value, _ []string) (Value, error) {
		return Word(cases.Upper(c.locale.tag).String(c.show(v))), nil
	}},
	"url": {none, func(c context, v Value, _ []string) (Value, error) { return Word(url.QueryEscape(c.plain(v))), nil }},
}

var formatNames = []string{"bar", "date", "datetime", "default", "lower", "money", "number", "time", "upper", "url"}

var dateStyles = []string{"short", "medium", "long", "full"}

func none(args []string) string {
	if len(args) > 0 {
		return "the format takes no argument; leave it out"
	}
	return ""
}

// oneOf takes one of the words, or nothing.
func oneOf(words ...string) func([]string) string {
	return func(args []string) string {
		if len(args) > 1 || len(args) == 1 && !slices.Contains(words, args[0]) {
			return "the format takes one of " + strings.Join(words, ", ")
		}
		return ""
	}
}

// first is the first argument, or what stands for none.
func first(args []string, otherwise string) string {
	if len(args) == 0 {
		return otherwise
	}
	return args[0]
}

// show is a value as a text that people read.
func (c context) show(v Value) string {
	switch v.kind {
	case moneyKind:
		if v.currency != "" {
			return c.locale.money(v.text, v.currency)
		}
		return v.text
	case dayKind:
		return c.locale.date(v.at, "medium")
	case momentKind:
		return c.locale.date(v.at.In(c.zone), "medium")
	case truthKind:
		return c.locale.truth(v.text == "true")
	default:
		return v.text
	}
}

// plain is a value as a text that programs read.
func (c context) plain(v Value) string {
	switch {
	case v.dressed:
		return c.show(v)
	case v.kind == dayKind:
		return v.at.Format(time.DateOnly)
	case v.kind == momentKind:
		return c.stamp(v)
	default:
		return v.text
	}
}

// stamp is a date as Wallet reads it.
func (c context) stamp(v Value) string {
	at := v.at.In(c.zone)
	if v.kind == dayKind {
		at = time.Date(v.at.Year(), v.at.Month(), v.at.Day(), 0, 0, 0, 0, c.zone)
	}
	return at.Format(time.RFC3339)
}

var errNoDate = errors.New("is no date; give it like 2026-05-01 or 2026-05-01T18:30:00+02:00, or leave the format out")

// moment reads a date out of a text, too: fields without a declared type are texts.
func (c context) moment(v Value) (at time.Time, day bool, err error) {
	if v.kind == textKind {
		if t, err := time.Parse(time.DateOnly, v.text); err == nil {
			return t, true, nil
		}
		t, err := pkpass.ParseDate(v.text)
		if err != nil {
			return t, false, errNoDate
		}
		v = Moment(t)
	}
	switch v.kind {
	case dayKind:
		return v.at, true, nil
	case momentKind:
		return v.at.In(c.zone), false, nil
	default:
		return at, false, errNoDate
	}
}

func formatDate(c context, v Value, args []string) (Value, error) {
	at, _, err := c.moment(v)
	if err != nil {
		return Value{}, err
	}
	return Word(c.locale.date(at, first(args, "medium"))), nil
}

var errNoTime = errors.New("is a date without a time; use the format date")

// clock is moment of a value that says a time, too.
func (c context) clock(v Value) (time.Time, error) {
	at, day, err := c.moment(v)
	if err == nil && day {
		err = errNoTime
	}
	return at, err
}

func formatTime(c context, v Value, args []string) (Value, error) {
	at, err := c.clock(v)
	if err != nil {
		return Value{}, err
	}
	return Word(c.locale.time(at, first(args, "short"))), nil
}

// formatDatetime gives the date in the style and the time in hours and minutes.
func formatDatetime(c context, v Value, args []string) (Value, error) {
	at, err := c.clock(v)
	if err != nil {
		return Value{}, err
	}
	return Word(c.locale.date(at, first(args, "medium")) + c.locale.calendar.join + c.locale.time(at, "short")), nil
}

const maxDigits = 10

func checkNumber(args []string) string {
	if len(args) == 0 {
		return ""
	}
	if n, err := strconv.Atoi(args[0]); len(args) > 1 || err != nil || n < 0 || n > maxDigits {
		return fmt.Sprintf("number takes how many digits stand behind the point, 0 to %d", maxDigits)
	}
	return ""
}

func formatNumber(c context, v Value, args []string) (Value, error) {
	if v.kind == moneyKind && v.currency != "" {
		v.text = major(v.text, digits(v.currency))
	}
	n, err := v.number()
	if err != nil {
		return Value{}, err
	}
	places := -1
	if len(args) > 0 {
		places, _ = strconv.Atoi(args[0])
	}
	return Word(c.locale.number(n, places)), nil
}

// number reads a number out of a text, too.
func (v Value) number() (float64, error) {
	n, err := strconv.ParseFloat(v.text, 64)
	if err != nil || v.kind != textKind && v.kind != numberKind && v.kind != moneyKind || strings.Trim(v.text, "+-.0123456789eE") != "" {
		return 0, errors.New("is no number; give a JSON number, or leave the format out")
	}
	return n, nil
}

// whole reads a whole number out of a text, too.
func (v Value) whole() (int64, error) {
	if _, err := v.number(); err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil || n > maxInteger || n < -maxInteger {
		return 0, errors.New("is not a whole number within ±9007199254740991; give one without a fraction")
	}
	return n, nil
}

func checkMoney(args []string) string {
	if len(args) == 0 {
		return ""
	}
	if _, err := currency.ParseISO(args[0]); len(args) > 1 || err != nil || len(args[0]) != 3 {
		return "money takes the ISO code of a currency, like EUR; without one the value has to have its own"
	}
	return ""
}

func formatMoney(c context, v Value, args []string) (Value, error) {
	n, err := v.whole()
	if err != nil {
		return Value{}, fmt.Errorf("%w: money is counted in minor units", err)
	}
	code := strings.ToUpper(first(args, v.currency))
	if code == "" {
		return Value{}, errors.New("has no currency of its own; name it in the format, like money:EUR")
	}
	out := Money(n, code) // still an amount: a field with a currencyCode has it as a number
	out.dressed = true
	return out, nil
}

const (
	maxSigns = 100
	maxSign  = 8 // characters of one sign, for joined emoji
)

func checkBar(args []string) string {
	n, err := 0, error(nil)
	if len(args) > 0 {
		n, err = strconv.Atoi(args[0])
	}
	if len(args) != 1 && len(args) != 3 || err != nil || n < 1 || n > maxSigns {
		return fmt.Sprintf("bar takes how many signs there are, 1 to %d, and the filled and the empty sign, like bar:10,●,○", maxSigns)
	}
	for _, sign := range args[1:] {
		if utf8.RuneCountInString(sign) > maxSign {
			return fmt.Sprintf("a sign of bar has up to %d characters; shorten it", maxSign)
		}
	}
	return ""
}

// formatBar is a row of signs of which as many are filled as the number says.
func formatBar(_ context, v Value, args []string) (Value, error) {
	n, err := v.whole()
	if err != nil {
		return Value{}, err
	}
	all, _ := strconv.Atoi(args[0])
	full, empty := "●", "○"
	if len(args) == 3 {
		full, empty = args[1], args[2]
	}
	filled := int(max(0, min(n, int64(all))))
	return Word(strings.Repeat(full, filled) + strings.Repeat(empty, all-filled)), nil
}

func checkDefault(args []string) string {
	if len(args) != 1 {
		return `default takes one text, like default:"guest"`
	}
	return ""
}

// formatDefault also replaces a text that is there and empty.
func formatDefault(_ context, v Value, args []string) (Value, error) {
	if v.kind == absent || v.kind == textKind && v.text == "" {
		return Word(args[0]), nil
	}
	return v, nil
}
