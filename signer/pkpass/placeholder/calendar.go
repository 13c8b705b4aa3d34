package placeholder

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// calendar is how a language writes dates, after the Unicode CLDR. Patterns have
// these verbs, everything else in them is written as it stands:
//
//	%W weekday  %d day  %D day of two digits
//	%N month's name  %n its short name  %m its number  %M of two digits
//	%Y year  %y year of two digits
//	%H hour of two digits  %h hour of 12  %p AM or PM  %i minute  %s second
type calendar struct {
	months   [12]string
	short    [12]string
	weekdays [7]string // from Sunday
	dates    map[string]string
	times    map[string]string
	join     string // between a date and a time
}

func words(s string) []string { return strings.Fields(s) }

// styles are patterns from short to full.
func styles(short, medium, long, full string) map[string]string {
	return map[string]string{"short": short, "medium": medium, "long": long, "full": full}
}

var (
	clock24 = map[string]string{"short": "%H:%i", "medium": "%H:%i:%s"}
	clock12 = map[string]string{"short": "%h:%i\u00a0%p", "medium": "%h:%i:%s\u00a0%p"}
)

var (
	englishMonths   = [12]string(words("January February March April May June July August September October November December"))
	englishShort    = [12]string(words("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"))
	englishWeekdays = [7]string(words("Sunday Monday Tuesday Wednesday Thursday Friday Saturday"))
)

// british is the calendar of English outside the United States.
var british = calendar{englishMonths, englishShort, englishWeekdays,
	styles("%D/%M/%Y", "%d %n %Y", "%d %N %Y", "%W %d %N %Y"), clock24, ", "}

// numeric is the calendar of languages whose words are not known here.
var numeric = calendar{dates: styles("%Y-%M-%D", "%Y-%M-%D", "%Y-%M-%D", "%Y-%M-%D"), times: clock24, join: " "}

var calendars = map[string]*calendar{
	"en": {englishMonths, englishShort, englishWeekdays,
		styles("%m/%d/%y", "%n %d, %Y", "%N %d, %Y", "%W, %N %d, %Y"), clock12, ", "},
	"de": {
		[12]string(words("Januar Februar März April Mai Juni Juli August September Oktober November Dezember")),
		[12]string(words("Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.")),
		[7]string(words("Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag")),
		styles("%D.%M.%y", "%D.%M.%Y", "%d. %N %Y", "%W, %d. %N %Y"), clock24, ", "},
	"fr": {
		[12]string(words("janvier février mars avril mai juin juillet août septembre octobre novembre décembre")),
		[12]string(words("janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.")),
		[7]string(words("dimanche lundi mardi mercredi jeudi vendredi samedi")),
		styles("%D/%M/%Y", "%d %n %Y", "%d %N %Y", "%W %d %N %Y"), clock24, ", "},
	"es": {
		[12]string(words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")),
		[12]string(words("ene feb mar abr may jun jul ago sept oct nov dic")),
		[7]string(words("domingo lunes martes miércoles jueves viernes sábado")),
		styles("%d/%m/%y", "%d %n %Y", "%d de %N de %Y", "%W, %d de %N de %Y"), clock24, ", "},
	"pt": {
		[12]string(words("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro")),
		[12]string(words("jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.")),
		[7]string(words("domingo segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado")),
		styles("%D/%M/%Y", "%d de %n de %Y", "%d de %N de %Y", "%W, %d de %N de %Y"), clock24, ", "},
	"it": {
		[12]string(words("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre")),
		[12]string(words("gen feb mar apr mag giu lug ago set ott nov dic")),
		[7]string(words("domenica lunedì martedì mercoledì giovedì venerdì sabato")),
		styles("%D/%M/%y", "%d %n %Y", "%d %N %Y", "%W %d %N %Y"), clock24, ", "},
	"nl": {
		[12]string(words("januari februari maart april mei juni juli augustus september oktober november december")),
		[12]string(words("jan feb mrt apr mei jun jul aug sep okt nov dec")),
		[7]string(words("zondag maandag dinsdag woensdag donderdag vrijdag zaterdag")),
		styles("%D-%M-%Y", "%d %n %Y", "%d %N %Y", "%W %d %N %Y"), clock24, " "},
}

func (c *calendar) write(pattern string, t time.Time) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' {
			b.WriteByte(pattern[i])
			continue
		}
		i++
		b.WriteString(c.verb(pattern[i], t))
	}
	return b.String()
}

func (c *calendar) verb(verb byte, t time.Time) string {
	switch verb {
	case 'W':
		return c.weekdays[t.Weekday()]
	case 'd':
		return strconv.Itoa(t.Day())
	case 'D':
		return t.Format("02")
	case 'N':
		return c.months[t.Month()-1]
	case 'n':
		return c.short[t.Month()-1]
	case 'm':
		return strconv.Itoa(int(t.Month()))
	case 'M':
		return t.Format("01")
	case 'Y':
		return strconv.Itoa(t.Year())
	case 'y':
		return t.Format("06")
	case 'H':
		return t.Format("15")
	case 'h':
		return t.Format("3")
	case 'p':
		return t.Format("PM")
	case 'i':
		return t.Format("04")
	case 's':
		return t.Format("05")
	}
	panic(fmt.Sprintf("placeholder: pattern with the unknown verb %%%c", verb))
}
