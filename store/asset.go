package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"pocketpass/store/kv"
)

// Asset is one uploaded image, prepared for one kind of place on a pass.
type Asset struct {
	ID       ID        `json:"id"`
	Org      ID        `json:"org"`
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`            // "icon", "logo", "strip" …
	Style    string    `json:"style,omitempty"` // the style it was cut for, where the sizes depend on it
	Variants []Variant `json:"variants"`        // one per scale, 1x first
	Whole    string    `json:"whole,omitempty"` // blob: the picture as it was before it was scaled, a PNG; empty if nobody wants that
	Created  time.Time `json:"created"`
	Former   Former    `json:"former,omitzero"`
}

// Variant is an asset's image at one scale.
type Variant struct {
	Scale  int    `json:"scale"` // 1, 2 or 3
	Width  int    `json:"width"` // pixels
	Height int    `json:"height"`
	Size   int    `json:"size"` // bytes
	Blob   string `json:"blob"` // hex SHA-256 of the PNG
}

var assets = table[Asset]{
	name: "asset",
	key:  func(a *Asset) []byte { return a.ID.key() },
	indexes: []index[Asset]{
		{name: assetByOrg, keys: func(a *Asset) [][]byte { return [][]byte{join(a.Org, a.ID)} }},
		{name: assetByFormer, unique: true, keys: func(a *Asset) [][]byte { return a.Former.keys(a.Org) }},
	},
}

const (
	assetByOrg kv.Table = "asset_organisation"
	blobTable  kv.Table = "blob"
)

// Asset returns an asset of the organisation.
func (r Reader) Asset(org, id ID) (Asset, error) {
	a, err := assets.get(r.kv, id.key())
	return owned(a, err, org, a.Org)
}

// Assets lists the assets of the organisation.
func (r Reader) Assets(org ID, p Page) ([]Asset, ID, error) {
	return assets.list(r.kv, assetByOrg, join(org), p, nil)
}

// PutAsset writes a.
func (tx Tx) PutAsset(a Asset) error { return assets.put(tx.kv, &a) }

// Blob returns a copy of the bytes with the given hex SHA-256.
func (r Reader) Blob(sum string) ([]byte, error) {
	raw, ok, err := r.kv.Get(blobTable, []byte(sum))
	if err != nil {
		return nil, fmt.Errorf("read blob: %w", err)
	}
	if !ok {
		return nil, ErrNotFound
	}
	data, err := unwrap(raw)
	return bytes.Clone(data), err
}

// PutBlob stores data once under its hash, which it returns.
func (tx Tx) PutBlob(data []byte) (sum string, err error) {
	h := sha256.Sum256(data)
	sum = hex.EncodeToString(h[:])
	if _, ok, err := tx.kv.Get(blobTable, []byte(sum)); err != nil || ok {
		return sum, err
	}
	return sum, tx.kv.Put(blobTable, []byte(sum), wrap(data))
}
