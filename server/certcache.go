package server

import (
	"context"

	"pocketpass/server/secret"
	"pocketpass/store"

	"golang.org/x/crypto/acme/autocert"
)

// certCache keeps what autocert wants kept in the database, encrypted, because
// private keys are among it.
type certCache struct {
	db     *store.Store
	master *secret.Master
}

func cacheName(key string) string { return "acme/" + key }

// Get returns autocert.ErrCacheMiss if there is nothing.
func (c certCache) Get(ctx context.Context, key string) (plain []byte, err error) {
	err = c.db.View(ctx, func(r store.Reader) error {
		sealed, ok, err := r.Setting(cacheName(key))
		if err != nil {
			return err
		}
		if !ok {
			return autocert.ErrCacheMiss
		}
		plain, err = c.master.Open(cacheName(key), sealed)
		return err
	})
	return plain, err
}

func (c certCache) Put(ctx context.Context, key string, plain []byte) error {
	sealed := c.master.Seal(cacheName(key), plain)
	return c.db.Update(ctx, func(tx store.Tx) error { return tx.PutSetting(cacheName(key), sealed) })
}

func (c certCache) Delete(ctx context.Context, key string) error {
	return c.db.Update(ctx, func(tx store.Tx) error { return tx.DeleteSetting(cacheName(key)) })
}
