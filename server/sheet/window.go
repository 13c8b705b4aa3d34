package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// chunk is how many bytes are read at a time.
const chunk = 128 << 10

// window is the part of a file that is being parsed, as UTF-8 or, for windows-1252, as
// it stands there. It holds little more than the longest row.
type window struct {
	src      io.ReaderAt
	encoding Encoding
	read     int64  // offset of the first byte that was not read yet
	raw      []byte // reused for what has to be decoded
	buf      []byte
	start    int // of what is left in buf
	end      bool
}

func (w *window) rest() []byte { return w.buf[w.start:] }

// more appends the next chunk. Slices of rest are void afterwards.
func (w *window) more() error {
	w.buf = w.buf[:copy(w.buf, w.buf[w.start:])]
	w.start = 0
	if w.encoding.order() == nil {
		return w.moreBytes()
	}
	if w.raw == nil {
		w.raw = make([]byte, chunk)
	}
	n, err := w.readAt(w.raw)
	if err != nil {
		return err
	}
	var used int
	w.buf, used = appendUTF16(w.buf, w.raw[:n], w.encoding.order(), w.end)
	w.read += int64(used)
	return nil
}

func (w *window) moreBytes() error {
	have := len(w.buf)
	if cap(w.buf)-have < chunk {
		w.buf = append(make([]byte, 0, have+2*chunk), w.buf...)
	}
	n, err := w.readAt(w.buf[have : have+chunk])
	w.buf = w.buf[:have+n]
	w.read += int64(n)
	return err
}

// readAt fills p from where reading stands and notes the end of the file.
func (w *window) readAt(p []byte) (int, error) {
	n, err := w.src.ReadAt(p, w.read)
	if errors.Is(err, io.EOF) || (err == nil && n < len(p)) {
		w.end = true
		return n, nil
	}
	if err != nil {
		return n, fmt.Errorf("read at byte %d: %w", w.read, err)
	}
	return n, nil
}

// drop takes n bytes off the front and says how many bytes of the file they were.
func (w *window) drop(n int) int64 {
	gone := w.buf[w.start : w.start+n]
	w.start += n
	return w.encoding.width(gone)
}

// dropLine takes the first line off, however long it is.
func (w *window) dropLine(terminator byte) (int64, error) {
	width := int64(0)
	for {
		if at := bytes.IndexByte(w.rest(), terminator); at >= 0 {
			return width + w.drop(at+1), nil
		}
		width += w.drop(len(w.rest()))
		if w.end {
			return width, nil
		}
		if err := w.more(); err != nil {
			return width, err
		}
	}
}
