package crashtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pocketpass/signer"
	"pocketpass/signer/pkpass"
)

// state is what a pass was promised to be. The zero value is a pass that does not exist.
type state struct {
	Exists bool
	Edited int // the number in its ETag
	Stamps int
	Holder string
	Voided bool
}

// card is what one client knows of one pass. Nobody else changes that pass.
type card struct {
	externalID string // and Idempotency-Key of order
	order      []byte // body of the request that issued it; nil if that was an upsert
	id, serial string
	passType   string
	token      string // once it was downloaded
	promised   state
	maybe      *state // what it is if the write took place that was under way

	shown     document
	lastShown time.Time // Last-Modified of shown
}

// passView is a pass in the native API.
type passView struct {
	ID                 string
	SerialNumber       string
	PassTypeIdentifier string
	Voided             bool
	Values             struct {
		Stamps int
		Holder string
	}
}

// read takes in a pass as an answer shows it.
func (k *card) read(a answer) (state, error) {
	if a.status == http.StatusNoContent || a.status == http.StatusNotFound {
		return state{}, nil
	}
	var v passView
	if err := json.Unmarshal(a.body, &v); err != nil {
		return state{}, fmt.Errorf("%w in %s", err, a.body)
	}
	edited, err := strconv.Atoi(strings.Trim(a.header.Get("ETag"), `"`))
	if err != nil {
		return state{}, fmt.Errorf("ETag: %w", err)
	}
	if k.id != "" && (v.ID != k.id || v.SerialNumber != k.serial) {
		return state{}, fmt.Errorf("pass %s with serial number %s is now %s with %s", k.id, k.serial, v.ID, v.SerialNumber)
	}
	k.id, k.serial, k.passType = v.ID, v.SerialNumber, v.PassTypeIdentifier
	return state{true, edited, v.Values.Stamps, v.Values.Holder, v.Voided}, nil
}

// document is what a phone would show of a pass.
type document struct {
	Stamps int
	Voided bool
}

// open reads a pass file as Wallet would and refuses what Wallet would refuse.
func (k *card) open(file []byte) (document, error) {
	r, err := signer.Lint(file, time.Now())
	if err != nil {
		return document{}, err
	}
	if bad := pkpass.Blocking(r.Findings); len(bad) > 0 {
		return document{}, fmt.Errorf("%s: %s", bad[0].Code, bad[0].Effect)
	}
	var d struct {
		SerialNumber        string
		AuthenticationToken string
		Voided              bool
		StoreCard           struct {
			HeaderFields []struct{ Value int }
		}
	}
	if err := json.Unmarshal(r.Contents.Files["pass.json"].Data, &d); err != nil {
		return document{}, err
	}
	if d.SerialNumber != k.serial || len(d.StoreCard.HeaderFields) != 1 {
		return document{}, fmt.Errorf("it is another pass: %s", d.SerialNumber)
	}
	if k.token != "" && d.AuthenticationToken != k.token {
		return document{}, fmt.Errorf("its authentication token changed")
	}
	k.token = d.AuthenticationToken
	return document{d.StoreCard.HeaderFields[0].Value, d.Voided}, nil
}

// due says whether d is what a phone should be shown. A deleted pass is served void.
func (s state) due(d document) bool {
	return !s.Exists && d.Voided || s.Exists && d == document{s.Stamps, s.Voided}
}

// show judges a pass file that was served: whole, as promised, and with a
// Last-Modified that grew if the pass changed.
func (k *card) show(a answer) error {
	d, err := k.open(a.body)
	if err != nil {
		return fmt.Errorf("torn or refused: %w", err)
	}
	modified, err := http.ParseTime(a.header.Get("Last-Modified"))
	if err != nil {
		return err
	}
	switch {
	case !k.promised.due(d):
		return fmt.Errorf("it shows %+v, promised was %+v", d, k.promised)
	case modified.Before(k.lastShown):
		return fmt.Errorf("Last-Modified went back from %v to %v", k.lastShown, modified)
	case modified.Equal(k.lastShown) && d != k.shown:
		return fmt.Errorf("it changed from %+v to %+v under the same Last-Modified", k.shown, d)
	}
	k.shown, k.lastShown = d, modified
	return nil
}
