package move

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"pocketpass/server/compat/moved"
)

// walletKitMove is a template that moves with its passes.
type walletKitMove struct {
	*Move
	id, passType string
	sign         func(*http.Request)
	template     members           // as it is here
	usual        map[string]string // pictures that most of its passes have: the hash of each by the name of its file
}

func makeWalletKit(ctx context.Context, m *Move) error {
	sign := walletKitKey(m.Here.id, m.Here.secret)
	templates, err := m.Folder.stems("templates", ".json")
	if err != nil {
		return err
	}
	for _, stem := range templates {
		w := &walletKitMove{Move: m, sign: sign}
		if err := w.move(ctx, stem); err != nil {
			return err
		}
	}
	return m.leaveOrphans("passes", "templates", templates)
}

func (w *walletKitMove) move(ctx context.Context, stem string) error {
	name, dir := "templates/"+stem+".json", "passes/"+stem
	raw, err := w.Folder.get(name)
	if err != nil {
		return err
	}
	t, err := walletKitTemplate(name, raw)
	if err == nil && (json.Unmarshal(t["id"], &w.id) != nil || w.id == "") {
		err = unfit("%s says no id", name)
	}
	if kept, _ := w.Folder.names(dir); err == nil && t["icon"] == nil && len(kept) == 0 { // a server like this one lists others as well
		w.note("template", w.id, "it has no icon, so no client of WalletKit made it; it stays where it is")
		return nil
	}
	if err == nil {
		w.passType, err = w.passTypeOf(dir)
	}
	if err != nil {
		return errors.Join(w.leave("template", cmp.Or(w.id, stem), err), w.leaveWith("template", cmp.Or(w.id, stem), dir))
	}
	path := walletKitTemplates + "/" + url.PathEscape(w.id)
	there, err := w.Here.has(ctx, path, w.sign)
	if err != nil {
		return err
	}
	if w.usual, err = w.usualPictures(dir); err != nil {
		return err
	}
	made, err := w.once("template", w.id, there, func() error { return w.makeTemplate(ctx, dir, t) })
	if err != nil {
		return err
	}
	if !made && !there && !w.DryRun {
		return w.leaveWith("template", w.id, dir)
	}
	if made || there {
		answer, err := w.Here.send(ctx, http.MethodGet, path, "application/json", http.NoBody, w.sign)
		if err != nil {
			return err
		}
		if w.template, err = walletKitTemplate("the template "+w.id, answer); err != nil {
			return err
		}
	}
	return w.makePasses(ctx, dir)
}

func (w *walletKitMove) makeTemplate(ctx context.Context, dir string, t members) error {
	pictures, err := w.pictures(ctx, t)
	if err == nil {
		err = w.picturesOfPasses(dir, t, pictures)
	}
	if err != nil {
		return err
	}
	body := make(members)
	for name, value := range t {
		if name != "id" {
			body[name] = value
		}
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r := moved.Record{ID: w.id, PassTypeIdentifier: w.passType, Pictures: pictures}
	_, err = w.Here.again(ctx, walletKitTemplates, r, "application/json", raw, w.sign)
	return err
}

// pictures are those that a request names and that were kept; the server asks for others.
func (w *walletKitMove) pictures(ctx context.Context, of members) (map[string][]byte, error) {
	out := make(map[string][]byte)
	for _, address := range walletKitAddresses(of) {
		data, err := w.Folder.get("pictures/" + hashName(address))
		if err != nil {
			return nil, err
		}
		if data != nil {
			out[address] = data
		}
	}
	return out, ctx.Err()
}

// picturesOfPasses adds pictures of a template that nobody has any more but its passes.
func (w *walletKitMove) picturesOfPasses(dir string, t members, pictures map[string][]byte) error {
	stems, err := w.Folder.stems(dir, ".pkpass")
	if err != nil {
		return err
	}
	for _, s := range stems[:min(len(stems), someFiles)] {
		f, err := w.readPassFile(dir + "/" + s + ".pkpass")
		if err != nil {
			continue // is told when the pass is made
		}
		for member, address := range walletKitAddresses(t) {
			name := pictureFile(member)
			if file, ok := f.files[name]; ok && pictures[address] == nil && w.usual[name] == hashName(string(file.Data)) {
				pictures[address] = file.Data
			}
		}
	}
	return nil
}
