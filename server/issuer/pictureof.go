package issuer

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"image/png"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/raster"
	"pocketpass/store"
)

// original is the kind of assets that were uploaded for no place yet.
const original = "original"

// KeepPicture keeps a picture that is for no place yet, as PNG, under the name of an old
// service that name makes of its content: 40 hexadecimal digits. The same picture is kept
// once.
func (i *Issuer) KeepPicture(ctx context.Context, a Actor, service string, data []byte, name func(digits string) string) (store.Asset, error) {
	img, err := raster.Decode(bytes.NewReader(data), keptLimits)
	if err != nil {
		return store.Asset{}, invalid("/image", "image_refused", "%v", err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return store.Asset{}, fmt.Errorf("encode picture: %w", err)
	}
	sum := sha1.Sum(out.Bytes()) // a name, and no proof of anything
	size := img.Bounds().Size()
	var set raster.Set
	set.Pictures[0] = raster.Picture{Scale: 1, Width: size.X, Height: size.Y, PNG: out.Bytes()}
	u := Upload{Name: "picture", Kind: original, Former: store.Former{Service: service, ID: name(hex.EncodeToString(sum[:]))}}
	return i.keepOnce(ctx, a, u, set)
}

// PictureFor is an asset for a place on passes of a style, made of a picture that was kept.
// A picture that nobody kept is NotFound.
func (i *Issuer) PictureFor(ctx context.Context, a Actor, kept store.Former, kind, style string) (asset store.Asset, err error) {
	u := Upload{Name: kind, Kind: kind, Style: style, Former: store.Former{Service: kept.Service, ID: kept.ID + "#" + kind + "." + style}}
	err = i.db.View(ctx, func(r store.Reader) error {
		if asset, err = r.AssetByFormer(a.Org, u.Former); !errors.Is(err, store.ErrNotFound) {
			return err
		}
		from, err := r.AssetByFormer(a.Org, kept)
		if err == nil && len(from.Variants) > 0 {
			u.Data, err = r.Blob(from.Variants[0].Blob)
		}
		return err
	})
	if err != nil || u.Data == nil {
		return asset, err
	}
	set, err := i.prepareImage(ctx, u)
	if err != nil {
		return asset, err
	}
	return i.keepOnce(ctx, a, u, set)
}

// keepOnce keeps an asset unless there is one of the same name.
func (i *Issuer) keepOnce(ctx context.Context, a Actor, u Upload, set raster.Set) (out store.Asset, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		out, err = r.AssetByFormer(a.Org, u.Former)
		return err
	})
	if !errors.Is(err, store.ErrNotFound) {
		return out, err
	}
	err = i.update(ctx, func(tx store.Tx) error {
		if out, err = tx.AssetByFormer(a.Org, u.Former); !errors.Is(err, store.ErrNotFound) {
			return err
		}
		id, err := putAsset(tx, a, u, set)
		if err == nil {
			out, err = tx.Asset(a.Org, id)
		}
		return err
	})
	if err != nil {
		return store.Asset{}, fmt.Errorf("keep picture: %w", err)
	}
	return out, nil
}

// ShownBy is the style if passes of it show images of a kind, else nothing: such pictures
// are prepared as for any.
func ShownBy(style, kind string) string {
	if _, shown := pkpass.ImageSpecFor(pkpass.ImageKind(kind), pkpass.Face(style)); shown {
		return style
	}
	return ""
}
