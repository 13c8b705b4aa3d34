package passtools

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/color"
	_ "image/jpeg" // a format that is looked at
	"image/png"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"pocketpass/server/compat/moved"
	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// pictureTime is how long the server that has a picture may take.
const pictureTime = 5 * time.Second

// pictures are what image headers of a request name.
type pictures struct {
	uploads map[string]issuer.Upload // by kind
	assets  map[string]store.ID
}

// pictures gets the pictures of the headers that are wanted. One that cannot be had is no
// error, for clients go on naming servers that are gone; something that cannot be the
// address of a picture is.
func (s *Service) pictures(c *call, style string, all map[string]entry, wanted func(key string) bool) (pictures, error) {
	out := pictures{make(map[string]issuer.Upload), make(map[string]store.ID)}
	remote := make(map[string]string)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		h := headers[key]
		text, _ := textOf(all[key].Value)
		if h.kind == "" || text == "" || !wanted(key) {
			continue
		}
		data, asset, err := s.local(c, key, text)
		switch {
		case err != nil:
			return out, err
		case !shows(style, h.kind):
		case asset != 0:
			out.assets[string(h.kind)] = asset
		case data != nil:
			out.add(h.kind, style, data)
		default:
			remote[key] = text
		}
	}
	for key, data := range s.fetch(c.Context(), remote) {
		out.add(headers[key].kind, style, data)
	}
	return out, nil
}

func (p pictures) add(kind pkpass.ImageKind, style string, data []byte) {
	if _, format, err := image.DecodeConfig(bytes.NewReader(data)); err == nil && (format == "png" || format == "jpeg") {
		p.uploads[string(kind)] = issuer.Upload{Name: string(kind), Kind: string(kind), Style: style, Data: data}
	}
}

// local reads a picture that is in the request or on this server. Of one that is on
// another it returns nothing.
func (s *Service) local(c *call, key, text string) (data []byte, asset store.ID, err error) {
	if rest, ok := strings.CutPrefix(text, "data:"); ok {
		_, encoded, _ := strings.Cut(rest, "base64,")
		if data, err = base64.StdEncoding.DecodeString(encoded); err != nil || len(data) == 0 {
			return nil, 0, refuse(key, "the data: URL must hold a picture in Base64")
		}
		return data, 0, nil
	}
	if rest, ok := strings.CutPrefix(text, s.BaseURL+"/api/v1/assets/"); ok {
		text, _, _ = strings.Cut(rest, "/")
	}
	if id, ok := store.ParseShort(text); ok {
		return nil, id, s.ownsAsset(c, key, id)
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, 0, refuse(key, "must be the address of a picture that begins with http:// or https://")
	}
	return nil, 0, nil
}

func (s *Service) ownsAsset(c *call, key string, id store.ID) error {
	return s.Issuer.View(c.Context(), func(r store.Reader) error {
		a, err := r.Asset(c.actor.Org, id)
		if err != nil || a.Kind != string(headers[key].kind) {
			return refuse(key, "there is no such picture of this kind")
		}
		return nil
	})
}

// fetch gets what can be had.
func (s *Service) fetch(ctx context.Context, addresses map[string]string) map[string][]byte {
	ctx, stop := context.WithTimeout(ctx, pictureTime)
	defer stop()
	var mu sync.Mutex
	out := make(map[string][]byte)
	var g errgroup.Group
	for key, address := range addresses {
		g.Go(func() error {
			got, err := moved.Of(ctx).Fetch(ctx, map[string]string{key: address}, s.Issuer.FetchPictures)
			if err != nil {
				s.log().InfoContext(ctx, "picture of a request cannot be had", "header", key, "err", err)
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			out[key] = got[key]
			return nil
		})
	}
	_ = g.Wait() // none of them fails
	return out
}

// ready completes what a template shows: pictures that could not be had stay as they were,
// and an icon there has to be.
func (p pictures) ready(style string, all map[string]entry, had map[string]store.ID) (map[string]issuer.Upload, map[string]store.ID) {
	for key, e := range all {
		kind := string(headers[key].kind)
		_, fresh := p.uploads[kind]
		if id, kept := had[kind]; kept && !fresh && p.assets[kind] == 0 && !isEmpty(e.Value) {
			p.assets[kind] = id
		}
	}
	icon := string(pkpass.Icon)
	if _, ok := p.uploads[icon]; !ok && p.assets[icon] == 0 {
		p.uploads[icon] = issuer.Upload{Name: icon, Kind: icon, Style: style, Data: defaultIcon()}
	}
	return p.uploads, p.assets
}

// defaultIcon is a grey ticket: a square with two notches.
var defaultIcon = sync.OnceValue(func() []byte {
	const side, notch = 116, 14
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			dx, dy := min(x, side-1-x), y-side/2
			if dx*dx+dy*dy > notch*notch {
				img.SetNRGBA(x, y, color.NRGBA{96, 108, 118, 255})
			} else {
				img.SetNRGBA(x, y, color.NRGBA{236, 238, 240, 255})
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err) // a picture of our own in memory
	}
	return out.Bytes()
})
