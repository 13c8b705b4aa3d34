package compattest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"pocketpass/server"
	"pocketpass/server/servertest"
)

// Pictures serves PNG files of any size up to 2000 pixels, as /58x58.png, until the test
// ends, and returns its address without a slash. The server under test reaches it with
// the option AllowLoopback.
func Pictures(t testing.TB) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{size}", func(w http.ResponseWriter, r *http.Request) {
		var width, height int
		if _, err := fmt.Sscanf(r.PathValue("size"), "%dx%d.png", &width, &height); err != nil || max(width, height) > 2000 || min(width, height) < 1 {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(Picture(width, height))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// Picture is a PNG of a size.
func Picture(width, height int) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		img.SetNRGBA(i%width, i/width, color.NRGBA{uint8(i % width), uint8(i / width), 120, 255})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err) // a picture of our own in memory
	}
	return out.Bytes()
}

// AllowLoopback lets a server fetch from this machine.
func AllowLoopback() servertest.Option {
	return servertest.Config(func(c *server.Config) {
		c.Outbound.Allow = append(c.Outbound.Allow, server.Network{Prefix: netip.MustParsePrefix("127.0.0.0/8")})
	})
}
