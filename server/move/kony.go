package move

import (
	"bytes"
	"context"
	"io/fs"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"pocketpass/server/compat/moved"
)

// makeKony takes over a folder of .pkpass files and what is in its folders, which are all
// that Kony kept: each is handed over as it is and stays what phones get.
func makeKony(ctx context.Context, m *Move) error {
	return fs.WalkDir(m.Folder.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch hidden := name != "." && strings.HasPrefix(e.Name(), "."); {
		case err != nil:
			return err
		case hidden && e.IsDir():
			return fs.SkipDir
		case hidden || e.IsDir() || !strings.EqualFold(path.Ext(name), ".pkpass"):
			return nil
		}
		return m.keepFile(ctx, name)
	})
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
