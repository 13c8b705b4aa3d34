// Package secret holds the master key: it derives every other secret from it
// and encrypts what must not lie readable in the database.
//
// Whoever has the master key has everything; it lives in a file of mode 0600
// beside the database, or comes from the environment, and belongs into the backup
// in a place of its own.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"pocketpass/store/kv/durable"
)

// Size is the length of a master key in bytes.
const Size = 32

// Master is the key that everything else hangs on.
type Master struct {
	tokens sync.Pool // of hash.Hash, keyed for Derive: every phone's question needs one
	aead   cipher.AEAD
}

// New makes a Master of Size random bytes.
func New(key []byte) (*Master, error) {
	if len(key) != Size {
		return nil, fmt.Errorf("master key has %d bytes, want %d: give the content of the file master.key", len(key), Size)
	}
	tokens, err := hkdf.Key(sha256.New, key, nil, "pocketpass tokens", 32)
	if err != nil {
		return nil, fmt.Errorf("derive: %w", err)
	}
	sealing, err := hkdf.Key(sha256.New, key, nil, "pocketpass sealing", 32)
	if err != nil {
		return nil, fmt.Errorf("derive: %w", err)
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, fmt.Errorf("derive: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("derive: %w", err)
	}
	m := &Master{aead: aead}
	m.tokens.New = func() any { return hmac.New(sha256.New, tokens) }
	return m, nil
}

// Parse makes a Master of the base64 spelling of its key, any of the usual
// alphabets, padded or not.
func Parse(text string) (*Master, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "=")
	text = strings.NewReplacer("+", "-", "/", "_").Replace(text)
	key, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("master key is not base64: give the content of the file master.key")
	}
	return New(key)
}

// LoadOrCreate is Load, but makes a key if there is none, as at the first start.
func LoadOrCreate(dir string) (*Master, error) {
	m, err := Load(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return create(filepath.Join(dir, FileName))
	}
	return m, err
}

// Load reads the master key in dir. A key file that others may read is refused.
func Load(dir string) (*Master, error) {
	path := filepath.Join(dir, FileName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("read master key: %w: run this as the user that the data folder belongs to", err)
	}
	if err != nil {
		return nil, fmt.Errorf("read master key: %w: put back the one that belongs to the database, or set master_key if you keep it elsewhere", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read master key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others may read %s: run chmod 600 on it", path)
	}
	m, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w: put back the one that belongs to the database", path, err)
	}
	return m, nil
}

// FileName is the name of the master key's file in the data folder.
const FileName = "master.key"

// create makes a key that appears under its name whole or not at all. Whoever was
// faster, as another process at the same first start, has made the one that counts.
func create(path string) (*Master, error) {
	if err := write(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("write master key: %w", err)
	}
	return Load(filepath.Dir(path))
}

func write(path string) error {
	key := make([]byte, Size)
	rand.Read(key)
	tmp, err := os.CreateTemp(filepath.Dir(path), ".master-*") // of mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(base64.RawURLEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return durable.Place(tmp.Name(), path)
}

// Derive returns the secret for a purpose and a name: 32 characters of A-Z a-z
// 0-9 - _, always the same, which tell nothing of one another.
func (m *Master) Derive(purpose, name string) string {
	mac := m.tokens.Get().(hash.Hash)
	defer m.tokens.Put(mac)
	mac.Reset()
	mac.Write([]byte(purpose + "\x00" + name))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:24])
}

// Seal encrypts plain. The same name is needed to open it, so that a
// ciphertext cannot be moved to another record.
func (m *Master) Seal(name string, plain []byte) []byte {
	return m.aead.Seal(nil, nil, plain, []byte(name))
}

// ErrWrongMaster means that something was encrypted under another master key.
var ErrWrongMaster = errors.New("cannot decrypt: this is not the master key that the data was encrypted with; restore the matching " + FileName)

// Open decrypts what Seal returned for the same name. Anything else is
// ErrWrongMaster.
func (m *Master) Open(name string, sealed []byte) ([]byte, error) {
	plain, err := m.aead.Open(nil, nil, sealed, []byte(name))
	if err != nil {
		return nil, ErrWrongMaster
	}
	return plain, nil
}
