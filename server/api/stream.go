package api

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// upload is a body of multipart/form-data with one file, which is read as it comes
// and may be larger than memory.
type upload struct {
	file  *multipart.Part
	guard func() // called while it is read
}

func uploadSchema() *huma.Schema {
	return formSchema([]string{"file"}, map[string]*huma.Schema{"file": fileField("The only part")})
}

// open finds the file.
func (u *upload) open(c *call) error {
	parts, err := c.r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		return refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "", "send the file as a form: Content-Type: multipart/form-data")
	}
	if err != nil {
		return malformedForm(err)
	}
	u.guard = patience(c.w)
	u.file, err = parts.NextPart()
	switch {
	case errors.Is(err, io.EOF) || err == nil && u.file.FormName() != "file":
		return invalid("/file", "file_missing", "the form must have the file as its first part, named file")
	case err != nil:
		return malformedForm(err)
	}
	return nil
}

// Read reads the file. What goes wrong on the way is a problem of the request.
func (u *upload) Read(p []byte) (int, error) {
	u.guard()
	n, err := u.file.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = malformedForm(err)
	}
	return n, err
}

// linger is how long a client may take for the next piece of something long. The
// limits of whole requests do not fit what takes as long as it is.
const linger = time.Minute

// patience returns a function that gives the client of a request more time, to be
// called whenever it moves on.
func patience(w http.ResponseWriter) func() {
	c := http.NewResponseController(w)
	var last time.Time
	return func() {
		now := time.Now()
		if now.Sub(last) < linger/10 {
			return
		}
		last = now
		_ = c.SetReadDeadline(now.Add(linger)) // a writer of tests cannot
		_ = c.SetWriteDeadline(now.Add(2 * linger))
	}
}

// patient is a writer whose client may take as long as it takes something.
type patient struct {
	w     io.Writer
	guard func()
}

func (p patient) Write(b []byte) (int, error) {
	p.guard()
	return p.w.Write(b)
}
