package passworks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // formats that the service took
	_ "image/jpeg"
	_ "image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

func (s *Service) assetRoutes() []route {
	return []route{
		{"GET", "/assets", readers, s.listAssets},
		{"POST", "/assets", writers, s.createAsset},
		{"GET", "/assets/{id}", readers, s.getAsset},
		{"DELETE", "/assets/{id}", writers, s.deleteAsset},
	}
}

// shelfAssets is where assets are listed.
const shelfAssets = "passworks/assets"

// maxAsset bounds the file of an asset, in bytes.
const maxAsset = 1 << 20

// asset is how an asset is shown.
type asset struct {
	ID        string `json:"id"`
	AssetType string `json:"asset_type"`
	CreatedAt string `json:"created_at"`
	AssetURL  string `json:"asset_url"`
}

// assetBody is what an item keeps of an asset.
type assetBody struct {
	Type string `json:"type"`
}

func (s *Service) asset(it store.Item) (asset, error) {
	var b assetBody
	err := json.Unmarshal(it.Body, &b)
	id := it.ID.UUID()
	return asset{id, b.Type, seconds(it.Created), s.BaseURL + prefix + "/uploads/asset/" + id + "/original.png"}, err
}

// listAssets handles GET /assets.
func (s *Service) listAssets(c call) error {
	return listItems(s, c, shelfAssets, func(_ store.Reader, it store.Item) (asset, error) { return s.asset(it) })
}

// getAsset handles GET /assets/{id}.
func (s *Service) getAsset(c call) error {
	it, err := s.item(c, shelfAssets, "asset")
	if err != nil {
		return err
	}
	out, err := s.asset(it)
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, out)
}

// createAsset handles POST /assets.
func (s *Service) createAsset(c call) error {
	kind, file, err := c.upload()
	if err != nil {
		return err
	}
	body, err := json.Marshal(assetBody{kind})
	if err != nil {
		return err
	}
	former, err := c.former()
	if err != nil {
		return err
	}
	made, err := s.Issuer.AddAsset(c.Context(), c.actor, issuer.Upload{Name: kind, Kind: kind, Data: file, Item: &issuer.NewItem{Shelf: shelfAssets, Body: body, Former: former}})
	if e, ok := errors.AsType[*issuer.Error](err); ok && e.Code == "image_refused" {
		return invalid("file", "is not a JPEG, PNG or GIF of a reasonable size")
	}
	if err != nil {
		return err
	}
	out, err := s.asset(store.Item{ID: made.ID, Created: made.Created, Body: body})
	if err != nil {
		return err
	}
	return c.answer(http.StatusCreated, out)
}

// upload reads a form with an asset.
func (c call) upload() (kind string, file []byte, err error) {
	r, err := c.parts()
	if err != nil {
		return "", nil, err
	}
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", nil, unreadable(err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return "", nil, unreadable(err)
		}
		switch part.FormName() {
		case "asset[file]":
			file = data
		case "asset[asset_type]":
			kind = strings.TrimSpace(string(data))
		}
	}
	return kind, file, checkUpload(kind, file)
}

// unreadable says what is wrong with a form: it is too large, or broken.
func unreadable(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return invalid("file", "is larger than 1 MiB")
	}
	return malformed("base", "the form is broken")
}

func (c call) parts() (*multipart.Reader, error) {
	media, params, err := mime.ParseMediaType(c.Request.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(media, "multipart/") || params["boundary"] == "" {
		return nil, invalid("file", "can't be blank")
	}
	return multipart.NewReader(c.Body, params["boundary"]), nil
}

func checkUpload(kind string, file []byte) error {
	_, format, err := image.DecodeConfig(bytes.NewReader(file))
	switch {
	case len(file) == 0:
		return invalid("file", "can't be blank")
	case len(file) > maxAsset:
		return invalid("file", "is larger than 1 MiB")
	case err != nil || !slices.Contains([]string{"png", "jpeg", "gif"}, format):
		return invalid("file", "is not a JPEG, PNG or GIF")
	case !slices.Contains(slots, kind):
		return invalid("asset_type", "is not included in the list")
	}
	return nil
}

// deleteAsset handles DELETE /assets/{id}. What passes show of it stays on them.
func (s *Service) deleteAsset(c call) error {
	it, err := s.item(c, shelfAssets, "asset")
	if err != nil {
		return err
	}
	err = s.Issuer.DeleteItem(c.Context(), c.actor, it.ID, false)
	if e, ok := errors.AsType[*issuer.Error](err); ok && e.Code == issuer.CodeItemNeeded {
		return s.usedBy(c, it.ID, "asset", "templates", codeAssetUsed)
	}
	if err != nil {
		return missing(err, "asset")
	}
	return c.gone()
}

// maxCounted bounds how many users of a thing are counted.
const maxCounted = 1000

// usedBy refuses to delete what others are made of.
func (s *Service) usedBy(c call, id store.ID, what, others string, code int) error {
	var all []store.Item
	err := s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
		all, _, err = r.ItemsNeeding(id, store.Page{Limit: maxCounted})
		return err
	})
	if err != nil {
		return err
	}
	f := blocked(what, fmt.Sprintf("in use by %d %s", len(all), others))
	f.Code = code
	return f
}

// picture makes an asset the image of a slot: as it is if it was made for that, else
// its picture prepared anew.
func picture(r store.Reader, org, id store.ID, slot string, images map[string]store.ID, pictures map[string]issuer.Upload) error {
	a, err := r.Asset(org, id)
	if err != nil {
		return err
	}
	if a.Kind == slot {
		images[slot] = id
		return nil
	}
	data, err := r.Blob(a.Whole)
	pictures[slot] = issuer.Upload{Name: slot, Kind: slot, Data: data}
	return err
}

// hasAssets complains about images that are not assets of the account.
func hasAssets(r store.Reader, org store.ID, images map[string]store.ID) error {
	for _, slot := range slots {
		id := images[slot]
		if id == 0 {
			continue
		}
		it, err := r.Item(org, id)
		if errors.Is(err, store.ErrNotFound) || err == nil && it.Shelf != shelfAssets {
			return invalid(slot+"_id", "does not exist")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
