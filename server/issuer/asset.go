package issuer

import (
	"context"
	"fmt"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/raster"
	"pocketpass/store"
)

// Upload is a picture for one kind of place on a pass.
type Upload struct {
	Name        string
	Kind        string // "icon", "logo", "strip" …
	Style       string // style it is for, where sizes depend on it; may be empty
	Data        []byte
	Idempotency Idempotency
}

// AddAsset prepares a picture in every scale and keeps it.
func (i *Issuer) AddAsset(ctx context.Context, a Actor, u Upload) (store.Asset, error) {
	if err := checkName("/name", u.Name); err != nil {
		return store.Asset{}, err
	}
	set, err := i.prepareImage(ctx, u)
	if err != nil {
		return store.Asset{}, err
	}
	var out store.Asset
	err = i.update(ctx, func(tx store.Tx) error {
		id, _, err := i.once(tx, a, u.Idempotency, func() (store.ID, error) { return putAsset(tx, a, u, set) })
		if err == nil {
			out, err = tx.Asset(a.Org, id)
		}
		return err
	})
	if err != nil {
		return store.Asset{}, fmt.Errorf("add asset: %w", err)
	}
	return out, nil
}

func (i *Issuer) prepareImage(ctx context.Context, u Upload) (raster.Set, error) {
	select {
	case i.decoding <- struct{}{}:
		defer func() { <-i.decoding }()
	case <-ctx.Done():
		return raster.Set{}, ctx.Err()
	}
	set, err := raster.Prepare(u.Data, pkpass.ImageKind(u.Kind), pkpass.Face(u.Style))
	if err != nil {
		return raster.Set{}, invalid("/file", "image_refused", "%v", err)
	}
	return set, nil
}

func putAsset(tx store.Tx, a Actor, u Upload, set raster.Set) (store.ID, error) {
	id, err := tx.NewID()
	if err != nil {
		return 0, err
	}
	out := store.Asset{ID: id, Org: a.Org, Name: u.Name, Kind: u.Kind, Style: u.Style, Created: tx.Now}
	for _, v := range set.Pictures {
		sum, err := tx.PutBlob(v.PNG)
		if err != nil {
			return 0, err
		}
		out.Variants = append(out.Variants, store.Variant{Scale: v.Scale, Width: v.Width, Height: v.Height, Size: len(v.PNG), Blob: sum})
	}
	return id, tx.PutAsset(out)
}

// AssetImage returns the PNG of an asset at a scale.
func (i *Issuer) AssetImage(ctx context.Context, a Actor, id store.ID, scale int) (png []byte, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		asset, err := r.Asset(a.Org, id)
		if err != nil {
			return err
		}
		for _, v := range asset.Variants {
			if v.Scale == scale {
				png, err = r.Blob(v.Blob)
				return err
			}
		}
		return store.ErrNotFound
	})
	return png, err
}
