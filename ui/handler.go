package ui

import (
	"bytes"
	"io/fs"
	"net/http"
	"path"
	"time"
)

// mediaTypes lists what is served as a file; pages are not.
var mediaTypes = map[string]string{
	".js":  "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
}

type asset struct {
	data            []byte
	mediaType, etag string
}

// Handler serves the files of the pages under /ui/ and drawn codes at
// /ui/barcode.svg. Browsers keep a file and ask whether it changed. It is a mux
// with a route for each file, so that the caller can say in its own way what is missing.
func Handler() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ui/barcode.svg", serveBarcode)
	for name, a := range loadAssets() {
		mux.HandleFunc("GET /ui/"+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", a.mediaType)
			serve(w, r, a.data, a.etag, "no-cache")
		})
	}
	return mux
}

// loadAssets hashes every embedded file that has a media type.
func loadAssets() map[string]asset {
	assets := map[string]asset{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		mediaType, ok := mediaTypes[path.Ext(name)]
		if err != nil || d.IsDir() || !ok {
			return err
		}
		data := mustRead(name)
		assets[name] = asset{data, mediaType, etag(data)}
		return nil
	})
	if err != nil {
		panic(err) // the files are in the executable
	}
	return assets
}

// serve answers with data, or 304 when the client has it.
func serve(w http.ResponseWriter, r *http.Request, data []byte, tag, cache string) {
	secure(w.Header())
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", cache)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}
