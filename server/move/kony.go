package move

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"

	"pocketpass/server/compat/moved"
)

// makeKony takes over a folder of .pkpass files, which are all that Kony kept: each is
// handed over as it is and stays what phones get.
func makeKony(ctx context.Context, m *Move) error {
	files, err := m.Folder.stems(".", ".pkpass")
	if err != nil {
		return err
	}
	for _, stem := range files {
		if err := m.keepFile(ctx, stem+".pkpass"); err != nil {
			return err
		}
	}
	return nil
}

func (m *Move) keepFile(ctx context.Context, name string) error {
	f, err := m.readPassFile(name)
	if err != nil {
		return m.leave("pass", name, err)
	}
	_, err = m.oncePass(ctx, f.PassTypeIdentifier, f.SerialNumber, moved.Record{SerialNumber: f.SerialNumber}, func() error { return m.handOver(ctx, name) })
	return err
}

func (m *Move) handOver(ctx context.Context, name string) error {
	data, err := m.Folder.get(name)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "pass.pkpass")
	if err == nil {
		_, err = part.Write(data)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		return err
	}
	_, err = m.Here.send(ctx, http.MethodPost, "/api/v1/passes/files", form.FormDataContentType(), &body, nil)
	return err
}
