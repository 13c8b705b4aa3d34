package issuer

import (
	"errors"
	"strings"
	"unicode/utf8"

	"pocketpass/signer/code"
	"pocketpass/store"
)

// Target says which pass is meant. One of Pass, Code, Scan and ExternalID has to be given.
type Target struct {
	Pass       store.ID
	Code       string // as people type it
	Scan       string // what a barcode says
	ExternalID string
	Campaign   store.ID // only a pass of this one; 0 means any
}

// maxSameText bounds how many passes with one text are looked at.
const maxSameText = 100

func (t Target) check() error {
	given := 0
	for _, yes := range []bool{t.Pass != 0, t.Code != "", t.Scan != "", t.ExternalID != ""} {
		if yes {
			given++
		}
	}
	if given != 1 {
		return invalid("", "target", "say which pass: give one of pass, code, scan and externalId")
	}
	for path, text := range map[string]string{"/code": t.Code, "/scan": t.Scan, "/externalId": t.ExternalID} {
		if len(text) > maxScan || !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			return invalid(path, "target", "the text has more than %d bytes, or is not UTF-8 without zero bytes; no pass says that", maxScan)
		}
	}
	return nil
}

// text is what was scanned or typed.
func (t Target) text() string { return t.Scan + t.Code }

// find returns the pass that t means. One that does not exist, or is not of the campaign
// or the organisation, is NotFound; several are a Conflict.
func (i *Issuer) find(r store.Reader, a Actor, t Target) (p store.Pass, err error) {
	if t.Campaign != 0 {
		if _, err := r.Campaign(a.Org, t.Campaign); err != nil {
			return p, err
		}
	}
	switch {
	case t.Pass != 0:
		p, err = r.Pass(a.Org, t.Pass)
	case t.ExternalID != "":
		p, err = r.PassByExternalID(a.Org, t.ExternalID)
	default:
		p, err = i.said(r, a, t)
	}
	if err == nil && t.Campaign != 0 && p.Campaign != t.Campaign {
		err = store.ErrNotFound
	}
	if errors.Is(err, store.ErrNotFound) {
		return p, unknownPass
	}
	return p, err
}

var unknownPass = &Error{Kind: NotFound, Code: "not_found", Msg: "no pass goes by this; check what was scanned or typed, and whose key this is"}

// said finds the pass of what was typed or scanned: as it is, else without the blanks around
// it and the line end that scanners send, else as people spell the codes that are made here.
func (i *Issuer) said(r store.Reader, a Actor, t Target) (p store.Pass, err error) {
	bare := strings.TrimSpace(t.text())
	texts := []string{t.text(), bare}
	if t.Code != "" {
		texts = append(texts, strings.ToUpper(bare))
	}
	err = store.ErrNotFound
	for _, text := range unique(texts) {
		switch {
		case text == "" || !errors.Is(err, store.ErrNotFound):
		case t.Code != "":
			p, err = passSaying(r, a, t, text)
		case text == bare || !code.Is(bare):
			t.Scan = text
			p, err = i.scanned(r, a, t)
		}
	}
	return p, err
}

// scanned finds the pass of a barcode: a signed code, the code or text of a pass, a serial
// number, an external id, a message of its template filled in.
func (i *Issuer) scanned(r store.Reader, a Actor, t Target) (store.Pass, error) {
	if code.Is(t.Scan) {
		return i.signedPass(r, a, t.Scan)
	}
	for _, look := range []func() (store.Pass, error){
		func() (store.Pass, error) { return passSaying(r, a, t, t.Scan) },
		func() (store.Pass, error) { return passWithSerial(r, a, t.Scan) },
		func() (store.Pass, error) { return r.PassByExternalID(a.Org, t.Scan) },
		func() (store.Pass, error) { return i.passInPattern(r, a, t) },
	} {
		if p, err := look(); !errors.Is(err, store.ErrNotFound) {
			return p, err
		}
	}
	return store.Pass{}, store.ErrNotFound
}

// passSaying finds the one pass with a code or barcode of this text.
func passSaying(r store.Reader, a Actor, t Target, text string) (store.Pass, error) {
	all, next, err := r.PassesScanned(a.Org, text, store.Page{Limit: maxSameText})
	if err != nil {
		return store.Pass{}, err
	}
	var found []store.Pass
	for _, p := range all {
		if t.Campaign == 0 || p.Campaign == t.Campaign {
			found = append(found, p)
		}
	}
	switch {
	case len(found) > 1 || next != 0:
		return store.Pass{}, ambiguous()
	case len(found) == 0:
		return store.Pass{}, store.ErrNotFound
	}
	return found[0], nil
}

func ambiguous() error {
	return conflict("code_ambiguous", "several passes have this code; give the campaign, or the pass itself")
}

// passWithSerial looks in each of the organisation's pass types.
func passWithSerial(r store.Reader, a Actor, serial string) (store.Pass, error) {
	types, err := passTypesOf(r, a.Org)
	for _, t := range types {
		p, err := r.PassBySerial(t, serial)
		if err == nil && p.Org == a.Org && p.Deleted.IsZero() {
			return p, nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return store.Pass{}, err
		}
	}
	return store.Pass{}, errors.Join(err, store.ErrNotFound)
}

func passTypesOf(r store.Reader, org store.ID) ([]string, error) {
	all, _, err := r.Certificates(org, store.Page{})
	var out []string
	for _, c := range all {
		if c.PassTypeIdentifier != "" {
			out = append(out, c.PassTypeIdentifier)
		}
	}
	return unique(out), err
}
