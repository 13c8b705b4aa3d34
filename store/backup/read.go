package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// ErrInvalid means that an archive is foreign, cut short or damaged.
var ErrInvalid = errors.New("not a complete, undamaged backup")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// Verify reads an archive to its end and compares every file with its hash. It
// writes nothing; that the database opens and is sound is proved by Restore.
func Verify(r io.Reader) (Manifest, error) {
	m, err := read(r, func(string) (io.WriteCloser, error) { return discard{io.Discard}, nil })
	if err != nil {
		return Manifest{}, fmt.Errorf("verify backup: %w", err)
	}
	return m, nil
}

type discard struct{ io.Writer }

func (discard) Close() error { return nil }

// read passes the content of each file to what create returns for its name, and
// returns the manifest if all of it is right.
func read(r io.Reader, create func(name string) (io.WriteCloser, error)) (Manifest, error) {
	in := &extraction{tar: tar.NewReader(r), create: create}
	if err := in.marker(); err != nil {
		return Manifest{}, err
	}
	if err := in.all(); err != nil {
		return Manifest{}, err
	}
	return in.judge()
}

// extraction is an archive being read.
type extraction struct {
	tar      *tar.Reader
	create   func(name string) (io.WriteCloser, error)
	files    []Entry // as found
	manifest []byte  // as found
}

// next returns the header of the next file.
func (x *extraction) next() (*tar.Header, error) {
	h, err := x.tar.Next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, invalid("it is cut short")
	case err != nil:
		return nil, broken(err)
	case h.Typeflag != tar.TypeReg:
		return nil, invalid("%q is not a regular file", h.Name)
	}
	return h, nil
}

// marker reads the first file, by which a foreign archive is known at once.
func (x *extraction) marker() error {
	h, err := x.next()
	if err != nil {
		return err
	}
	if h.Name != markerName {
		return invalid("it begins with %q; name a file that the backup command wrote", h.Name)
	}
	text, err := x.small(h, maxManifest)
	if err != nil {
		return err
	}
	format, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	if err != nil {
		return invalid("its format is not a number")
	}
	if format != Format {
		return fmt.Errorf("backup has format %d and this program reads format %d; use the program version that wrote it", format, Format)
	}
	return nil
}

// all reads the files up to and including the sum of the manifest.
func (x *extraction) all() error {
	for {
		h, err := x.next()
		if err != nil {
			return err
		}
		switch h.Name {
		case manifestName:
			x.manifest, err = x.small(h, maxManifest)
		case sumName:
			return x.sum(h)
		default:
			err = x.file(h)
		}
		if err != nil {
			return err
		}
	}
}

// file reads one listed file; the first is the database.
func (x *extraction) file(h *tar.Header) error {
	switch {
	case x.manifest != nil:
		return invalid("%q follows the manifest", h.Name)
	case validName(h.Name) != nil:
		return invalid("file name %q", h.Name)
	case slices.ContainsFunc(x.files, func(e Entry) bool { return e.Name == h.Name }):
		return invalid("%q is there twice", h.Name)
	case len(x.files) == maxFiles:
		return invalid("it has more than %d files", maxFiles)
	case len(x.files) > 0 && h.Size > maxFileBytes:
		return invalid("%q has %d bytes, more than %d", h.Name, h.Size, maxFileBytes)
	}
	sum := sha256.New()
	if err := x.copy(h.Name, sum); err != nil {
		return err
	}
	x.files = append(x.files, Entry{h.Name, h.Size, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

func (x *extraction) copy(name string, sum io.Writer) error {
	out, err := x.create(name)
	if err != nil {
		return err
	}
	in := &source{r: x.tar}
	if _, err := io.Copy(io.MultiWriter(out, sum), in); err != nil {
		out.Close()
		if in.err != nil {
			return broken(in.err)
		}
		return err
	}
	return out.Close()
}

// source keeps its error, to tell a bad archive from a full disk.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

func (x *extraction) small(h *tar.Header, limit int64) ([]byte, error) {
	if h.Size > limit {
		return nil, invalid("%q has %d bytes, more than %d", h.Name, h.Size, limit)
	}
	data, err := io.ReadAll(x.tar)
	if err != nil {
		return nil, broken(err)
	}
	return data, nil
}

// broken names what is wrong with the tar itself. Errors of the reader behind it
// are passed on.
func broken(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return invalid("it is cut short")
	case errors.Is(err, tar.ErrHeader):
		return invalid("it is no tar file, or damaged")
	}
	return err
}

func (x *extraction) sum(h *tar.Header) error {
	got, err := x.small(h, maxManifest)
	if err != nil {
		return err
	}
	if x.manifest == nil || !bytes.Equal(got, sumLine(x.manifest)) {
		return invalid("the manifest does not match its hash")
	}
	return nil
}

// judge compares what was found with what the manifest lists.
func (x *extraction) judge() (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(x.manifest, &m); err != nil {
		return Manifest{}, invalid("the manifest cannot be read: %v", err)
	}
	if len(m.Files) != len(x.files) || len(m.Files) == 0 || m.Database != m.Files[0].Name {
		return Manifest{}, invalid("it does not hold the files that its manifest lists")
	}
	for i, want := range m.Files {
		if x.files[i] != want {
			return Manifest{}, invalid("%q does not match its hash", want.Name)
		}
	}
	return m, nil
}
