package issuer

import (
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode"

	"pocketpass/store"
)

// lineKey is what could be read from a line that a device posted: of each, the
// last line is kept.
type lineKey struct{ passType, serial, library string }

type lineSeen struct {
	at   time.Time
	text string
}

// Anyone can post log lines, so they are taken for what they are: hostile text
// that may help, and that must not make much work.
const (
	maxLines    = 100  // of one request
	maxLineLen  = 1000 // bytes
	maxLineKeys = 1000 // that wait to be written
	maxNoted    = 100  // registrations that one line is kept with
	maxNotedAll = 1000 // registrations that a commit keeps lines with
)

var (
	linePassType = regexp.MustCompile(`(?:pass type '?|Web service error for )([A-Za-z0-9._-]+)`)
	lineSerial   = regexp.MustCompile(`serial (?:number|#) '?([A-Za-z0-9._-]+)`)
	lineDevice   = regexp.MustCompile(`for device '?([A-Za-z0-9._-]+)`)
)

// DeviceLog takes lines that a device posted. Those that name a pass are kept
// with it for the diagnosis.
func (i *Issuer) DeviceLog(lines []string) {
	now := i.cfg.Now()
	i.seen.mu.Lock()
	defer i.seen.mu.Unlock()
	for _, text := range lines[:min(len(lines), maxLines)] {
		if k, text, ok := parseLine(text); ok {
			put(&i.seen.lines, k, lineSeen{now, text}, maxLineKeys)
		}
	}
}

// parseLine reads what a line is about. ok is false if it names nothing of ours.
func parseLine(text string) (k lineKey, clean string, ok bool) {
	clean = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(strings.Clone(truncate(text, maxLineLen)), "?"))
	k = lineKey{passType: first(linePassType, clean), serial: first(lineSerial, clean), library: first(lineDevice, clean)}
	ok = k.passType != "" && (goodSerial.MatchString(k.serial) || k.serial == "" && goodLibrary.MatchString(k.library))
	return k, clean, ok
}

func first(re *regexp.Regexp, s string) string {
	if m := re.FindStringSubmatch(s); m != nil {
		return strings.TrimRight(m[1], ".")
	}
	return ""
}

// noteLine keeps a line with at most max of the registrations that it is about,
// and returns with how many.
func noteLine(tx store.Tx, k lineKey, l lineSeen, max int) (int, error) {
	all, err := registrationsOf(tx.Reader, k, max)
	if err != nil {
		return 0, err
	}
	for _, g := range all {
		g.Log = store.DeviceLine{At: moment(l.at), Text: l.text}
		if err := tx.PutRegistration(g); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// registrationsOf are those that a line is about: the device's own, those of the
// pass when it names no device, or those of the device when it names no pass, as
// lines about the list of changes do.
func registrationsOf(r store.Reader, k lineKey, max int) ([]store.Registration, error) {
	if k.serial == "" {
		return r.SomeRegistrationsOfDevice(k.passType, k.library, max)
	}
	p, err := r.PassBySerial(k.passType, k.serial)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if k.library == "" {
		return r.SomeRegistrationsOfPass(p.ID, max)
	}
	return registrationOf(r, p.ID, k.library)
}

// registrationOf is a device's registration for a pass, or none.
func registrationOf(r store.Reader, pass store.ID, library string) ([]store.Registration, error) {
	g, err := r.Registration(pass, library)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return []store.Registration{g}, err
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
	{"Unexpected response code", "unexpected_answer", "the phone got an unexpected status",
		"check that the reverse proxy hands /wallet/ to Pocketpass without asking for a login"},
	{"unregistered serial number", "not_on_phone", "the phone no longer has this pass",
		"nothing is to be done: it will unregister, or the holder has removed the pass"},
}
