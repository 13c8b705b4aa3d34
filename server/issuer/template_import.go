package issuer

import (
	"context"
	"fmt"
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
	d, shown, err := designOfFiles(contents.Files)
	if err != nil {
		return Edited{}, fmt.Errorf("import template: %w", err)
	}
	pictures, err := i.prepareImages(ctx, "/file", picturesOf(contents.Files, shown))
	if err != nil {
		return Edited{}, fmt.Errorf("import template: %w", err)
	}
	return i.CreateTemplate(ctx, a, NewTemplate{Campaign: n.Campaign, Name: n.Name, Design: d, Idempotency: n.Idempotency, pictures: pictures})
}

// designOfFiles is the design without its pictures, and how Wallet may draw it, the
// preferred way first.
func designOfFiles(files pkpass.Bundle) (d store.Design, shown []pkpass.Face, err error) {
	raw := files[documentFile].Data
	if raw == nil {
		return d, nil, invalid("/file", "document_missing", "the file has no pass.json")
	}
	doc, err := parseDocument("/file", raw)
	if err != nil {
		return d, nil, err
	}
	if d.Document, err = withoutIdentity(raw); err != nil {
		return d, nil, err
	}
	d.Strings = make(map[string]map[string]string)
	for name, f := range files {
		lang, ok := strings.CutSuffix(name, ".lproj/"+pkpass.StringsFile)
		if !ok {
			continue
		}
		if d.Strings[lang], err = pkpass.ParseStrings(f.Data); err != nil {
			return d, nil, invalid("/file", "strings_malformed", "%s: %v", name, err)
		}
	}
	d.Personalization = files[pkpass.PersonalizationFile].Data
	for _, scheme := range doc.PreferredStyleSchemes {
		shown = append(shown, pkpass.Face(scheme))
	}
	return d, append(shown, doc.Faces()...), nil
}

// picturesOf are the pictures of a pass by their names in a design, of each the largest scale.
func picturesOf(files pkpass.Bundle, shown []pkpass.Face) map[string]Upload {
	out, scales := make(map[string]Upload), make(map[string]int)
	for name, file := range files {
		f, is := pkpass.ParseImageName(name)
		if key := imageKey(name, f); is && f.Scale > scales[key] {
			scales[key] = f.Scale
			out[key] = Upload{Name: name, Kind: string(f.Kind), Style: shownOn(shown, string(f.Kind)), Data: file.Data}
		}
	}
	return out
}

// shownOn is the first of the ways to draw a pass that shows images of a kind, empty if
// none does: such a picture is kept as for any.
func shownOn(ways []pkpass.Face, kind string) string {
	for _, way := range ways {
		if way.Known() && ShownBy(string(way), kind) != "" {
			return string(way)
		}
	}
	return ""
}

// imageKey is how a design names the picture of a file.
func imageKey(name string, f pkpass.ImageFile) string {
	return name[:strings.LastIndexByte(name, '/')+1] + string(f.Kind)
}
