package web

import (
	"io"
	"net/http"
)

// recorder notes the status and counts the bytes of an answer. It keeps what the
// writer below can do: copying from a file without passing through memory
// (io.ReaderFrom), flushing, and through Unwrap whatever else
// http.ResponseController asks for.
type recorder struct {
	http.ResponseWriter
	status int // 0 until the head is written
	bytes  int64
}

func (c *recorder) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *recorder) WriteHeader(status int) {
	if c.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) { // 1xx comes before the answer
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *recorder) Write(p []byte) (int, error) {
	c.started()
	n, err := c.ResponseWriter.Write(p)
	c.bytes += int64(n)
	return n, err
}

func (c *recorder) WriteString(s string) (int, error) {
	c.started()
	n, err := io.WriteString(c.ResponseWriter, s)
	c.bytes += int64(n)
	return n, err
}

// ReadFrom is what io.Copy calls, and with it http.ServeContent.
func (c *recorder) ReadFrom(src io.Reader) (int64, error) {
	c.started()
	n, err := io.Copy(c.ResponseWriter, src)
	c.bytes += n
	return n, err
}

// Flush serves code that asks for an http.Flusher instead of a ResponseController.
func (c *recorder) Flush() {
	c.started()
	http.NewResponseController(c.ResponseWriter).Flush() // a writer that cannot flush has nothing to hold back
}

// FlushError is Flush for http.ResponseController.
func (c *recorder) FlushError() error {
	c.started()
	return http.NewResponseController(c.ResponseWriter).Flush()
}

func (c *recorder) started() {
	if c.status == 0 {
		c.status = http.StatusOK
	}
}

// Status is what was or will be answered: net/http says 200 for a handler that wrote nothing.
func (c *recorder) Status() int {
	if c.status == 0 {
		return http.StatusOK
	}
	return c.status
}

func (c *recorder) wrote() bool { return c.status != 0 }
