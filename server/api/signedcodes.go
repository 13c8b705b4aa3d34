package api

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"time"

	"pocketpass/store"
)

type codeKeysView struct {
	Keys []codeKeyView `json:"keys"`
}

type codeKeyView struct {
	Number    uint8  `json:"number" doc:"That codes name it by"`
	Algorithm string `json:"algorithm" enum:"Ed25519"`
	PublicKey []byte `json:"publicKey" doc:"32 bytes, in base64"`
	PEM       string `json:"pem" doc:"The same as SubjectPublicKeyInfo"`
}

func (a *API) codeKeys(_ context.Context, r request[none, none]) (out reply[codeKeysView], err error) {
	for _, k := range a.Issuer.CodeKeys(r.Actor) {
		der, err := x509.MarshalPKIXPublicKey(k.Public)
		if err != nil {
			return out, err
		}
		text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		out.view.Keys = append(out.view.Keys, codeKeyView{k.Number, "Ed25519", k.Public, string(text)})
	}
	return out, nil
}

type revokedQuery struct {
	Since int64 `query:"since" minimum:"0" doc:"next of the page before"`
	Limit int   `query:"limit" default:"1000" minimum:"1" maximum:"5000" doc:"How many passes to return"`
}

// revokedView has ids as the numbers that codes have.
type revokedView struct {
	Key       uint8     `json:"key" doc:"Number of the key that signed"`
	Made      time.Time `json:"made"`
	Since     uint64    `json:"since"`
	Next      uint64    `json:"next" doc:"Ask for the next page with it as since; 0 on the last one"`
	Passes    []uint64  `json:"passes" doc:"Ascending, as they are in codes"`
	Campaigns []uint64  `json:"campaigns" doc:"All passes of these are good no longer; on the first page only"`
	Signature []byte    `json:"signature" doc:"Ed25519, in base64, of a text of lines that each end with LF: PPR1, key, made in Unix seconds, since, next, the number of passes, each of them, the number of campaigns, each of them; all numbers decimal"`
}

func (a *API) revokedCodes(ctx context.Context, r request[revokedQuery, none]) (reply[revokedView], error) {
	l, signature, err := a.Issuer.RevokedCodes(ctx, r.Actor, store.ID(r.params.Since), r.params.Limit)
	if err != nil {
		return reply[revokedView]{}, err
	}
	return answer(revokedView{l.Key, l.Made.Truncate(time.Second), l.Since, l.Next, append([]uint64{}, l.Passes...), append([]uint64{}, l.Campaigns...), signature})
}
