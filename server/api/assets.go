package api

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

type assetView struct {
	ID       ref           `json:"id"`
	Name     string        `json:"name" example:"Logo of 2026"`
	Kind     string        `json:"kind" example:"logo"`
	Style    string        `json:"style,omitempty" example:"storeCard"`
	Variants []variantView `json:"variants" doc:"One for each scale"`
	FormerID *formerID     `json:"formerId,omitempty" doc:"What the service called it that it came from"`
	Created  time.Time     `json:"created"`
}

type variantView struct {
	Scale  int    `json:"scale" example:"2"`
	Width  int    `json:"width" doc:"In pixels"`
	Height int    `json:"height" doc:"In pixels"`
	Size   int    `json:"size" doc:"In bytes"`
	URL    string `json:"url" doc:"Of the PNG; needs a key like every other address"`
}

func (a *API) assetView(s store.Asset) assetView {
	v := assetView{ID: ref{s.ID}, Name: s.Name, Kind: s.Kind, Style: s.Style, FormerID: newFormerID(s.Former), Created: s.Created, Variants: []variantView{}}
	for _, p := range s.Variants {
		v.Variants = append(v.Variants, variantView{Scale: p.Scale, Width: p.Width, Height: p.Height, Size: p.Size,
			URL: a.BaseURL + prefix + "/assets/" + s.ID.Short() + "/" + imageName(p.Scale)})
	}
	return v
}

// assetForm is a picture for one kind of place on a pass.
type assetForm struct {
	file              []byte
	kind, style, name string
}

func (f *assetForm) part(name string, data []byte) bool {
	switch name {
	case "file":
		return setFile(&f.file, data)
	case "kind":
		return setText(&f.kind, data)
	case "style":
		return setText(&f.style, data)
	case "name":
		return setText(&f.name, data)
	}
	return false
}

func (*assetForm) schema() *huma.Schema {
	return formSchema([]string{"file", "kind"}, map[string]*huma.Schema{
		"file": fileField("PNG, JPEG, GIF or WebP of any size"),
		"kind": textField("Place on the pass",
			pkpass.Icon, pkpass.Logo, pkpass.Strip, pkpass.Thumbnail, pkpass.Background, pkpass.Footer, pkpass.Artwork,
			pkpass.PrimaryLogo, pkpass.SecondaryLogo, pkpass.VenueMap, pkpass.PersonalizationLogo),
		"style": textField("Style that it is cut for, where sizes depend on it: storeCard, eventTicket …"),
		"name":  textField("Your name for it; the kind if there is none"),
	})
}

func (a *API) addAsset(ctx context.Context, r request[none, assetForm]) (reply[assetView], error) {
	b := r.body
	if len(b.file) == 0 {
		return reply[assetView]{}, invalid("/file", "file_missing", "the form has no file; send the picture as the part named file")
	}
	s, err := a.Issuer.AddAsset(ctx, r.Actor, issuer.Upload{Name: cmp.Or(b.name, b.kind), Kind: b.kind, Style: b.style, Data: b.file, Idempotency: r.once})
	if err != nil {
		return reply[assetView]{}, err
	}
	return reply[assetView]{view: a.assetView(s), location: "/assets/" + s.ID.Short()}, nil
}

func (a *API) assets(ctx context.Context, r request[Page, none]) (out reply[list[assetView]], err error) {
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		all, next, err := s.Assets(r.Org, r.params.page())
		out.view = listOf(all, next, a.assetView)
		return err
	})
	return out, err
}

func (a *API) asset(ctx context.Context, r request[byID, none]) (out reply[assetView], err error) {
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		asset, err := s.Asset(r.Org, r.params.ID.id)
		out.view = a.assetView(asset)
		return err
	})
	return out, err
}

type imagePath struct {
	ID    ref    `path:"id"`
	Image string `path:"image" enum:"1.png,2.png,3.png" doc:"Scale and .png"`
}

const imageExtension = ".png"

func imageName(scale int) string { return strconv.Itoa(scale) + imageExtension }

func (a *API) assetImage(ctx context.Context, r request[imagePath, none]) (reply[file], error) {
	scale, err := strconv.Atoi(strings.TrimSuffix(r.params.Image, imageExtension))
	if err != nil {
		return reply[file]{}, store.ErrNotFound
	}
	png, err := a.Issuer.AssetImage(ctx, r.Actor, r.params.ID.id, scale)
	return reply[file]{view: file{data: png}}, err
}
