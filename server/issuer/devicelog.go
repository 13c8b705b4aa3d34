package issuer

import (
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode"

	"pocketpass/store"
)

// lineSeen is a line that a device posted, with what could be read from it.
type lineSeen struct {
	at       time.Time
	text     string
	passType string
	serial   string
	library  string
}

// Anyone can post log lines, so they are taken for what they are: hostile text
// that may help.
const (
	maxLines   = 100
	maxLineLen = 1000 // bytes
)

var (
	linePassType = regexp.MustCompile(`pass type '?([A-Za-z0-9._-]+)`)
	lineSerial   = regexp.MustCompile(`serial (?:number|#) '?([A-Za-z0-9._-]+)`)
	lineDevice   = regexp.MustCompile(`for device '?([A-Za-z0-9._-]+)`)
)

// DeviceLog takes lines that a device posted. Those that name a pass are kept
// with it for the diagnosis.
func (i *Issuer) DeviceLog(lines []string) {
	now := i.Now()
	i.seen.mu.Lock()
	defer i.seen.mu.Unlock()
	for _, text := range lines[:min(len(lines), maxLines)] {
		l := parseLine(text)
		l.at = now
		if (l.serial != "" || l.library != "") && len(i.seen.lines) < maxSeen {
			i.seen.lines = append(i.seen.lines, l)
		}
	}
}

func parseLine(text string) lineSeen {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(strings.Clone(truncate(text, maxLineLen)), "?"))
	return lineSeen{text: text, passType: first(linePassType, text), serial: first(lineSerial, text), library: first(lineDevice, text)}
}

func first(re *regexp.Regexp, s string) string {
	if m := re.FindStringSubmatch(s); m != nil {
		return strings.TrimRight(m[1], ".")
	}
	return ""
}

// noteLine keeps a line with the registrations that it is about: of the pass, or
// of the device when it names no pass, as lines about the list of changes do.
func noteLine(tx store.Tx, l lineSeen) error {
	all, err := registrationsOf(tx.Reader, l)
	if err != nil {
		return err
	}
	for _, g := range all {
		if l.library != "" && l.library != g.Library {
			continue
		}
		g.Log = store.DeviceLine{At: moment(l.at), Text: l.text}
		if err := tx.PutRegistration(g); err != nil {
			return err
		}
	}
	return nil
}

func registrationsOf(r store.Reader, l lineSeen) ([]store.Registration, error) {
	if l.serial == "" {
		return r.RegistrationsOfDevice(l.passType, l.library)
	}
	p, err := r.PassBySerial(l.passType, l.serial)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return r.RegistrationsOfPass(p.ID)
}

// causes says what the lines that Wallet logs mean, by a part of their text.
var causes = []struct{ part, verdict, means, next string }{
	{"Authentication failure", "token_refused", "the phone's authentication token was refused",
		"check that the reverse proxy passes the Authorization header on; if the pass's token was changed, the holder must add the pass again"},
	{"invalid pass data", codeRefused, "the phone fetched the new version and refused it",
		"download the pass, run lint on it and mend what it finds; an expired certificate or a changed identifier are the usual causes"},
	{"ignored the 'if-modified-since'", "date_ignored", "the phone got the whole pass again although it had not changed",
		"check that no proxy strips the If-Modified-Since or Last-Modified header"},
	{"pass was unchanged", "unchanged", "the phone was told of a change and found none",
		"nothing is wrong unless this repeats; then check that no proxy caches passes"},
	{"tag remained the same", "tag_stuck", "the phone's tag does not move on",
		"check that no proxy caches the list of changed passes"},
	{"Unexpected response code", "unexpected_answer", "the phone got an unexpected status",
		"check that the reverse proxy hands /wallet/ to Pocketpass without asking for a login"},
	{"unregistered serial number", "not_on_phone", "the phone no longer has this pass",
		"nothing is to be done: it will unregister, or the holder has removed the pass"},
}
