package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

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
	Scales      map[int][]byte // instead of Data: a picture for each scale, kept as it came but for its size
	Former      store.Former   // of one that moved here
	Item        *NewItem       // of the service whose client uploads it, with which the picture is kept whole, too
	Idempotency Idempotency
}

// AddAsset prepares a picture in every scale and keeps it.
func (i *Issuer) AddAsset(ctx context.Context, a Actor, u Upload) (store.Asset, error) {
	if err := errors.Join(checkName("/name", u.Name), checkFormer(u.Former)); err != nil {
		return store.Asset{}, err
	}
	set, err := i.prepareImage(ctx, u)
	if err != nil {
		return store.Asset{}, err
	}
	var out store.Asset
	err = i.update(ctx, func(tx store.Tx) error {
		id, _, err := i.once(tx, a, u.Idempotency, func() (store.ID, error) {
			id, err := putAsset(tx, a, u, set)
			if err == nil && u.Item != nil {
				_, err = addItem(tx, a, id, *u.Item)
			}
			return id, err
		})
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
	set, err := u.pictures()
	if errors.Is(err, raster.ErrNotShown) {
		return raster.Set{}, invalid("/kind", "image_refused", "%v", err)
	}
	if err != nil {
		return raster.Set{}, invalid("/file", "image_refused", "%v", err)
	}
	if u.Item == nil {
		return set, nil
	}
	if set.Whole, err = raster.Whole(u.Data); err != nil {
		return raster.Set{}, invalid("/file", "image_refused", "%v", err)
	}
	return set, nil
}

// keptLimits are those of pictures that are kept as they came.
var keptLimits = raster.Limits{Bytes: maxPicture, Side: 4096, Pixels: 4096 * 4096}

func (u Upload) pictures() (set raster.Set, err error) {
	kind, face := pkpass.ImageKind(u.Kind), pkpass.Face(u.Style)
	if len(u.Scales) == 0 {
		return raster.Prepare(u.Data, kind, face)
	}
	set.Kind = kind
	for scale, data := range u.Scales {
		if set.Pictures[scale-1], err = raster.Keep(data, kind, face, scale, keptLimits); err != nil {
			return raster.Set{}, err
		}
	}
	return set, nil
}

// prepared is a picture that is ready to be an asset.
type prepared struct {
	Upload
	set raster.Set
}

// prepareImages prepares pictures by the names of the images that they are to be. What
// is wrong with one is said at its name beneath at.
func (i *Issuer) prepareImages(ctx context.Context, at string, all map[string]Upload) (map[string]prepared, error) {
	out := make(map[string]prepared, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		set, err := i.prepareImage(ctx, all[name])
		if e, ok := errors.AsType[*Error](err); ok {
			return nil, invalid(at+pointer(name), e.Code, "%s: %s", name, e.Msg)
		}
		if err != nil {
			return nil, err
		}
		out[name] = prepared{all[name], set}
	}
	return out, nil
}

// putAssets keeps pictures and returns images with theirs over them.
func putAssets(tx store.Tx, a Actor, images map[string]store.ID, all map[string]prepared) (map[string]store.ID, error) {
	if len(all) == 0 {
		return images, nil
	}
	out := maps.Clone(images)
	if out == nil {
		out = make(map[string]store.ID, len(all))
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		id, err := putAsset(tx, a, all[name].Upload, all[name].set)
		if err != nil {
			return nil, err
		}
		out[name] = id
	}
	return out, nil
}

func putAsset(tx store.Tx, a Actor, u Upload, set raster.Set) (store.ID, error) {
	have, err := tx.AssetByFormer(a.Org, u.Former)
	if err := formerTaken("asset", u.Former, have.ID, err); err != nil {
		return 0, err
	}
	id, err := tx.NewID()
	if err != nil {
		return 0, err
	}
	out := store.Asset{ID: id, Org: a.Org, Name: u.Name, Kind: u.Kind, Style: u.Style, Former: u.Former, Created: tx.Now}
	if set.Whole != nil {
		if out.Whole, err = tx.PutBlob(set.Whole); err != nil {
			return 0, err
		}
	}
	for _, v := range set.Pictures {
		if v.PNG == nil {
			continue // only some scales were given
		}
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
