package bench_test

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pocketpass/store"
)

// fillBatch is how many passes one transaction of fill writes.
const fillBatch = 20_000

// fill adds n passes as issuer.Issue writes them, and returns the last keep of them.
func (a *appliance) fill(b testing.TB, n, keep int) []store.Pass {
	b.Helper()
	var kept []store.Pass
	for from := 0; from < n; from += fillBatch {
		to := min(n, from+fillBatch)
		var batch []store.Pass
		must(b, a.Store.Update(b.Context(), func(tx store.Tx) error {
			batch = batch[:0]
			for range to - from {
				p, err := a.addPass(tx)
				if err != nil {
					return err
				}
				batch = append(batch, p)
			}
			return nil
		}))
		kept = append(kept, batch...)
		kept = append(kept[:0], kept[max(0, len(kept)-keep):]...)
	}
	return kept
}

func (a *appliance) addPass(tx store.Tx) (store.Pass, error) {
	id, err := tx.NewID()
	if err != nil {
		return store.Pass{}, err
	}
	v, err := tx.NextVersion(store.Version{})
	if err != nil {
		return store.Pass{}, err
	}
	p := store.Pass{ID: id, Org: a.actor.Org, Campaign: a.campaign.ID, Template: a.campaign.Template, PassTypeIdentifier: passType,
		SerialNumber: serialNumber(), PublicID: publicID(), ExternalID: "customer-" + id.Decimal(), Values: values,
		Version: v, Created: tx.Now, Updated: tx.Now}
	return p, errors.Join(tx.PutPass(p), tx.Count(p.Campaign, store.CountPasses, 1), tx.Count(p.Campaign, store.CountIssued, 1),
		tx.AddEvent(&store.Event{Org: p.Org, Campaign: p.Campaign, Subject: p.ID, Type: "pass.created", By: "operator"}))
}

// register notes a device for each pass, one for each, as issuer.Register does.
func (a *appliance) register(b testing.TB, passes []store.Pass) {
	b.Helper()
	must(b, a.Store.Update(b.Context(), func(tx store.Tx) error {
		for _, p := range passes {
			rev, err := tx.NextRevision()
			if err != nil {
				return err
			}
			err = errors.Join(
				tx.PutDevice(store.Device{PassTypeIdentifier: passType, Library: library(p), PushToken: pushToken(p), Registered: tx.Now}),
				tx.PutRegistration(store.Registration{Pass: p.ID, Library: library(p), PassTypeIdentifier: passType,
					Template: p.Template, Campaign: p.Campaign, Revision: rev, Created: tx.Now}),
				tx.Count(p.Campaign, store.CountRegistered, 1),
				tx.AddEvent(&store.Event{Org: p.Org, Campaign: p.Campaign, Subject: p.ID, Type: "pass.installed", Detail: map[string]string{"device": library(p)[:6] + "…"}}))
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

func library(p store.Pass) string   { return strings.ReplaceAll(p.SerialNumber, "-", "") }
func pushToken(p store.Pass) string { return library(p) + library(p) }

// token is what the phone with p authenticates with.
func (a *appliance) token(b testing.TB, p store.Pass) string {
	b.Helper()
	doc, _, err := a.Issuer.Document(b.Context(), a.actor, p.ID)
	must(b, err)
	return doc.AuthenticationToken
}

func serialNumber() string {
	var raw [16]byte
	rand.Read(raw[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:])
}

func publicID() string {
	var raw [9]byte
	rand.Read(raw[:])
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:])[:14]
}
