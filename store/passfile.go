package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"

	"pocketpass/store/kv"
)

// passFilePiece is how many bytes of a pass's file stand in one record.
const passFilePiece = 64 << 10

// filePiece is a piece of the file of a pass that was handed over sealed; only the
// last one is shorter than passFilePiece.
type filePiece struct {
	Pass ID
	N    uint64 // from 0
	Data string
}

func (p *filePiece) fields(f *fields) {
	number(f, &p.Pass)
	number(f, &p.N)
	text(f, &p.Data)
}

var passFiles = table[filePiece]{
	name:   "pass_file",
	fields: (*filePiece).fields,
	key:    func(p *filePiece) []byte { return join(p.Pass, p.N) },
}

// IsFile says whether p was handed over sealed and is served byte for byte: it has no
// template, and what phones see of it is its file alone.
func (p *Pass) IsFile() bool { return p.Template == 0 }

// PassFile returns a copy of the file of a pass. ErrNotFound if it has none.
func (r Reader) PassFile(p Pass) ([]byte, error) {
	if p.File == "" {
		return nil, ErrNotFound
	}
	data, err := readPassFile(r.kv, p.ID)
	if err != nil {
		return nil, err
	}
	if FileSum(data) != p.File {
		return nil, fmt.Errorf("file of pass %s: %w", p.ID, ErrDamaged)
	}
	return data, nil
}

func readPassFile(r kv.Reader, pass ID) ([]byte, error) {
	var out bytes.Buffer
	prefix := join(pass)
	err := r.Scan(passFiles.name, kv.Range{From: prefix, To: successor(prefix)}, func(_, raw []byte) error {
		var p filePiece
		if err := passFiles.decode(raw, &p); err != nil {
			return err
		}
		out.WriteString(p.Data)
		return nil
	})
	return out.Bytes(), err
}

// PutPassFile writes the file of a pass in place of the one before and notes it in p,
// which the caller writes.
func (tx Tx) PutPassFile(p *Pass, data []byte) error {
	if err := tx.DropPassFile(p); err != nil {
		return err
	}
	p.File = FileSum(data)
	for n, at := uint64(0), 0; at < len(data); n, at = n+1, at+passFilePiece {
		piece := filePiece{p.ID, n, string(data[at:min(len(data), at+passFilePiece)])}
		if err := passFiles.put(tx.kv, &piece); err != nil {
			return err
		}
	}
	return nil
}

// DropPassFile removes the file of a pass, if it has one, also from p.
func (tx Tx) DropPassFile(p *Pass) error {
	if p.File == "" {
		return nil
	}
	p.File = ""
	_, err := tx.drop(passFiles.name, join(p.ID), math.MaxInt)
	return err
}

// FileSum is how Pass.File names a file.
func FileSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// checkPassFiles verifies that each file is whole and belongs to a pass.
func checkPassFiles(r kv.Reader) ([]Fault, error) {
	out, err := each(r, passes, func(key []byte, p *Pass) ([]Fault, error) {
		if p.File == "" {
			return nil, nil
		}
		if _, err := (Reader{kv: r}).PassFile(*p); err != nil {
			return []Fault{{passFiles.name, key, err.Error()}}, nil
		}
		return nil, nil
	})
	if err != nil {
		return out, err
	}
	stray, err := each(r, passFiles, func(key []byte, f *filePiece) ([]Fault, error) {
		if p, err := passes.get(r, f.Pass.key()); err != nil || p.File == "" {
			return []Fault{{passFiles.name, key, "no pass has this file"}}, nil
		}
		return nil, nil
	})
	return append(out, stray...), err
}
