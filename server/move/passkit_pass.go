package move

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"path"

	"pocketpass/server/compat/moved"
)

func (p passKitMaker) makePass(ctx context.Context, stem string) error {
	passType := p.passTypes[path.Dir(stem)]
	doc, file, err := p.readPass(stem, passType)
	id := doc.text("id")
	if err != nil {
		return p.leave("pass", cmp.Or(id, stem), err)
	}
	r := moved.Record{ID: id, PublicID: id, SerialNumber: id, Created: when(doc.text("createdAt"))}
	if file != nil {
		r.SerialNumber, r.AuthenticationToken = file.SerialNumber, file.AuthenticationToken
	}
	made, err := p.oncePass(ctx, passType, id, r, func() error { return p.issue(ctx, r, doc, file) })
	if made && file == nil {
		p.note("pass", id, "its serial number and token are not known without its file, so phones that have it cannot ask for it here")
	}
	return err
}

func (p passKitMaker) issue(ctx context.Context, r moved.Record, doc members, file *passFile) error {
	body := doc.only("templateName", "userDefinedId", "recoveryEmail", "expiryDate", "isVoided", "isRedeemed", "isInvalid", "dynamicData", "dynamicBackfields", "passbook")
	var images struct{ Passbook map[string]string }
	_ = json.Unmarshal(doc["dynamicImages"], &images) // what the service answered
	own := make(map[string]string)
	for slot := range images.Passbook {
		if file == nil {
			break
		}
		_, data := file.largest(slot)
		if data == nil {
			continue
		}
		path, err := p.upload(ctx, data)
		if err != nil {
			return err
		}
		own[slot] = path
	}
	if len(own) > 0 {
		body["dynamicImages"] = raw(map[string]any{"passbook": own})
	}
	_, err := p.Here.again(ctx, passKitHere+"/v2/passes", r, "application/json", raw(body), p.sign)
	return err
}

// upload keeps a picture of a pass's own and returns its path.
func (p passKitMaker) upload(ctx context.Context, data []byte) (string, error) {
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	part, err := form.CreateFormFile("image", "image.png")
	if err == nil {
		_, err = part.Write(data)
	}
	if err = errors.Join(err, form.Close()); err != nil {
		return "", err
	}
	answer, err := p.Here.send(ctx, http.MethodPost, passKitHere+"/v2/images", form.FormDataContentType(), &out, p.sign)
	if err != nil {
		return "", err
	}
	var made struct{ Path string }
	if err := json.Unmarshal(answer, &made); err != nil {
		return "", fmt.Errorf("upload a picture: %w", err)
	}
	return made.Path, nil
}
