package api

import (
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// feed is a body that comes in one of several media types, within the limit of
// uploads.
type feed interface {
	// read takes the whole body.
	read(media string, text []byte) error
	content() map[string]*huma.MediaType
}

// readFeed returns the body as what a repeated request is known by.
func readFeed(r *http.Request, f feed) (digest []byte, err error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if known := f.content(); err != nil || known[media] == nil {
		return nil, refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "", "send the body with one of these as Content-Type: %s", strings.Join(mediaOf(known), ", "))
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	return text, f.read(media, text)
}

func mediaOf(content map[string]*huma.MediaType) []string {
	out := make([]string, 0, len(content))
	for media := range content {
		out = append(out, media)
	}
	slices.Sort(out)
	return out
}
