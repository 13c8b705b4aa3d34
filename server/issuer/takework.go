package issuer

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"regexp"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// takingOver is work that makes a pass of ours of each file of another issuer.
type takingOver struct {
	issuer *Issuer
	job    store.Job
}

func openTakeover(i *Issuer, j store.Job) (work, error) { return takingOver{i, j}, nil }

// most keeps the memory within bounds: a pass may have megabytes.
func (takingOver) most() int { return 8 }

// foreignFile is where a pass stands in the job's file.
type foreignFile struct {
	at   int64
	size int64
}

// next reads the heads of files. The cursor is the byte of the next one and the number
// of those before it.
func (w takingOver) next(r reading, cursor []byte, limit int) (b batch, err error) {
	if w.job.Source.From == store.Failures {
		return w.failed(r, cursor, limit)
	}
	at, row := linePosition(cursor)
	for len(b.items) < limit {
		it, next, err := foreignAt(r.file, at)
		if errors.Is(err, io.EOF) {
			b.last = true
			break
		}
		if err != nil {
			return b, err
		}
		row++
		it.Row = row
		at = next
		it.cursor = binary.AppendUvarint(binary.AppendUvarint(nil, uint64(at)), row)
		b.items, b.cursor = append(b.items, it), it.cursor
	}
	return b, nil
}

func (w takingOver) failed(r reading, cursor []byte, limit int) (batch, error) {
	b, err := failures(r, w.job, cursor, limit)
	for n, it := range b.items {
		again, _, gone := foreignAt(r.file, it.At)
		if gone != nil {
			return b, conflict("file_gone", "the file of the job is gone; upload the passes again")
		}
		again.Row, again.cursor = it.Row, it.cursor
		b.items[n] = again
	}
	return b, err
}

// foreignAt reads the head of the file at a place. Its name stands for the column.
func foreignAt(file io.ReaderAt, at int64) (it item, next int64, err error) {
	var head [8]byte
	if _, err := file.ReadAt(head[:], at); err != nil {
		return it, 0, err
	}
	name := make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := file.ReadAt(name, at+int64(len(head))); err != nil && len(name) > 0 {
		return it, 0, err
	}
	f := foreignFile{at + int64(len(head)+len(name)), int64(binary.BigEndian.Uint32(head[4:]))}
	it = item{JobError: store.JobError{At: at, Column: string(name)}, data: f}
	return it, f.at + f.size, nil
}

func (w takingOver) judge(r store.Reader, it item) (apply, error) {
	f := it.data.(foreignFile)
	data := make([]byte, f.size)
	if _, err := r.JobFile(w.job.Source.File).ReadAt(data, f.at); err != nil && len(data) > 0 {
		return nil, err
	}
	c, err := r.Campaign(w.job.Org, w.job.Campaign)
	if err != nil {
		return nil, err
	}
	t, err := templateFor(r, c, w.job.Template)
	if err != nil {
		return nil, err
	}
	n, err := readForeign(data, c)
	if err != nil {
		return nil, err
	}
	if _, err := r.PassBySerial(c.PassTypeIdentifier, n.serial); !errors.Is(err, store.ErrNotFound) {
		return nil, errors.Join(err, conflict(codeTaken, "there is a pass with the serial number %q already", n.serial))
	}
	return func(tx store.Tx) (store.Pass, bool, error) {
		p, err := w.issuer.adopt(tx, actorOf(w.job), c, t, n)
		return p, true, err
	}, nil
}

// foreign is a pass of another issuer.
type foreign struct {
	serial, token string
	voided        bool
	document      json.RawMessage // without what the server writes
	files         pkpass.Bundle   // but pass.json
}

// What identifies a pass elsewhere may have more signs than what is given here.
var (
	foreignSerial = regexp.MustCompile(`^[!-~]([ -~]{0,126}[!-~])?$`)
	foreignToken  = regexp.MustCompile(`^[!-~]{16,512}$`)
)

// readForeign refuses what is no whole pass of the campaign's pass type.
func readForeign(data []byte, c store.Campaign) (n foreign, err error) {
	contents, found, err := pkpass.Read(data, pkpass.Limits{})
	if err != nil {
		return n, invalid("", "pkpass_unreadable", "the file is no .pkpass that can be read: %v", err)
	}
	if err := refused(found); err != nil {
		return n, err
	}
	raw := contents.Files[documentFile].Data
	doc, err := pkpass.ParseDocument(raw)
	switch {
	case err != nil:
		return n, invalid("", "document_malformed", "pass.json: %v", err)
	case doc.PassTypeIdentifier != c.PassTypeIdentifier:
		return n, invalid("", "pass_type_differs", "the pass is of %q and the campaign of %q; phones keep the two apart", doc.PassTypeIdentifier, c.PassTypeIdentifier)
	case !foreignSerial.MatchString(doc.SerialNumber) || doc.SerialNumber == "." || doc.SerialNumber == "..":
		return n, invalid("", "serial_number", "the serial number %q cannot stand in an address", doc.SerialNumber)
	case !foreignToken.MatchString(doc.AuthenticationToken):
		return n, invalid("", "authentication_token", "the pass has no authenticationToken of 16 to 512 characters, so phones never ask for another version of it")
	}
	n = foreign{serial: doc.SerialNumber, token: doc.AuthenticationToken, voided: doc.Voided != nil && *doc.Voided, files: contents.Files}
	n.document, err = withoutIdentity(raw)
	delete(n.files, documentFile)
	return n, err
}

// withoutIdentity is pass.json without what the server writes, all else as it was.
func withoutIdentity(raw []byte) (json.RawMessage, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(raw, &keys); err != nil {
		return nil, invalid("", "document_malformed", "pass.json: %v", err)
	}
	for _, k := range own {
		delete(keys, k)
	}
	return json.Marshal(keys)
}

// adopt writes a pass of another issuer as one of ours.
func (i *Issuer) adopt(tx store.Tx, a Actor, c store.Campaign, t store.Template, n foreign) (p store.Pass, err error) {
	if err := issues(c); err != nil {
		return p, err
	}
	p = Order{Campaign: c.ID, SerialNumber: n.serial}.pass(c, t, tx.Now)
	if p.ID, err = tx.NewID(); err != nil {
		return p, err
	}
	if p.Version, err = tx.NextVersion(store.Version{}); err != nil {
		return p, err
	}
	p.Pinned, p.Origin, p.PublicID = store.OwnDesign, OriginTakeover, newPublicID()
	p.Scans, p.Created, p.Updated = scansOf(n.document), tx.Now, tx.Now
	p.SealedToken = string(i.cfg.Master.Seal(tokenName(p.ID), []byte(n.token)))
	if n.voided {
		p.Voided = tx.Now
	}
	content := store.OwnContent{Pass: p.ID, Document: n.document, Files: make(map[string]string, len(n.files))}
	if err := tx.AddPass(&p); err != nil {
		return p, whichTaken(tx, c.Org, Order{SerialNumber: n.serial}, err)
	}
	for name, f := range n.files {
		if content.Files[name], err = tx.PutBlob(f.Data); err != nil {
			return p, err
		}
	}
	return p, errors.Join(
		tx.PutOwnContent(content),
		tx.PutTakeover(store.Takeover{Pass: p.ID, Org: p.Org, Campaign: p.Campaign}),
		tx.Count(c.ID, store.CountTaken, 1),
		countIssued(tx, c, t),
		happened(tx, a, p, eventCreated, map[string]string{"origin": OriginTakeover}),
	)
}
