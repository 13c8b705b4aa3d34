package move

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
)

// The folder of an account of WalletKit:
//
//	templates/{template}.json      answer to GET /v1/passes/{template}
//	passes/{template}/{any}.json   answer to the POST that made a pass, or {"request": …, "answer": …}
//	passes/{template}/{any}.pkpass the pass, which says more; the answer has its address
//	pictures/{hash of its address} what the address of a picture led to
//
// The service never listed passes, so that their answers are its clients' own.
const walletKitTemplates = "/walletkit/v1/passes"

// walletKitImages are the members of requests that name pictures.
var walletKitImages = []string{"icon", "icon2x", "logo", "logo2x", "strip", "strip2x", "thumbnail", "thumbnail2x", "background", "background2x", "footer", "footer2x"}

func readWalletKit(ctx context.Context, m *Move) error {
	sign := walletKitKey(m.Old.User, m.Old.Key)
	raw, err := m.Old.get(ctx, "/v1/passes", sign)
	if err != nil {
		return err
	}
	var all []struct{ ID string }
	if err := decode("the list of templates", raw, &all); err != nil {
		return err
	}
	for _, t := range all {
		name := "templates/" + fileName(t.ID) + ".json"
		err := error(unfit("it has no id"))
		if t.ID != "" {
			err = m.keep(name, func() ([]byte, error) { return m.Old.get(ctx, "/v1/passes/"+url.PathEscape(t.ID), sign) })
		}
		if err != nil {
			if err := m.reading("template", t.ID, err); err != nil {
				return err
			}
			continue
		}
		if err := m.readWalletKitPictures(ctx, name, t.ID); err != nil {
			return err
		}
		if kept, _ := m.Folder.names("passes/" + fileName(t.ID)); len(kept) == 0 {
			m.note("template", t.ID, "none of its passes come along, for the service lists none: put the answers that made them into passes/%s of --save", fileName(t.ID))
		}
	}
	return m.readWalletKitFiles(ctx)
}

func walletKitKey(brand, key string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Brand-Id", brand)
		r.Header.Set("Api-Key", key)
	}
}

// readWalletKitPictures keeps the pictures of a template, as long as there is somebody who
// has them.
func (m *Move) readWalletKitPictures(ctx context.Context, name, id string) error {
	raw, err := m.Folder.get(name)
	if err != nil {
		return err
	}
	t, err := walletKitTemplate(name, raw)
	if err != nil {
		return m.reading("template", id, err)
	}
	for member, address := range walletKitAddresses(t) {
		if err := m.keepPicture(ctx, address); err != nil {
			if ctx.Err() != nil {
				return err
			}
			m.note("template", id, "%s could not be had from %s: %v", member, address, err)
		}
	}
	return nil
}

// walletKitAddresses are those of pictures that a request names, by its members.
func walletKitAddresses(of members) map[string]string {
	out := make(map[string]string)
	for _, member := range walletKitImages {
		if address := of.text(member); address != "" {
			out[member] = address
		}
	}
	return out
}

// keepPicture keeps what the address of a picture leads to.
func (m *Move) keepPicture(ctx context.Context, address string) error {
	return m.keep("pictures/"+hashName(address), func() ([]byte, error) { return m.Old.picture(ctx, address) })
}

// readWalletKitFiles downloads the passes whose answers the owner kept.
func (m *Move) readWalletKitFiles(ctx context.Context) error {
	return m.eachWalletKitPass(func(_, stem string) error {
		p, err := m.walletKitAnswer(stem + ".json")
		if err == nil && p.Answer.URL != "" {
			err = m.keep(stem+".pkpass", func() ([]byte, error) { return m.Old.file(ctx, p.Answer.URL, maxFile) })
		}
		if err != nil {
			return m.reading("pass", stem, err)
		}
		return nil
	})
}

// eachWalletKitPass visits the passes of all templates by what their files are called
// without extension.
func (m *Move) eachWalletKitPass(visit func(template, stem string) error) error {
	templates, err := m.Folder.names("passes")
	if err != nil {
		return err
	}
	for _, t := range templates {
		stems, err := m.Folder.stems("passes/"+t, ".json", ".pkpass")
		if err != nil {
			return err
		}
		for _, s := range stems {
			if err := visit(t, "passes/"+t+"/"+s); err != nil {
				return err
			}
		}
	}
	return nil
}

// walletKitTemplate reads what was kept of a template: an array of one, as the service
// answered, or the object alone.
func walletKitTemplate(name string, raw []byte) (members, error) {
	if trimmed := bytes.TrimSpace(raw); len(trimmed) > 0 && trimmed[0] == '[' {
		var all []members
		if err := decode(name, raw, &all); err != nil {
			return nil, err
		}
		if len(all) != 1 {
			return nil, unfit("%s has %d templates instead of one", name, len(all))
		}
		return all[0], nil
	}
	var t members
	return t, decode(name, raw, &t)
}

// walletKitPass is what a client has of a pass.
type walletKitPass struct {
	Request members
	Answer  struct {
		URL      string
		SentPass struct {
			SerialNo            string `json:"serial_no"`
			AuthenticationToken string `json:"authentication_token"`
			CreatedDate         string `json:"createddate"`
		} `json:"sent_pass"`
	}
}

// walletKitAnswer reads it; the zero value if nothing but the file was kept.
func (m *Move) walletKitAnswer(name string) (p walletKitPass, err error) {
	raw, err := m.Folder.get(name)
	if err != nil || raw == nil {
		return p, err
	}
	if err := decode(name, raw, &p); err != nil || p.Answer.SentPass.SerialNo != "" {
		return p, err
	}
	return p, decode(name, raw, &p.Answer)
}
