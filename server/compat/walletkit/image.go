package walletkit

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	_ "image/gif" // formats whose width is asked for
	_ "image/jpeg"
	_ "image/png"

	"pocketpass/server/compat/moved"
	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
)

// retina ends the names of images in double size.
const retina = "2x"

// iconWidth is from where on an icon serves as the one in double size, too.
const iconWidth = 58

// readImages reads the addresses of images by their members. An empty one is none.
func readImages(o object) (map[string]string, error) {
	out := make(map[string]string)
	for _, kind := range kinds {
		for _, name := range []string{string(kind), string(kind) + retina} {
			raw, ok := o.get(name)
			if !ok {
				continue
			}
			var address string
			if json.Unmarshal(raw, &address) != nil {
				return nil, refuse(codeInvalidField, name, "%s must be a string with the address of a picture", name)
			}
			if address != "" {
				out[name] = address
			}
		}
	}
	return out, nil
}

// fetchImages gets all pictures of a request or none. What the style does not show is
// fetched and checked as well, and left out.
func (s *Service) fetchImages(ctx context.Context, addresses map[string]string, passType string, strip bool) (map[string]issuer.Upload, error) {
	if len(addresses) == 0 {
		return nil, nil
	}
	data, err := moved.Of(ctx).Fetch(ctx, addresses, s.Issuer.FetchPictures)
	if err != nil {
		return nil, err
	}
	out := make(map[string]issuer.Upload)
	for _, kind := range kinds {
		u := issuer.Upload{Name: string(kind), Kind: string(kind), Style: passType, Scales: make(map[int][]byte)}
		for scale, name := range map[int]string{1: string(kind), 2: string(kind) + retina} {
			if data[name] == nil {
				continue
			}
			if _, _, err := image.DecodeConfig(bytes.NewReader(data[name])); err != nil {
				return nil, refuse(codeImageInvalid, name, "%s: the picture must be a PNG, JPEG or GIF", name)
			}
			u.Scales[scale] = data[name]
		}
		switch {
		case kind != pkpass.Icon:
		case u.Scales[2] == nil && width(u.Scales[1]) >= iconWidth:
			u.Scales[2] = u.Scales[1]
		case u.Scales[1] == nil && u.Scales[2] != nil: // no pass is without icon.png
			u.Scales[1] = u.Scales[2]
		}
		if len(u.Scales) > 0 && styles[passType].shows(string(kind), strip) {
			out[string(kind)] = u
		}
	}
	return out, nil
}

// width is that of a picture in pixels, 0 if there is none.
func width(data []byte) int {
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return 0
	}
	return c.Width
}

// hasStrip says whether images leave no room for others.
func hasStrip(addresses map[string]string) bool {
	return addresses["strip"] != "" || addresses["strip"+retina] != ""
}
