package issuer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// NewTemplateImport is a .pkpass, or a folder like one as an archive, to make a
// template of.
type NewTemplateImport struct {
	Campaign    store.ID
	Name        string
	Data        []byte
	Idempotency Idempotency
}

// ImportTemplate makes a template that shows what a file shows: its texts are the
// defaults of passes, its pictures become assets. The findings are those of the draft.
func (i *Issuer) ImportTemplate(ctx context.Context, a Actor, n NewTemplateImport) (Edited, error) {
	if _, err := i.Campaign(ctx, a, n.Campaign); err != nil { // before there is any work
		return Edited{}, err
	}
	contents, _, err := pkpass.Read(n.Data, pkpass.Limits{})
	if err != nil {
		return Edited{}, invalid("/file", "pkpass_unreadable", "the file is no .pkpass that can be read: %v", err)
	}
	d, style, err := designOfFiles(contents.Files)
	if err != nil {
		return Edited{}, fmt.Errorf("import template: %w", err)
	}
	if d.Images, err = i.assetsOf(ctx, a, contents.Files, style); err != nil {
		return Edited{}, fmt.Errorf("import template: %w", err)
	}
	return i.CreateTemplate(ctx, a, NewTemplate{Campaign: n.Campaign, Name: n.Name, Design: d, Idempotency: n.Idempotency})
}

// designOfFiles is the design without its pictures.
func designOfFiles(files pkpass.Bundle) (d store.Design, style string, err error) {
	raw := files[documentFile].Data
	if raw == nil {
		return d, "", invalid("/file", "document_missing", "the file has no pass.json")
	}
	doc, err := parseDocument("/file", raw)
	if err != nil {
		return d, "", err
	}
	style, _ = doc.Style()
	if d.Document, err = withoutIdentity(raw); err != nil {
		return d, "", err
	}
	d.Strings = make(map[string]map[string]string)
	for name, f := range files {
		lang, ok := strings.CutSuffix(name, ".lproj/"+pkpass.StringsFile)
		if !ok {
			continue
		}
		if d.Strings[lang], err = pkpass.ParseStrings(f.Data); err != nil {
			return d, "", invalid("/file", "strings_malformed", "%s: %v", name, err)
		}
	}
	d.Personalization = files[pkpass.PersonalizationFile].Data
	return d, style, nil
}

// assetsOf makes assets of pictures, of each the largest scale.
func (i *Issuer) assetsOf(ctx context.Context, a Actor, files pkpass.Bundle, style string) (map[string]store.ID, error) {
	largest := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, is := pkpass.ParseImageName(name)
		if !is {
			continue
		}
		key := imageKey(name, f)
		known, _ := pkpass.ParseImageName(largest[key])
		if largest[key] == "" || f.Scale > known.Scale {
			largest[key] = name
		}
	}
	out := make(map[string]store.ID, len(largest))
	for _, key := range slices.Sorted(maps.Keys(largest)) {
		f, _ := pkpass.ParseImageName(largest[key])
		asset, err := i.AddAsset(ctx, a, Upload{Name: largest[key], Kind: string(f.Kind), Style: style, Data: files[largest[key]].Data})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", largest[key], err)
		}
		out[key] = asset.ID
	}
	return out, nil
}

// imageKey is how a design names the picture of a file.
func imageKey(name string, f pkpass.ImageFile) string {
	return name[:strings.LastIndexByte(name, '/')+1] + string(f.Kind)
}
