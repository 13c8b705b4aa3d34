package placeholder

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/currency"

	"pocketpass/signer/pkpass"
)

// Value is what a placeholder stands for. The zero Value stands for nothing.
type Value struct {
	kind     kind
	text     string // also the literal of a number, and minor units of money
	currency string // ISO code, if it is known
	dressed  bool   // a format was asked for: programs read what people do
	at       time.Time
}

type kind byte

const (
	absent kind = iota
	textKind
	numberKind
	moneyKind
	dayKind    // a date without a time: the same day everywhere
	momentKind // a point in time
	truthKind  // text is "true" or "false"
)

// Word makes a value of a text.
func Word(s string) Value { return Value{kind: textKind, text: s} }

// Number makes a value of the literal of a JSON number.
func Number(n json.Number) Value { return Value{kind: numberKind, text: string(n)} }

// Int makes a value of a whole number.
func Int(n int64) Value { return Value{kind: numberKind, text: strconv.FormatInt(n, 10)} }

// Money makes a value of an amount in minor units; the currency may be empty.
func Money(minor int64, currency string) Value {
	return Value{kind: moneyKind, text: strconv.FormatInt(minor, 10), currency: currency}
}

// Moment makes a value of a point in time.
func Moment(t time.Time) Value { return Value{kind: momentKind, at: t} }

// Type says what the values of a field are.
type Type string

// The types. A value is a JSON string unless the type says otherwise.
const (
	TypeText     Type = "text"     // or a number
	TypeNumber   Type = "number"   // a JSON number
	TypeInteger  Type = "integer"  // a JSON number without a fraction, within ±(2^53-1)
	TypeMoney    Type = "money"    // a JSON number: minor units, as integer
	TypeDate     Type = "date"     // 2026-05-01
	TypeDatetime Type = "datetime" // 2026-05-01T18:30:00+02:00
	TypeBoolean  Type = "boolean"  // true or false
	TypeEmail    Type = "email"
	TypePhone    Type = "phone" // digits, with a plus and the usual signs between them
	TypeURL      Type = "url"   // absolute
)

// readers read a value of each type. Errors say what it has to be.
var readers = map[Type]func(json.RawMessage) (Value, error){
	TypeText:     readText,
	TypeNumber:   readNumber,
	TypeInteger:  readInteger,
	TypeMoney:    readMoney,
	TypeDate:     readDay,
	TypeDatetime: readMoment,
	TypeBoolean:  readTruth,
	TypeEmail:    readForm(isEmail, "an e-mail address like ada@example.org"),
	TypePhone:    readForm(phoneForm.MatchString, "a telephone number like +49 30 123456"),
	TypeURL:      readForm(isURL, "an absolute address like https://example.org/page"),
}

// Known says whether there is such a type.
func (t Type) Known() bool { return readers[t] != nil }

// Read makes a value of JSON. The error says what the type asks for.
func (t Type) Read(raw json.RawMessage) (Value, error) {
	read := readers[t]
	if read == nil {
		return Value{}, fmt.Errorf("of an unknown type %q", t)
	}
	return read(raw)
}

func readText(raw json.RawMessage) (Value, error) {
	var v pkpass.Value
	if err := v.UnmarshalJSON(raw); err != nil || v.IsZero() {
		return Value{}, errors.New("a text or a number")
	}
	return plain(v), nil
}

// plain is the value of a document's field.
func plain(v pkpass.Value) Value {
	if n, ok := v.Number(); ok {
		return Number(n)
	}
	return Word(v.String())
}

func readNumber(raw json.RawMessage) (Value, error) {
	if v, err := readText(raw); err == nil && v.kind == numberKind {
		return v, nil
	}
	return Value{}, errors.New("a number")
}

const maxInteger = 1<<53 - 1

func readInteger(raw json.RawMessage) (Value, error) {
	v, err := readNumber(raw)
	if n, bad := strconv.ParseInt(v.text, 10, 64); err == nil && bad == nil && n <= maxInteger && n >= -maxInteger {
		return Int(n), nil
	}
	return Value{}, errors.New("a whole number within ±9007199254740991, without a fraction or an exponent")
}

func readMoney(raw json.RawMessage) (Value, error) {
	v, err := readInteger(raw)
	if err != nil {
		return Value{}, errors.New("an amount in minor units, a whole number like 1250 for 12.50")
	}
	v.kind = moneyKind
	return v, nil
}

func readDay(raw json.RawMessage) (Value, error) {
	v, err := readText(raw)
	day, bad := time.Parse(time.DateOnly, v.text)
	if err != nil || bad != nil || v.kind != textKind {
		return Value{}, errors.New("a date like 2026-05-01")
	}
	return Value{kind: dayKind, at: day}, nil
}

func readMoment(raw json.RawMessage) (Value, error) {
	v, err := readText(raw)
	at, bad := pkpass.ParseDate(v.text)
	if err != nil || bad != nil || v.kind != textKind {
		return Value{}, errors.New("a date with time and zone, like 2026-05-01T18:30:00+02:00")
	}
	return Moment(at), nil
}

func readTruth(raw json.RawMessage) (Value, error) {
	var b bool
	if string(raw) == "null" || json.Unmarshal(raw, &b) != nil {
		return Value{}, errors.New("true or false")
	}
	return Value{kind: truthKind, text: strconv.FormatBool(b)}, nil
}

func readForm(good func(string) bool, want string) func(json.RawMessage) (Value, error) {
	return func(raw json.RawMessage) (Value, error) {
		if v, err := readText(raw); err == nil && v.kind == textKind && good(v.text) {
			return v, nil
		}
		return Value{}, errors.New(want)
	}
}

var phoneForm = regexp.MustCompile(`^\+?[0-9][0-9 ()/.-]{1,30}$`)

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && !strings.ContainsAny(s, "\r\n")
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "")
}

// digits is how many digits a currency has behind the point.
func digits(code string) int {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return 2
	}
	n, _ := currency.Standard.Rounding(unit)
	return n
}

// major is an amount in the currency's own unit: "12.50" for 1250 cents.
func major(minor string, digits int) string {
	sign, n := "", minor
	if rest, ok := strings.CutPrefix(minor, "-"); ok {
		sign, n = "-", rest
	}
	if digits == 0 {
		return minor
	}
	if short := digits + 1 - len(n); short > 0 {
		n = strings.Repeat("0", short) + n
	}
	return sign + n[:len(n)-digits] + "." + n[len(n)-digits:]
}
