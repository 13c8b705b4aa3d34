package move

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"

	"pocketpass/signer/pkpass"
)

// Folder holds what was read of a service, as files of JSON as it was answered, .pkpass
// files and pictures. It belongs to one Move at a time.
type Folder struct {
	root    *os.Root
	release func() error // of a folder that is one move's own
}

var errShared = errors.New("another import is using this folder: wait until it is through, or name another folder with --save")

// OpenFolder opens a folder, which it makes if there is none. Close it at the end.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	return &Folder{root: root}, err
}

// OwnFolder opens a folder for one move and nobody else until it is closed, and removes
// from it what a move that was killed had read.
func OwnFolder(dir string) (*Folder, error) {
	f, err := OpenFolder(dir)
	if err != nil {
		return nil, err
	}
	if f.release, err = f.lock(); err == nil {
		err = f.empty(dir)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// empty removes everything, unless somebody removed the folder itself before it was locked.
func (f *Folder) empty(dir string) error {
	ours, err := f.root.Stat(".")
	if there, gone := os.Stat(dir); err == nil && (gone != nil || !os.SameFile(ours, there)) {
		return errShared
	}
	list, err := fs.ReadDir(f.root.FS(), ".")
	for _, entry := range list {
		err = errors.Join(err, f.root.RemoveAll(entry.Name()))
	}
	return err
}

// hold is lock, of a folder that may be locked by us already.
func (f *Folder) hold() (release func() error, err error) {
	if f.release != nil {
		return func() error { return nil }, nil
	}
	return f.lock()
}

// Close lets go of the folder.
func (f *Folder) Close() error {
	err := f.root.Close()
	if f.release != nil {
		err = errors.Join(err, f.release())
	}
	return err
}

// put writes a file whole or not at all.
func (f *Folder) put(name string, data []byte) error {
	if err := f.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	if err := f.root.WriteFile(name+".part", data, 0o600); err != nil {
		return err
	}
	return f.root.Rename(name+".part", name)
}

// get reads a file of at most maxAnswer bytes; nil if there is none.
func (f *Folder) get(name string) ([]byte, error) {
	info, err := f.root.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !info.Mode().IsRegular() {
		return nil, unfit("%s cannot be read: it is no file", name) // and a pipe would be waited for
	}
	if err != nil {
		return nil, err
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxAnswer+1))
	switch {
	case err != nil:
		return nil, unfit("%s cannot be read: %v", name, err)
	case len(data) > maxAnswer:
		return nil, unfit("%s has more than %d MiB", name, maxAnswer>>20)
	}
	return data, nil
}

// has says whether a file is there.
func (f *Folder) has(name string) bool {
	_, err := f.root.Stat(name)
	return err == nil
}

// names are the files and folders in a folder, in order, without what is hidden or
// half written.
func (f *Folder) names(name string) ([]string, error) {
	dir, err := f.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	all, err := dir.Readdirnames(-1) // names alone: there may be a million
	all = slices.DeleteFunc(all, func(name string) bool { return strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".part") })
	slices.Sort(all)
	return all, err
}

// stems are the names of the files in a folder without their extensions, each once.
func (f *Folder) stems(dir string, extensions ...string) ([]string, error) {
	all, err := f.names(dir)
	var out []string
	for _, name := range all {
		for _, ext := range extensions {
			if stem, ok := strings.CutSuffix(name, ext); ok && (len(out) == 0 || out[len(out)-1] != stem) {
				out = append(out, stem)
			}
		}
	}
	return out, err
}

// longestName is where file systems draw the line, less an extension.
const longestName = 200

// fileName is an id as the name of a file.
func fileName(id string) string {
	name := url.PathEscape(id)
	if strings.HasPrefix(name, ".") {
		name = "%2E" + name[1:]
	}
	if len(name) > longestName {
		name = hashName(id)
	}
	return name
}

// hashName is the name of a file that stands for an address.
func hashName(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// decode reads JSON that a service answered, or that an owner kept.
func decode(name string, data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return unfit("%s cannot be read: %v", name, err)
	}
	return nil
}

// keep gets a file unless it is in the folder already.
func (m *Move) keep(name string, get func() ([]byte, error)) error {
	if m.Folder.has(name) {
		return nil
	}
	data, err := get()
	if err != nil {
		return err
	}
	if err := whole(name, data); err != nil {
		return err
	}
	if err := m.Folder.put(name, data); err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	return nil
}

// whole refuses what cannot be the file that it would be kept as: an answer that was cut
// off, or somebody's page. What is kept is never asked for again.
func whole(name string, data []byte) error {
	switch path.Ext(name) {
	case ".json":
		if !json.Valid(data) {
			return unfit("the answer is no JSON, or not all of it")
		}
	case ".pkpass":
		if _, _, err := pkpass.Read(data, pkpass.Limits{}); err != nil {
			return unfit("the answer is no pass: %v", err)
		}
	default:
		if kind := http.DetectContentType(data); !strings.HasPrefix(kind, "image/") {
			return unfit("the answer is no picture, but %s", kind)
		}
	}
	return nil
}
