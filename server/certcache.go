package server

import (
	"context"

	"pocketpass/server/secret"
	"pocketpass/store"

	"golang.org/x/crypto/acme/autocert"
)

// certCache keeps what autocert wants kept in the database, encrypted, because
// private keys are among it. Each authority has its own: after a trial with one that
// nobody trusts, its certificates are none for the names.
type certCache struct {
	db        *store.Store
	master    *secret.Master
	authority string // address of its directory
}

// name is where something is kept. What the usual authority gave has no address in it.
func (c certCache) name(key string) string {
	if c.authority == defaultAuthority {
		return "acme/" + key
	}
	return "acme/" + c.authority + "/" + key
}

// Get returns autocert.ErrCacheMiss if there is nothing.
func (c certCache) Get(ctx context.Context, key string) (plain []byte, err error) {
	err = c.db.View(ctx, func(r store.Reader) error {
		sealed, ok, err := r.Setting(c.name(key))
		if err != nil {
			return err
		}
		if !ok {
			return autocert.ErrCacheMiss
		}
		plain, err = c.master.Open(c.name(key), sealed)
		return err
	})
	return plain, err
}

func (c certCache) Put(ctx context.Context, key string, plain []byte) error {
	sealed := c.master.Seal(c.name(key), plain)
	return c.db.Update(ctx, func(tx store.Tx) error { return tx.PutSetting(c.name(key), sealed) })
}

func (c certCache) Delete(ctx context.Context, key string) error {
	return c.db.Update(ctx, func(tx store.Tx) error { return tx.DeleteSetting(c.name(key)) })
}
