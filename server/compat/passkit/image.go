package passkit

import (
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

var goodPath = regexp.MustCompile(`^images/dynamic/[0-9a-f]{40}\.png$`)

// uploadImage handles POST /v2/images.
func (s *Service) uploadImage(c call) error {
	f, err := c.form()
	if err != nil {
		return err
	}
	data := f.files["image"]
	if data == nil && !f.parts {
		if data, err = inlineImage(f); err != nil {
			return err
		}
	}
	if data == nil {
		return missingField("image")
	}
	a, err := s.Issuer.KeepPicture(c.Context(), c.actor, name, data, func(digits string) string { return "images/dynamic/" + digits + ".png" })
	if err != nil {
		return imageRefused(err, "image")
	}
	return c.answer(struct {
		Path string `json:"path"`
	}{a.Former.ID})
}

// inlineImage is a picture that came as JSON.
func inlineImage(f form) ([]byte, error) {
	o, err := topObject(f.json)
	if err != nil {
		return nil, err
	}
	text, given, err := o.text("base64String")
	if err != nil || !given {
		return nil, err
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) == 0 {
		return nil, invalidField("base64String", "must be base64 of a picture")
	}
	return data, nil
}

func imageRefused(err error, field string) error {
	if e := issuer.Public(err); e.Code == "image_refused" {
		return &failure{http.StatusBadRequest, "Invalid value for field " + field + ": the picture must be a PNG, JPEG or GIF", err}
	}
	return err
}

// images are assets for the pictures of a pass of a style, by slot.
func (s *Service) images(c call, paths map[string]string, style string) (map[string]store.ID, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	out := make(map[string]store.ID, len(paths))
	for _, slot := range sortedKeys(paths) {
		kept := store.Former{Service: name, ID: paths[slot]}
		a, err := s.Issuer.PictureFor(c.Context(), c.actor, kept, slot, issuer.ShownBy(style, slot))
		if errors.Is(err, store.ErrNotFound) {
			return nil, invalidField("dynamicImages", "there is no image %s", paths[slot])
		}
		if err != nil {
			return nil, imageRefused(err, "dynamicImages."+slot)
		}
		out[slot] = a.ID
	}
	return out, nil
}

// imagesFor are assets for the pictures that a change of a pass names. What is wrong with
// the pass is said when it is changed.
func (s *Service) imagesFor(c call, o object, find func(store.Reader) (store.Pass, error)) (map[string]store.ID, error) {
	var x extras
	if err := x.readImages(o); err != nil {
		return nil, err
	}
	style := ""
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		p, err := find(r)
		if err != nil {
			return err
		}
		t, err := wantedTemplate(r, p, o)
		style = t.Style
		return err
	})
	if err != nil {
		return nil, err
	}
	out, err := s.images(c, x.Images, style)
	if out == nil && err == nil {
		out = map[string]store.ID{}
	}
	return out, err
}
