package sheet

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// maxParts is how many files a workbook may consist of.
const maxParts = 10_000

// tokenBytes is how long one tag, text or comment of a part may be. It holds the
// longest cell of Excel with every character escaped.
const tokenBytes = 1 << 20

// opc is the archive that a workbook is: parts that name one another by relations
// (ECMA-376 part 2).
type opc struct {
	ctx    context.Context // of the one conversion that the archive is opened for
	parts  map[string]*zip.File
	left   int64 // bytes that may still be unpacked
	limits WorkbookLimits
}

func newPackage(ctx context.Context, archive *zip.Reader, l WorkbookLimits) (*opc, error) {
	if len(archive.File) > maxParts {
		return nil, fmt.Errorf("%w: it has more than %d parts", ErrTooLarge, maxParts)
	}
	p := &opc{ctx: ctx, parts: map[string]*zip.File{}, left: l.Unpacked, limits: l}
	for _, f := range archive.File {
		p.parts[partName(f.Name)] = f
	}
	return p, nil
}

// partName is a name as parts are looked up: their case does not count.
func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

// errStop ends the reading of a part before its end.
var errStop = errors.New("enough read")

// read gives the tokens of a part to f until that returns an error; errStop is none.
func (p *opc) read(name string, f func(xml.Token) error) error {
	file, ok := p.parts[partName(name)]
	if !ok {
		return fmt.Errorf("%w: %s is missing", ErrDamaged, name)
	}
	r, err := file.Open()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
	}
	defer r.Close()
	g := &guard{in: bufio.NewReaderSize(&budget{p, r}, 64<<10)}
	for d := xml.NewDecoder(g); ; {
		g.left = tokenBytes
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return p.fault(name, err)
		}
		if err := f(token); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}

// fault tells what stops us from what is wrong with the file.
func (p *opc) fault(name string, err error) error {
	if p.ctx.Err() != nil || errors.Is(err, ErrTooLarge) {
		return fmt.Errorf("%s: %w", name, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
}

// budget counts what is unpacked, over all parts, and heeds the context.
type budget struct {
	p  *opc
	in io.Reader
}

func (b *budget) Read(buf []byte) (int, error) {
	if err := b.p.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := b.in.Read(buf)
	if b.p.left -= int64(n); b.p.left < 0 {
		return 0, fmt.Errorf("%w: it unpacks to more than %d bytes", ErrTooLarge, b.p.limits.Unpacked)
	}
	return n, err
}

// guard bounds a token, which the decoder holds in memory as a whole. The decoder
// reads from it byte by byte.
type guard struct {
	in   *bufio.Reader
	left int
}

func (g *guard) ReadByte() (byte, error) {
	if g.left--; g.left < 0 {
		return 0, fmt.Errorf("%w: a tag or text has more than %d bytes", ErrTooLarge, tokenBytes)
	}
	return g.in.ReadByte()
}

// Read is there because the decoder asks for an io.Reader.
func (g *guard) Read(p []byte) (int, error) { return g.in.Read(p) }

// relation is what one part says of another.
type relation struct{ id, kind, target string }

// relations lists those of a part in their order; "" means those of the package.
func (p *opc) relations(of string) ([]relation, error) {
	dir, file := path.Split(of)
	var all []relation
	err := p.read(dir+"_rels/"+file+".rels", func(token xml.Token) error {
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "Relationship" {
			if len(all) == maxParts {
				return fmt.Errorf("%w: more than %d relations", ErrTooLarge, maxParts)
			}
			target := attribute(e, "Target")
			if !strings.HasPrefix(target, "/") {
				target = path.Join(dir, target)
			}
			all = append(all, relation{attribute(e, "Id"), path.Base(attribute(e, "Type")), target})
		}
		return nil
	})
	return all, err
}

// attribute is the value of an attribute, whatever its name space.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
